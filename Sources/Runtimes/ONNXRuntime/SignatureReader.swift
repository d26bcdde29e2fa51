// Reads from a loaded session what the model takes and gives.

import CONNXRuntime
import Network

/// Reads names, element types and shapes of a session's inputs and outputs.
struct SignatureReader {
  let runtime: ONNXRuntime
  let session: OpaquePointer
  let model: String

  private var functions: OrtFunctions { runtime.functions.pointee }

  /// The model's inputs, in its order.
  func inputs() throws(RuntimeError) -> [ValueInfo] {
    var count = 0
    try runtime.check(functions.session_input_count(session, &count), "count inputs")
    return try read(
      count, name: functions.session_input_name, type: functions.session_input_type)
  }

  /// The model's outputs, in its order.
  func outputs() throws(RuntimeError) -> [ValueInfo] {
    var count = 0
    try runtime.check(functions.session_output_count(session, &count), "count outputs")
    return try read(
      count, name: functions.session_output_name, type: functions.session_output_type)
  }

  private typealias NameEntry =
    @convention(c) (
      OpaquePointer, Int, OpaquePointer, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> OpaquePointer?
  private typealias TypeEntry =
    @convention(c) (
      OpaquePointer, Int, UnsafeMutablePointer<OpaquePointer?>
    ) -> OpaquePointer?

  private func read(
    _ count: Int, name: NameEntry, type: TypeEntry
  ) throws(RuntimeError) -> [ValueInfo] {
    let action = "describe \(model)"
    var found: OpaquePointer?
    try runtime.check(functions.default_allocator(&found), action)
    let allocator = try runtime.present(found, action)
    var values: [ValueInfo] = []
    for index in 0..<count {
      var characters: UnsafeMutablePointer<CChar>?
      try runtime.check(name(session, index, allocator, &characters), action)
      let owned = try runtime.present(characters, action)
      let text = String(cString: owned)
      try runtime.check(functions.allocator_free(allocator, owned), action)

      var info: OpaquePointer?
      try runtime.check(type(session, index, &info), action)
      defer { functions.release_type(info) }
      values.append(try describe(text, runtime.present(info, action), action))
    }
    return values
  }

  private func describe(
    _ name: String, _ info: OpaquePointer, _ action: String
  ) throws(RuntimeError) -> ValueInfo {
    var tensor: OpaquePointer?
    try runtime.check(functions.type_as_tensor(info, &tensor), action)
    guard let tensor else {
      throw .unsupportedValue(
        name: name, model: model, reason: "it is a sequence, a map or an optional, not a tensor")
    }
    let (type, extents) = try runtime.typeAndExtents(tensor, action)
    // The interface does not tell a scalar from a tensor of unknown rank.
    guard !extents.isEmpty else { return ValueInfo(name, type, nil) }
    var symbols = [UnsafePointer<CChar>?](repeating: nil, count: extents.count)
    try runtime.check(functions.symbols(tensor, &symbols, symbols.count), action)
    let shape = zip(extents, symbols).map { extent, symbol -> Extent in
      if extent >= 0 { return .fixed(Int(extent)) }
      let name = symbol.map { String(cString: $0) } ?? ""
      return name.isEmpty ? .unknown : .symbol(name)
    }
    return ValueInfo(name, type, shape)
  }
}
