// Binary networks on packed bits, as a runtime beside others.

import Compression
import Network
import ONNX

/// Runs networks whose weights and activations are -1 and +1 on packed bits, without libtorch.
///
/// Hidden layers are XOR, counting of bits and comparisons of integers; see `BinaryNetwork`.
///
/// ```swift
/// let session = try BinaryRuntime().load("binary.onnx", threads: 1)
/// let outputs = try session.run(["input": tensor])
/// ```
public struct BinaryRuntime: InferenceRuntime {
  /// The runtime's name.
  public let name = "binary"
  /// What counts the bits: the instructions that the processor has for it.
  public let version = BinaryMatrix.instructions

  /// The runtime, which is always there.
  public init() {}

  /// Loads a model; runs use one thread.
  public func load(_ path: String, threads: Int) throws(RuntimeError) -> any InferenceSession {
    let network: Network
    do throws(ONNXError) { network = try ONNXModel(path: path).network } catch {
      throw .failed(runtime: name, action: "load \(path)", code: "model", message: "\(error)")
    }
    return try BinarySession(network, modelPath: path)
  }
}

/// A binary network with its weights packed.
public struct BinarySession: InferenceSession {
  private let network: BinaryNetwork
  private let modelPath: String

  public var inputs: [ValueInfo] { [network.input] }
  public var outputs: [ValueInfo] { [network.output] }

  /// Packs a network.
  ///
  /// - Parameter modelPath: how messages name it.
  /// - Throws: ``RuntimeError/failed(runtime:action:code:message:)`` with what is not binary.
  public init(_ network: Network, modelPath: String) throws(RuntimeError) {
    do throws(CompressionError) { self.network = try BinaryNetwork(network) } catch {
      throw .failed(
        runtime: "binary", action: "load \(modelPath)", code: "not binary", message: "\(error)")
    }
    self.modelPath = modelPath
  }

  public func run(_ given: [String: TensorData]) throws(RuntimeError) -> [String: TensorData] {
    let (values, count) = try examples(given)
    return [network.output.name: try outputs(of: values, count: count)]
  }

  public func bind(_ given: [String: TensorData]) throws(RuntimeError) -> any BoundInference {
    let (values, count) = try examples(given)
    return BoundBinarySession(session: self, values: values, count: count)
  }

  fileprivate func outputs(of x: [Float], count: Int) throws(RuntimeError) -> TensorData {
    guard let values = network.outputs(of: x, count: count),
      let tensor = try? TensorData(values, shape: [count, network.outputCount])
    else {
      throw .failed(
        runtime: "binary", action: "run \(modelPath)", code: "size",
        message: "\(x.count) numbers are not \(count) examples of \(network.inputCount)")
    }
    return tensor
  }

  /// The numbers of the input, and how many examples they are.
  private func examples(
    _ given: [String: TensorData]
  ) throws(RuntimeError) -> (values: [Float], count: Int) {
    let input = network.input
    if let stranger = given.keys.filter({ $0 != input.name }).min() {
      throw .unknownInput(name: stranger, model: modelPath, known: [input.name])
    }
    guard let tensor = given[input.name] else {
      throw .missingInput(name: input.name, model: modelPath, given: given.keys.sorted())
    }
    guard let values = try? tensor.values(as: Float.self) else {
      throw .inputType(
        name: input.name, model: modelPath, expected: .float32, found: tensor.type)
    }
    let count = tensor.shape.first ?? 0
    let fits = zip(tensor.shape, input.shape ?? []).dropFirst().allSatisfy { found, stated in
      if case .fixed(let extent) = stated { found == extent } else { true }
    }
    guard fits, tensor.shape.count == input.shape?.count,
      tensor.count == count * network.inputCount
    else {
      throw .inputShape(
        name: input.name, model: modelPath, expected: input.shape ?? [], found: tensor.shape)
    }
    return (values, count)
  }
}

/// A binary network with its inputs in place.
private struct BoundBinarySession: BoundInference {
  let session: BinarySession
  let values: [Float]
  let count: Int

  func run() throws(RuntimeError) { _ = try session.outputs(of: values, count: count) }
}
