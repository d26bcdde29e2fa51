// What an operator may look at and change when indices have been removed around it.

/// A node being cut: which indices stay along each axis of its inputs and outputs, and the node to
/// change accordingly.
public struct NodeCut: Sendable {
  /// The node and its types before the cut.
  public let view: NodeView
  /// The node to change.
  public var node: Node
  let keptIndices: [AxisSlice: [Int]]
  private(set) var constants: [Int: TensorData] = [:]

  init(view: NodeView, kept: [AxisSlice: [Int]]) {
    self.view = view
    node = view.node
    keptIndices = kept
  }

  /// The indices that stay along a whole axis, ascending; `nil` where all stay.
  public func kept(_ axis: AxisSlice) -> [Int]? { keptIndices[axis] }

  /// Gives input `index`, a constant such as a list of sizes, another value for this node.
  public mutating func setConstant(_ index: Int, _ tensor: TensorData) {
    constants[index] = tensor
  }
}
