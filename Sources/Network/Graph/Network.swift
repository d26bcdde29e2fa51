// The explicit graph everything works on: nodes, named values, initializers.

import OrderedCollections

/// A neural network as an explicit graph of ONNX-like nodes.
///
/// Values have names. A value is an input of the network, an initializer (a tensor the network
/// carries), or an output of exactly one node. Nodes stand in an order in which every value is made
/// before it is used. The type is a value: a copy can be changed without the original noticing, and
/// tensors are shared until they are replaced.
public struct Network: Sendable, Hashable {
  /// The graph's name.
  public var name: String
  /// What must be given to run the network, in order.
  public var inputs: [ValueInfo]
  /// What the network gives, in order.
  public var outputs: [ValueInfo]
  /// The nodes, each after those whose outputs it uses.
  public var nodes: [Node]
  /// The tensors the network carries, by value name.
  public var initializers: OrderedDictionary<String, Initializer>
  /// Types and shapes that the file states of values inside.
  public var annotations: OrderedDictionary<String, ValueInfo>
  /// The version of each operator set the nodes are written against; the key "" is ONNX's own.
  public var opsets: OrderedDictionary<String, Int>
  /// Free text by key that travels with the model: provenance, author, licence.
  public var metadata: OrderedDictionary<String, String>

  /// A network of the given parts.
  public init(
    name: String, inputs: [ValueInfo] = [], outputs: [ValueInfo] = [], nodes: [Node] = [],
    initializers: OrderedDictionary<String, Initializer> = [:],
    annotations: OrderedDictionary<String, ValueInfo> = [:],
    opsets: OrderedDictionary<String, Int> = ["": 17],
    metadata: OrderedDictionary<String, String> = [:]
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.nodes = nodes
    self.initializers = initializers
    self.annotations = annotations
    self.opsets = opsets
    self.metadata = metadata
  }

  /// The version of ONNX's own operator set.
  public var opset: Int { opsets[""] ?? opsets["ai.onnx"] ?? 1 }

  /// The number of trainable parameters: elements of the initializers whose role is `.parameter`
  /// (weights, biases, normalisation scale and shift). Running statistics and constants don't count.
  public var parameterCount: Int {
    initializers.values.reduce(0) { $0 + ($1.role == .parameter ? $1.tensor.count : 0) }
  }
}

/// A tensor the network carries.
public struct Initializer: Sendable, Hashable {
  /// What the tensor is to training and to counting.
  public enum Role: String, Sendable, Hashable {
    /// Trained by gradient: weights, biases, scales and shifts.
    case parameter
    /// Changed by running the network in training mode: running statistics.
    case buffer
    /// Fixed: shapes, axes, small constants.
    case constant
  }

  /// The tensor's value.
  public var tensor: TensorData
  /// What the tensor is to training and to counting.
  public var role: Role

  /// An initializer.
  public init(_ tensor: TensorData, role: Role) {
    self.tensor = tensor
    self.role = role
  }
}

/// What is stated of a value: its name, element type and shape.
public struct ValueInfo: Sendable, Hashable {
  /// The value's name.
  public var name: String
  /// The element type; `nil` where it is unknown or the value is not a tensor.
  public var type: ElementType?
  /// The extents; `nil` where even their number is unknown.
  public var shape: [Extent]?

  /// A statement about the value `name`.
  public init(_ name: String, _ type: ElementType? = .float32, _ shape: [Extent]? = nil) {
    self.name = name
    self.type = type
    self.shape = shape
  }
}

/// The extent of one axis: a number, or a name for a number known only when the network runs.
///
/// ```swift
/// let image: [Extent] = ["batch", 3, 32, 32]
/// ```
public enum Extent: Sendable, Hashable {
  case fixed(Int)
  case symbol(String)
  case unknown
}

extension Extent: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  /// A fixed extent.
  public init(integerLiteral value: Int) { self = .fixed(value) }
  /// A named extent.
  public init(stringLiteral value: String) { self = .symbol(value) }
}

extension Extent: CustomStringConvertible {
  /// The number, the name, or `?`.
  public var description: String {
    switch self {
    case .fixed(let n): "\(n)"
    case .symbol(let s): s
    case .unknown: "?"
    }
  }
}
