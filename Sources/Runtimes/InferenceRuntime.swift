// What every runtime that can execute an exported model offers.

import Network

/// A program or library that executes ONNX models, as people deploy them.
public protocol InferenceRuntime: Sendable {
  /// The runtime's name, as its makers write it.
  var name: String { get }
  /// The version that was found.
  var version: String { get }

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - path: the ONNX file.
  ///   - threads: threads one run may use; 0 leaves it to the runtime.
  /// - Throws: ``RuntimeError/failed(runtime:action:code:message:)`` with the runtime's reason.
  func load(_ path: String, threads: Int) throws(RuntimeError) -> any InferenceSession
}

/// A model loaded by a runtime, ready to run.
public protocol InferenceSession: Sendable {
  /// What must be given, in the model's order.
  var inputs: [ValueInfo] { get }
  /// What the model gives, in its order.
  var outputs: [ValueInfo] { get }

  /// Runs the model once and returns its outputs by name.
  func run(_ inputs: [String: TensorData]) throws(RuntimeError) -> [String: TensorData]

  /// Hands the inputs over once, so that runs can be timed without any copying.
  func bind(_ inputs: [String: TensorData]) throws(RuntimeError) -> any BoundInference
}

/// A loaded model with its inputs in place: the thing a latency measurement runs again and again.
public protocol BoundInference: Sendable {
  /// Runs once; the outputs are made and dropped.
  func run() throws(RuntimeError)
}

extension InferenceRuntime {
  /// Loads a model and gives it made-up inputs of the given batch size.
  ///
  /// - Parameters:
  ///   - path: the ONNX file.
  ///   - batch: the extent of a first axis that the model leaves open.
  ///   - threads: threads one run may use; 0 leaves it to the runtime.
  public func prepare(
    _ path: String, batch: Int, threads: Int = 1
  ) throws(RuntimeError) -> any BoundInference {
    let session = try load(path, threads: threads)
    return try session.bind(SyntheticInputs(batch: batch).make(session.inputs, model: path))
  }
}
