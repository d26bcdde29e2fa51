// What an operator may look at and change when indices have been removed around it.

/// A node being cut: which indices stay along each axis of its inputs and outputs, and the node to
/// change accordingly.
public struct NodeCut: Sendable {
  /// The node and its types before the cut.
  public let view: NodeView
  /// The node to change.
  public var node: Node
  let keptIndices: [AxisSlice: [Int]]
  /// The node and its types where the network's symbolic extents have other values; `nil` where there
  /// are none, or where nothing of the node is computed from them.
  let probe: NodeView?
  private(set) var constants: [Int: TensorData] = [:]

  init(view: NodeView, kept: [AxisSlice: [Int]], probe: NodeView? = nil) {
    self.view = view
    self.probe = probe
    node = view.node
    keptIndices = kept
  }

  /// The indices that stay along a whole axis, ascending; `nil` where all stay.
  public func kept(_ axis: AxisSlice) -> [Int]? { keptIndices[axis] }

  /// Whether the number at `position` of the list at input `index` follows a symbolic extent, such as
  /// the batch, so that a constant cannot stand for it.
  func varies(_ index: Int, at position: Int) -> Bool {
    guard let here = view.constant(index)?.integers, let there = probe?.constant(index)?.integers,
      here.indices.contains(position), here.count == there.count
    else { return false }
    return here[position] != there[position]
  }

  /// Gives input `index`, a constant such as a list of sizes, another value for this node.
  public mutating func setConstant(_ index: Int, _ tensor: TensorData) {
    constants[index] = tensor
  }
}
