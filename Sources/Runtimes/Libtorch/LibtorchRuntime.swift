// libtorch as a runtime beside others: Bonsai's own execution of the graph, measured like theirs.

import Network
import ONNX
import Torch

/// Bonsai's own execution of the graph with libtorch, behind the interface of all runtimes.
///
/// ```swift
/// let session = try LibtorchRuntime().load("model.onnx", threads: 1)
/// let outputs = try session.run(["input": tensor])
/// ```
public struct LibtorchRuntime: InferenceRuntime {
  /// The runtime's name.
  public let name = "libtorch"
  /// libtorch's version.
  public let version: String

  /// Opens libtorch.
  ///
  /// - Throws: ``RuntimeError/unavailable(runtime:reason:)`` where it is not there.
  public init() throws(RuntimeError) {
    switch Engine.availability {
    case .success(let version): self.version = version
    case .failure(let error):
      throw .unavailable(runtime: "libtorch", reason: "\(error)")
    }
  }

  /// Loads a model.
  public func load(_ path: String, threads: Int) throws(RuntimeError) -> any InferenceSession {
    let network: Network
    do throws(ONNXError) { network = try ONNXModel(path: path).network } catch {
      throw .failed(runtime: name, action: "load \(path)", code: "model", message: "\(error)")
    }
    return try LibtorchSession(network, modelPath: path, threads: threads)
  }
}
