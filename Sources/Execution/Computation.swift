// How an operator is computed: the facet of it that needs a tensor engine.

import Network
import OrderedCollections
import Torch

/// An operator's computation with libtorch; its structure lives in the Network room.
///
/// To compute a new operator, add one file to `Execution/Operators` with a type that conforms to
/// this protocol, and one line to `Computations.all`.
public protocol Computation: Sendable {
  /// The ONNX operator types computed.
  static var names: [String] { get }

  /// The domain of the operators; ONNX's own by default.
  static var domain: String { get }

  /// Reads a node's attributes once and gives what computes it each time.
  ///
  /// - Throws: ``ExecutionError/invalidNode(node:reason:)`` where an attribute makes no sense.
  static func prepare(_ site: Site) throws(ExecutionError) -> Step
}

extension Computation {
  public static var domain: String { "" }
}

/// What computes a node: its inputs (absent optional ones `nil`) to its outputs.
public typealias Step = (_ inputs: Inputs, _ run: RunContext) throws(TorchError) -> [Tensor]

/// The inputs of a node at one run.
public struct Inputs {
  let tensors: [Tensor?]
  let label: String

  /// The input at `index`, or `nil` where it is left out.
  public func optional(_ index: Int) -> Tensor? {
    index < tensors.count ? tensors[index] : nil
  }

  /// The input at `index`, which the operator needs.
  public subscript(index: Int) -> Tensor {
    get throws(TorchError) {
      guard let tensor = optional(index) else {
        throw .engine(operation: label, arguments: [], message: "input \(index) is missing")
      }
      return tensor
    }
  }

  /// How many inputs stand there, absent ones included.
  public var count: Int { tensors.count }

  /// The inputs that are there.
  public var present: [Tensor] { tensors.compactMap { $0 } }

  /// The integers that input `index` holds; `nil` where it is left out.
  public func integers(_ index: Int) throws(TorchError) -> [Int]? {
    try optional(index)?.values(as: Int64.self).map(Int.init)
  }
}

/// What a run shares between its nodes.
public struct RunContext {
  /// Whether statistics and dropout behave as in training.
  public let mode: Mode
}

/// How a network behaves: as it is used, or as it is trained.
public enum Mode {
  /// Batch normalisation uses running statistics; dropout does nothing.
  case evaluation
  /// Batch normalisation uses the batch and updates its running statistics; dropout draws from the
  /// generator.
  case training(Generator)

  /// Whether this is training.
  public var isTraining: Bool { if case .training = self { true } else { false } }
}

/// A node about to be prepared.
public struct Site {
  /// The node.
  public let node: Node
  /// The version of its operator set.
  public let opset: Int
  /// The values of inputs that are constants of the network.
  public let constants: [TensorData?]
  /// The element types that the network states of the inputs; `nil` where it states none.
  public let elements: [ElementType?]
  /// Where the network computes.
  public let device: Device
  /// The floating-point type the network computes in; `nil` where it keeps the file's.
  public let type: ScalarType?

  /// The constant at input `index`, or `nil`.
  public func constant(_ index: Int) -> TensorData? {
    index < constants.count ? constants[index] : nil
  }

  /// The element type that the network states of the input at `index`, or `nil`.
  public func element(_ index: Int) -> ElementType? {
    index < elements.count ? elements[index] : nil
  }

  /// The integers of the constant at input `index`, or `nil`.
  public func integers(_ index: Int) -> [Int]? { constant(index)?.integers }

  /// An error that says what is wrong with this node.
  public func invalid(_ reason: String) -> ExecutionError {
    .invalidNode(node: node.label, reason: reason)
  }
}
