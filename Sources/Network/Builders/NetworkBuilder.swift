// Writing a network down layer by layer.

import OrderedCollections

/// Writes a network down layer by layer, as a graph of operator set 17.
///
/// Each function adds one layer and returns the name of what it makes. Shapes are followed on the
/// way, so a layer that does not fit is an error where it is written. Parameters are named after
/// their layer as PyTorch names them: `conv1.weight`, `conv1.bias`, `bn1.running_mean`.
///
/// ```swift
/// var b = NetworkBuilder("lenet-5", input: ["batch", 1, 28, 28], seed: 0)
/// var x = try b.conv("conv1", b.input, 20, kernel: 5)
/// x = try b.maxPool(x, 2)
/// x = try b.flatten(x)
/// x = try b.linear("fc1", x, 10)
/// let network = try b.finish(x)
/// ```
public struct NetworkBuilder: Sendable {
  /// The name of the network's input.
  public let input = "input"
  /// How the weights of layers are drawn that don't say it themselves.
  public var initialization = Initialization.kaimingUniform

  private var network: Network
  private let seed: UInt64?
  /// The values computed from constants and shapes.
  private var folded: [String: TensorData] = [:]
  private var types: [String: TensorType] = [:]

  /// A network of the given name and input.
  ///
  /// - Parameters:
  ///   - shape: the input's extents, the batch first.
  ///   - type: the type of the input's elements.
  ///   - seed: decides the first weights; `nil` leaves all weights 0, for a network of which only the
  ///     structure is of interest.
  public init(
    _ name: String, input shape: [Extent], type: ElementType = .float32, seed: UInt64? = 0
  ) {
    network = Network(name: name, inputs: [ValueInfo(input, type, shape)])
    self.seed = seed
    types[input] = TensorType(type, shape.map { $0.bound(by: [:]) })
  }

  /// The shape of a value for a batch of one.
  ///
  /// - Throws: ``NetworkError/noSuch(kind:name:known:)`` where nothing made it.
  public func shape(_ value: String) throws(NetworkError) -> [Int] {
    guard let type = types[value] else {
      throw .noSuch(kind: "value", name: value, known: types.keys.sorted())
    }
    return type.shape
  }

  /// The extent of the channel axis of a value.
  ///
  /// - Throws: ``NetworkError`` where nothing made the value, or it has one axis only.
  public func channels(_ value: String) throws(NetworkError) -> Int {
    let shape = try shape(value)
    guard shape.count > 1 else { throw impossible("'\(value)' \(shape) has no channel axis") }
    return shape[1]
  }

  /// The network whose output, named `logits`, is `value`. (Mutating only so that the last layer may
  /// be added in the argument.)
  ///
  /// - Throws: ``NetworkError`` where nothing made `value`.
  public mutating func finish(_ value: String) throws(NetworkError) -> Network {
    guard let type = types[value], let batch = network.inputs[0].shape?.first else {
      throw .noSuch(kind: "value", name: value, known: types.keys.sorted())
    }
    var result = network
    for index in result.nodes.indices {
      for slot in result.nodes[index].inputs.indices where result.nodes[index].inputs[slot] == value
      {
        result.nodes[index].inputs[slot] = "logits"
      }
      for slot in result.nodes[index].outputs.indices
      where result.nodes[index].outputs[slot] == value {
        result.nodes[index].outputs[slot] = "logits"
      }
    }
    result.outputs = [
      ValueInfo("logits", type.element, [batch] + type.shape.dropFirst().map { .fixed($0) })
    ]
    return result
  }

  // MARK: nodes

  /// Adds a node whose first output is named after it, and returns that name; further outputs are
  /// called `NAME.1`, `NAME.2`, and so on.
  ///
  /// - Parameter name: the node's name; a number is added where it is taken.
  /// - Parameter domain: whose operator it is, where it is none of ONNX's own; in its first version.
  /// - Throws: ``NetworkError`` where the inputs do not fit the operator.
  public mutating func add(
    _ op: String, name: String, _ inputs: [String],
    _ attributes: OrderedDictionary<String, Attribute> = [:], outputs: Int = 1,
    domain: String = ""
  ) throws(NetworkError) -> String {
    var unique = name
    var number = 1
    while types[unique] != nil {
      number += 1
      unique = "\(name)\(number)"
    }
    let node = Node(
      op, name: unique, inputs: inputs,
      outputs: (0..<outputs).map { $0 == 0 ? unique : "\(unique).\($0)" }, attributes: attributes,
      domain: domain)
    if !domain.isEmpty { network.opsets[domain] = 1 }
    guard let known = Operators.of(node) else {
      throw .noSuch(kind: "operator", name: op, known: [])
    }
    var view = NodeView(
      node: node, opset: network.opset, inputs: inputs.map { types[$0] }, outputs: [],
      constants: inputs.map { folded[$0] ?? network.initializers[$0]?.tensor })
    view.outputs = try known.infer(view)
    for (output, type) in zip(node.outputs, view.outputs) { types[output] = type }
    for (output, value) in zip(node.outputs, known.fold(view) ?? []) { folded[output] = value }
    network.nodes.append(node)
    return unique
  }

  /// Adds a tensor that the network carries, once, and returns its name.
  public mutating func tensor(
    _ name: String, _ tensor: TensorData, role: Initializer.Role
  ) -> String {
    if network.initializers[name] == nil {
      network.initializers[name] = Initializer(tensor, role: role)
      types[name] = TensorType(tensor.type, tensor.shape)
    }
    return name
  }

  /// Adds a constant list of integers and returns its name.
  public mutating func integers(_ name: String, _ values: [Int]) -> String {
    tensor(name, TensorData(vector: values.map(Int64.init)), role: .constant)
  }

  /// Adds a vector with one value and returns its name.
  public mutating func vector(
    _ name: String, _ value: Float, count: Int, role: Initializer.Role = .parameter
  ) -> String {
    tensor(name, TensorData(vector: Array(repeating: value, count: count)), role: role)
  }

  /// Adds a weight drawn by `scheme`, and returns its name.
  public mutating func weight(
    _ name: String, _ shape: [Int], _ scheme: Initialization? = nil
  ) throws(NetworkError) -> String {
    let scheme = scheme ?? initialization
    return try parameter(name, shape, fans: shape) { scheme.weight(shape, from: $0) }
  }

  /// Adds the bias of a weight of shape `fans` and returns its name.
  public mutating func bias(
    _ name: String, of fans: [Int], _ scheme: Initialization? = nil
  ) throws(NetworkError) -> String {
    let scheme = scheme ?? initialization
    return try parameter(name, Array(fans.prefix(1)), fans: fans) { scheme.bias(fans, from: $0) }
  }

  private mutating func parameter(
    _ name: String, _ shape: [Int], fans: [Int], _ draw: (SeededGenerator) -> [Float]
  ) throws(NetworkError) -> String {
    guard let count = fans.elementCount, count <= 1 << 32 else {
      throw impossible("'\(name)' would have the shape \(fans)")
    }
    guard let seed else {
      let bytes = [UInt8](repeating: 0, count: 4 * shape.reduce(1, *))
      let zeros = try TensorData(type: .float32, shape: shape, bytes: Bytes(bytes))
      return tensor(name, zeros, role: .parameter)
    }
    let values = draw(SeededGenerator(seed: seed, name: name))
    return tensor(name, try TensorData(values, shape: shape), role: .parameter)
  }

  /// An error that says why this network cannot be built.
  func impossible(_ reason: String) -> NetworkError {
    .impossibleArchitecture(name: network.name, reason: reason)
  }
}
