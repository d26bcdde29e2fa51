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
  /// The inputs' values as the nodes before this one compute them after the cut; `nil` where they are
  /// not computed.
  private let computed: [TensorData?]
  private(set) var constants: [Int: TensorData] = [:]
  /// By what to multiply and to divide the numbers of lists that are computed when the network runs.
  private(set) var ratios: [Int: [(after: Int, before: Int)]] = [:]

  init(
    view: NodeView, kept: [AxisSlice: [Int]], probe: NodeView? = nil, computed: [TensorData?] = []
  ) {
    self.view = view
    self.probe = probe
    self.computed = computed
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

  /// Whether the list at input `index` is computed in the network, and comes out as `list` by itself
  /// when the tensors it is computed from have been cut.
  func follows(_ index: Int, _ list: [Int]) -> Bool {
    computed.indices.contains(index) && computed[index]?.integers == list
  }

  /// Whether the list at input `index` is computed in the network, and comes out as another one when
  /// the tensors it is computed from have been cut.
  func strays(_ index: Int) -> Bool {
    guard computed.indices.contains(index), let now = computed[index]?.integers else {
      return false
    }
    return now != view.constant(index)?.integers
  }

  /// Gives lists that are computed from tensors that lose units what they held, where the operator
  /// has said nothing else: for a node whose own tensors stay whole.
  mutating func restore() {
    for index in view.node.inputs.indices
    where strays(index) && constants[index] == nil && ratios[index] == nil {
      guard let list = view.constant(index), let integers = list.integers else { continue }
      if integers.indices.contains(where: { varies(index, at: $0) }) {
        scale(index, to: integers)
      } else {
        constants[index] = list
      }
    }
  }

  /// Lets the list at input `index`, which follows symbolic extents, be computed as before, and each
  /// number of it then be brought from what it was to what it is in `list`.
  mutating func scale(_ index: Int, to list: [Int]) {
    let known = computed.indices.contains(index) ? computed[index] : nil
    guard let before = (known ?? view.constant(index))?.integers, before.count == list.count else {
      return
    }
    ratios[index] = zip(list, before).map { $0 == $1 || $1 == 0 ? (1, 1) : ($0, $1) }
  }

  /// Gives input `index`, a constant such as a list of sizes, another value for this node.
  public mutating func setConstant(_ index: Int, _ tensor: TensorData) {
    constants[index] = tensor
  }
}
