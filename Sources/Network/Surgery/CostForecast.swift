// The cost after a cut as a function of how many units stay, prepared once for the many cuts that the
// search for a budget looks at.

import OrderedCollections

/// What a network would cost after cuts that differ only in how many units of each group stay.
///
/// Every extent that a cut changes is a linear function of the counts: a member of a group gives up
/// `width` indices for each of its units that leaves. So no node has to be cut and no shape inferred
/// again; the operators are asked for their multiply-accumulates on the new shapes. That is exact
/// as long as an operator's cost follows from shapes alone, which is tried on two cuts beforehand.
public struct CostForecast: Sendable {
  private let sizes: [Int]
  /// The values that change, with their shapes before.
  private let types: [TensorType]
  /// How the extents of the values that change follow from the counts.
  private let terms: [Term]
  /// The nodes with a multiplication in them and a value that changes around them.
  private let nodes: [Site]
  /// The trainable ones of the tensors that change, and all of them, by position in ``types``.
  private let parameters: [Int]
  private let tensors: [Int]
  /// How often each of the values that change is read or written.
  private let moves: [Int]
  /// What does not change.
  private var fixed: Cost

  /// Removing a unit of `group` takes `weight` / `share` indices from an axis.
  private struct Term {
    var value: Int
    var axis: Int
    var group: Int
    var weight: Int
    var share: Int
  }

  private struct Site {
    var view: NodeView
    var op: any Operator.Type
    /// The positions in ``types`` of inputs and outputs that change, else -1.
    var inputs: [Int]
    var outputs: [Int]
  }

  /// Prepares the forecast for cuts of `groups`; `nil` where the cost does not follow from the shapes.
  ///
  /// - Parameter agree: Whether a forecast says the same as the cut that it is tried on. The bytes of
  ///   constants that only some cuts add matter to nobody who looks at multiply-accumulates.
  public init?(
    _ network: Network, _ inference: Inference, groups: [Group],
    agree: (_ forecast: Cost, _ exact: Cost) -> Bool = (==)
  ) {
    sizes = groups.map(\.size)
    var numbers: [String: Int] = [:]
    var names: [String] = []
    var types: [TensorType] = []
    var terms: [Term] = []
    // Blocks of rows of one axis lose equally many: one of them stands for all.
    var rows: [Place: Range<Int>?] = [:]
    for (position, group) in groups.enumerated() {
      for member in group.members {
        guard let type = inference.types[member.value], type.shape.indices.contains(member.axis)
        else { return nil }
        let number: Int
        if let known = numbers[member.value] {
          number = known
        } else {
          number = types.count
          numbers[member.value] = number
          names.append(member.value)
          types.append(type)
        }
        let place = Place(value: number, axis: member.axis)
        if let block = rows[place] {
          if block != member.block { continue }
        } else {
          rows[place] = .some(member.block)
        }
        terms.append(
          Term(
            value: number, axis: member.axis, group: position,
            weight: member.width * member.units.count, share: group.size))
      }
    }
    self.types = types
    self.terms = terms

    let before = network.cost(inference)
    fixed = before.total
    var nodes: [Site] = []
    var moves = [Int](repeating: 0, count: types.count)
    for (view, cost) in zip(inference.views, before.nodes) {
      let inputs = view.node.inputs.map { numbers[$0] ?? -1 }
      let outputs = view.node.outputs.map { numbers[$0] ?? -1 }
      for number in inputs + outputs where number >= 0 { moves[number] += 1 }
      guard cost.macs > 0, let op = Operators.of(view.node),
        (inputs + outputs).contains(where: { $0 >= 0 })
      else { continue }
      fixed.macs -= cost.macs
      nodes.append(Site(view: view, op: op, inputs: inputs, outputs: outputs))
    }
    self.nodes = nodes
    self.moves = moves
    tensors = names.indices.filter { network.initializers[names[$0]] != nil }
    parameters = tensors.filter { network.initializers[names[$0]]?.role == .parameter }
    for number in types.indices {
      fixed.bytesMoved -= moves[number] * types[number].byteCount
    }
    for number in tensors { fixed.weightBytes -= types[number].byteCount }
    for number in parameters { fixed.parameters -= types[number].count }
    guard agrees(with: network, inference, groups, by: agree) else { return nil }
  }

  private struct Place: Hashable {
    var value: Int
    var axis: Int
  }

  /// Whether the forecast is right for two cuts; constants that every cut adds or drops are taken in.
  private mutating func agrees(
    with network: Network, _ inference: Inference, _ groups: [Group], by agree: (Cost, Cost) -> Bool
  ) -> Bool {
    for (attempt, share) in [2, 5].enumerated() {
      let counts = groups.map { group in
        max(1, group.size / group.blocks * (share - 1) / share) * group.blocks
      }
      var kept: [Kept] = []
      for (group, count) in zip(groups, counts) {
        guard let half = try? Kept(group, units: group.first(count)) else { return false }
        kept.append(half)
      }
      guard let exact = try? network.cost(keeping: kept, inference) else { return false }
      if attempt == 0 {
        fixed.weightBytes += exact.weightBytes - cost(keeping: counts).weightBytes
        fixed.bytesMoved += exact.bytesMoved - cost(keeping: counts).bytesMoved
      }
      guard agree(cost(keeping: counts), exact) else { return false }
    }
    return true
  }

  /// The cost when each group keeps the given number of units, a multiple of its blocks.
  public func cost(keeping counts: [Int]) -> Cost {
    var types = types
    for term in terms {
      let removed = sizes[term.group] - counts[term.group]
      types[term.value].shape[term.axis] -= removed * term.weight / term.share
    }
    var cost = fixed
    for number in types.indices { cost.bytesMoved += moves[number] * types[number].byteCount }
    for number in tensors { cost.weightBytes += types[number].byteCount }
    for number in parameters { cost.parameters += types[number].count }
    for site in nodes {
      func changed(_ old: [TensorType?], _ numbers: [Int]) -> [TensorType?] {
        var result = old
        for (index, number) in numbers.enumerated() where number >= 0 {
          result[index] = types[number]
        }
        return result
      }
      let view = NodeView(
        node: site.view.node, opset: site.view.opset,
        inputs: changed(site.view.inputs, site.inputs),
        outputs: changed(site.view.outputs, site.outputs), constants: site.view.constants)
      cost.macs += site.op.macs(view)
    }
    return cost
  }
}

extension TensorType {
  /// The number of elements.
  fileprivate var count: Int { shape.reduce(1, *) }
  /// The bytes they take.
  fileprivate var byteCount: Int { element.byteCount(of: count) }
}
