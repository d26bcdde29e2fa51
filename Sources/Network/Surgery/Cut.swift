// Surgery: removing units from a network, and its twin for proof, setting them to zero.

import OrderedCollections

extension Network {
  /// The network without the units that `kept` lets go: physically smaller tensors.
  ///
  /// The survivors' values are copied bit for bit. Names stay as they are.
  ///
  /// ```swift
  /// let coupling = try network.coupling()
  /// let group = try coupling.group(named: "conv1")
  /// let smaller = try network.cut(keeping: [Kept(group, units: 0..<10)])
  /// ```
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where an operator cannot follow.
  public func cut(keeping kept: [Kept]) throws(NetworkError) -> Network {
    let plan = try CutPlan(self, keeping: kept, infer())
    var result = plan.network
    for name in plan.shapes.keys {
      guard var tensor = initializers[name]?.tensor else { continue }
      if let blocks = plan.blocks[name] {
        for (axis, rows) in blocks { tensor = try tensor.gathering(rows, axis: axis) }
      }
      var kept: [Int: [Int]] = [:]
      for axis in tensor.shape.indices {
        kept[axis] = plan.survivors[ValueAxis(value: name, axis: axis)]
      }
      tensor = try tensor.gathering(kept)
      initializers[name]?.tensor.bytes.release()
      result.initializers[name]?.tensor = tensor
    }
    for key in plan.survivors.keys { result.annotations[key.value] = nil }
    result.dropEmptyParts(plan.survivors)
    result.dropUnused(since: self)
    // The operators must agree with what is left.
    let types: [String: TensorType]
    do throws(NetworkError) { types = try result.infer().types } catch {
      throw .impossibleCut(reason: "\(error)")
    }
    for kept in kept where kept.units.isEmpty {
      if let reader = kept.group.members.first(where: { types[$0.value]?.shape.contains(0) == true }
      ) {
        throw .impossibleCut(
          reason: "nothing would stay of '\(kept.group.name)', and '\(reader.value)' is needed")
      }
    }
    return result
  }

  /// Drops the nodes and initializers that `before` used and nothing here uses any more.
  private mutating func dropUnused(since before: Network) {
    var used = Set(before.nodes.flatMap(\.uses) + before.outputs.map(\.name))
    var needed = Set(outputs.map(\.name))
    var kept: [Node] = []
    for node in nodes.reversed() {
      if node.outputs.contains(where: used.contains),
        !node.outputs.contains(where: needed.contains)
      {
        continue
      }
      needed.formUnion(node.uses)
      kept.append(node)
    }
    if kept.count < nodes.count { nodes = kept.reversed() }
    used.subtract(needed)
    for name in used { initializers[name] = nil }
  }

  /// What the network would cost after ``cut(keeping:)``, without copying a weight.
  ///
  /// - Parameters:
  ///   - kept: the units that stay.
  ///   - inference: the network's types before the cut; `nil` infers them.
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where an operator cannot follow.
  public func cost(
    keeping kept: [Kept], _ inference: Inference? = nil, binding: [String: Int] = [:]
  ) throws(NetworkError) -> Cost {
    let before: Inference
    if let inference { before = inference } else { before = try infer(binding: binding) }
    let plan = try CutPlan(self, keeping: kept, before, probing: false)
    let after = try plan.network.infer(binding: binding, shapes: plan.shapes)
    var cost = plan.network.cost(after).total
    cost.parameters = 0
    cost.weightBytes = 0
    for (name, initializer) in plan.network.initializers {
      let count = (plan.shapes[name] ?? initializer.tensor.shape).reduce(1, *)
      cost.weightBytes += initializer.tensor.type.byteCount(of: count)
      if initializer.role == .parameter { cost.parameters += count }
    }
    return cost
  }

  /// The network with the parameters of the units that `kept` lets go set to zero.
  ///
  /// Both what makes the units and what uses them is zeroed; running statistics stay. What stands for
  /// zero in a quantized weight is its zero point. Where zero is not the same as absence, because a
  /// node takes a mean, a variance or an extreme over the units, that node takes it over those that
  /// stay. So this computes what the cut network computes; only where a group's `mixing` names a node
  /// of another kind may it differ.
  ///
  /// - Throws: ``NetworkError`` where a member does not fit the network.
  public func masked(keeping kept: [Kept]) throws(NetworkError) -> Network {
    let mixes = kept.contains { !$0.group.mixing.isEmpty && $0.units.count < $0.group.size }
    let inference = mixes ? try infer() : nil
    let masks = try kept.keptIndices { (value, axis) throws(NetworkError) in
      let shape = initializers[value]?.tensor.shape ?? inference?.types[value]?.shape ?? []
      return shape.indices.contains(axis) ? shape[axis] : 0
    }
    var result = self
    if let inference { result = try takingStatistics(ofThoseIn: masks, inference) }
    let codes = quantizedWeights
    for (key, mask) in masks {
      guard let initializer = result.initializers[key.value], initializer.role == .parameter else {
        continue
      }
      let removed = mask.indices.filter { !mask[$0] }
      result.initializers[key.value]?.tensor = try initializer.tensor.replacing(
        removed, axis: key.axis, rows: key.block,
        with: codes[key.value].map { code throws(NetworkError) in try zeros(of: key.value, code) }
          ?? nil)
    }
    return result
  }
}
