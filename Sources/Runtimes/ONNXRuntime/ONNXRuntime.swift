// ONNX Runtime, found and opened at run time through its C interface.

import CONNXRuntime
import Network

/// ONNX Runtime, opened from its shared library.
///
/// ```swift
/// let runtime = try ONNXRuntime.shared.get()
/// let session = try ONNXRuntimeSession(runtime, modelPath: "model.onnx", threads: 1)
/// let outputs = try session.run(["x": TensorData([1, 2] as [Float], shape: [1, 2])])
/// ```
public final class ONNXRuntime: InferenceRuntime {
  /// The runtime on this machine, looked for once; the failure says what was tried.
  public static let shared: Result<ONNXRuntime, RuntimeError> = {
    do throws(RuntimeError) {
      return .success(try ONNXRuntime(candidates: ONNXRuntimeLocation().candidates()))
    } catch {
      return .failure(error)
    }
  }()

  /// The name of the runtime.
  public let name = "ONNX Runtime"
  /// The library's version.
  public let version: String
  /// The shared library that was opened.
  public let library: String

  // The table is read-only and the environment is made for use by many threads.
  nonisolated(unsafe) let functions: UnsafeMutablePointer<OrtFunctions>
  nonisolated(unsafe) let environment: OpaquePointer

  /// Opens the first library of the list that can be used.
  ///
  /// - Throws: ``RuntimeError/unavailable(runtime:reason:)`` with what became of each.
  public convenience init(candidates: [String]) throws(RuntimeError) {
    var complaints: [String] = []
    for path in candidates {
      var reason = [CChar](repeating: 0, count: 1024)
      if let functions = onnxruntime_open_table(path, &reason, reason.count) {
        try self.init(library: path, functions: functions)
        return
      }
      complaints.append(
        String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    throw .unavailable(
      runtime: "ONNX Runtime",
      reason: (complaints.isEmpty ? "no library was named" : complaints.joined(separator: "; "))
        + "; `make venv` installs it, or set BONSAI_ONNXRUNTIME to its library or folder")
  }

  private init(
    library: String, functions: UnsafeMutablePointer<OrtFunctions>
  ) throws(RuntimeError) {
    var environment: OpaquePointer?
    let status = functions.pointee.create_env(Int32(ORT_LOG_FATAL), "bonsai", &environment)
    guard let environment else {
      let error = RuntimeError(functions, status, action: "start")
      onnxruntime_close_table(functions)
      throw error
        ?? .unavailable(runtime: "ONNX Runtime", reason: "\(library) gave no environment")
    }
    self.library = library
    self.functions = functions
    self.environment = environment
    version = String(cString: functions.pointee.version)
  }

  deinit {
    functions.pointee.release_env(environment)
    onnxruntime_close_table(functions)
  }

  /// Loads a model with every optimization that deployment uses.
  public func load(_ path: String, threads: Int) throws(RuntimeError) -> any InferenceSession {
    try ONNXRuntimeSession(self, modelPath: path, threads: threads)
  }

  /// Turns the runtime's status into a Swift error, at once.
  func check(_ status: OpaquePointer?, _ action: @autoclosure () -> String) throws(RuntimeError) {
    if status == nil { return }
    if let error = RuntimeError(functions, status, action: action()) { throw error }
  }

  /// A pointer the runtime has just promised; a missing one is its fault, said in words.
  func present<Pointer>(
    _ pointer: Pointer?, _ action: @autoclosure () -> String
  ) throws(RuntimeError) -> Pointer {
    guard let pointer else {
      throw .failed(
        runtime: name, action: action(), code: "no result", message: "it returned a null pointer")
    }
    return pointer
  }
}

extension RuntimeError {
  /// The error behind a status, which is released; `nil` for success.
  init?(
    _ functions: UnsafeMutablePointer<OrtFunctions>, _ status: OpaquePointer?, action: String
  ) {
    guard let status else { return nil }
    defer { functions.pointee.release_status(status) }
    let names = [
      "ok", "failure", "invalid argument", "no such file", "no model", "engine error",
      "runtime exception", "invalid protobuf", "model already loaded", "not implemented",
      "invalid graph", "execution provider failure",
    ]
    let code = Int(functions.pointee.get_error_code(status))
    self = .failed(
      runtime: "ONNX Runtime", action: action,
      code: names.indices.contains(code) ? names[code] : "code \(code)",
      message: String(cString: functions.pointee.get_error_message(status)))
  }
}
