// What an operator says of itself without computing: shapes, cost, coupling, and how it is cut.

/// An operator's structure, stated once: the facets of it that need no tensor engine.
///
/// To teach Bonsai a new operator, add one file to `Network/Operators` with a type that conforms to
/// this protocol, and one line to `Operators.all`; its computation goes to `Execution/Operators`.
public protocol Operator: Sendable {
  /// The ONNX operator types described, for example `["Conv"]`.
  static var names: [String] { get }

  /// The domain of the operators; ONNX's own by default.
  static var domain: String { get }

  /// The types of the outputs, from the types of the inputs.
  ///
  /// - Throws: ``NetworkError/invalidNode(node:reason:)`` where the inputs do not fit,
  ///   ``NetworkError/unknownShape(value:reason:)`` where something needed is not known.
  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?]

  /// The outputs' values where they follow from constants: for integer arithmetic on shapes.
  static func fold(_ node: NodeView) -> [TensorData?]?

  /// The multiply-accumulates one application takes. Only convolutions and matrix products count.
  static func macs(_ node: NodeView) -> Int

  /// Ties the indices along the axes of inputs and outputs to each other.
  ///
  /// An axis that no relation of this operator mentions is frozen: silence never prunes.
  static func couple(_ node: NodeView, _ relations: inout Relations)

  /// Changes attributes and constants (group counts, split sizes, paddings) after indices have been
  /// removed from the axes of inputs and outputs. Tensors that the relations tie are cut elsewhere.
  static func cut(_ cut: inout NodeCut) throws(NetworkError)

  /// What an initializer is that stands at the input `index`; `nil` to let its type decide.
  static func role(ofInput index: Int) -> Initializer.Role?
}

extension Operator {
  public static var domain: String { "" }
  public static func fold(_ node: NodeView) -> [TensorData?]? { nil }
  public static func macs(_ node: NodeView) -> Int { 0 }
  public static func cut(_ cut: inout NodeCut) throws(NetworkError) {}
  public static func role(ofInput index: Int) -> Initializer.Role? { nil }
}

/// The element type and the concrete shape of a value.
public struct TensorType: Sendable, Hashable {
  /// The type of the elements.
  public var element: ElementType
  /// The extents, outermost first.
  public var shape: [Int]

  /// A tensor type.
  public init(_ element: ElementType, _ shape: [Int]) {
    self.element = element
    self.shape = shape
  }
}

/// A node together with what is known of its inputs and outputs.
public struct NodeView: Sendable {
  /// The node itself.
  public let node: Node
  /// The version of the node's operator set.
  public let opset: Int
  /// What is known of each input; `nil` for one that is left out or unknown.
  public let inputs: [TensorType?]
  /// What is known of each output; empty while it is being inferred.
  public internal(set) var outputs: [TensorType?]
  /// The inputs' values where they are known.
  public let constants: [TensorData?]

  /// A node and what is known of the values around it.
  public init(
    node: Node, opset: Int, inputs: [TensorType?], outputs: [TensorType?] = [],
    constants: [TensorData?] = []
  ) {
    self.node = node
    self.opset = opset
    self.inputs = inputs
    self.outputs = outputs
    self.constants = constants
  }

  /// The type of the input at `index`.
  ///
  /// - Throws: ``NetworkError/unknownShape(value:reason:)`` where it is unknown,
  ///   ``NetworkError/invalidNode(node:reason:)`` where it is left out, or larger than any machine
  ///   holds.
  public func input(_ index: Int) throws(NetworkError) -> TensorType {
    guard let name = node.input(index) else {
      throw invalid("input \(index) is left out, and the operator needs it")
    }
    guard index < inputs.count, let type = inputs[index] else {
      throw .unknownShape(value: name, reason: "nothing states it and \(node.label) needs it")
    }
    guard Self.isReasonable(type.shape) else {
      throw invalid("input \(index) has the impossible shape \(type.shape)")
    }
    return type
  }

  /// The type of the input at `index`, checked to have at least `rank` axes.
  ///
  /// - Throws: ``NetworkError/invalidNode(node:reason:)`` where it has fewer.
  public func input(_ index: Int, rank: Int) throws(NetworkError) -> TensorType {
    let type = try input(index)
    guard type.shape.count >= rank else {
      throw invalid(
        "input \(index) has shape \(type.shape); at least \(rank) axes were expected")
    }
    return type
  }

  /// The known value of the input at `index`, or `nil`.
  public func constant(_ index: Int) -> TensorData? {
    index < constants.count ? constants[index] : nil
  }

  /// The known integers at the input `index`.
  ///
  /// - Throws: ``NetworkError/unknownShape(value:reason:)`` where they are computed at run time.
  public func integers(_ index: Int) throws(NetworkError) -> [Int] {
    guard let integers = constant(index)?.integers else {
      throw .unknownShape(
        value: node.outputs.first ?? node.label,
        reason: "input \(index) of \(node.label) is not a known list of integers")
    }
    return integers
  }

  /// An axis counted from the front, from one that may be counted from the back.
  ///
  /// - Throws: ``NetworkError/invalidNode(node:reason:)`` where there is no such axis.
  public func axis(_ axis: Int, rank: Int) throws(NetworkError) -> Int {
    let front = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(front) else {
      throw invalid("axis \(axis) does not exist in a tensor of \(rank) axes")
    }
    return front
  }

  /// An error that says what is wrong with this node.
  public func invalid(_ reason: String) -> NetworkError {
    .invalidNode(node: node.label, reason: reason)
  }
}
