// The engine's table of functions, opened at first use, and the texts it hands over.

import CTorch

/// The door to the C interface. Everything in this room goes through `functions`.
enum Bridge {
  /// The table, or nil when the engine could not be opened. It never changes once read.
  nonisolated(unsafe) static let table: UnsafePointer<ctorch_functions>? = ctorch_open(nil)

  /// The table, or the reason why there is none.
  @inline(__always)
  static func functions() throws(TorchError) -> UnsafePointer<ctorch_functions> {
    if let table { return table }
    throw .unavailable(reason: reason)
  }

  /// Why the engine could not be opened.
  private static var reason: String {
    var text: UnsafePointer<CChar>?
    guard ctorch_open(&text) == nil, let text else { return "the tensor engine is not open" }
    return String(cString: text)
  }

  /// Takes over a text of the engine: its first line, which says what is wrong.
  static func message(_ text: UnsafeMutablePointer<CChar>?) -> String {
    guard let text else { return "no reason given" }
    defer { table?.pointee.free_memory(text) }
    let whole = String(cString: text)
    return whole.split(separator: "\n").first.map(String.init) ?? whole
  }

  /// Turns the status of a call that answers -1 on failure into an error naming `operation`.
  static func check(
    _ status: Int32, _ error: UnsafeMutablePointer<CChar>?, _ operation: String,
    _ operands: @autoclosure () -> [String]
  ) throws(TorchError) {
    guard status < 0 else { return }
    throw .engine(operation: operation, arguments: operands(), message: message(error))
  }
}
