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
    let inference = try infer()
    let masks = try kept.keptIndices { (value, axis) throws(NetworkError) in
      try inference.extent(value, axis)
    }
    var survivors: [ValueAxis: [Int]] = [:]
    for (key, mask) in masks { survivors[key] = mask.indices.filter { mask[$0] } }

    var result = self
    for (name, initializer) in initializers {
      var tensor = initializer.tensor
      for axis in tensor.shape.indices {
        if let indices = survivors[ValueAxis(value: name, axis: axis)] {
          tensor = try tensor.gathering(indices, axis: axis)
        }
      }
      result.initializers[name]?.tensor = tensor
    }
    for (index, view) in inference.views.enumerated() {
      try result.follow(view, at: index, survivors)
    }
    for key in survivors.keys { result.annotations[key.value] = nil }
    let used = Set(result.nodes.flatMap(\.inputs) + outputs.map(\.name))
    for name in Set(nodes.flatMap(\.inputs)).subtracting(used) { result.initializers[name] = nil }
    // The operators must agree with what is left.
    do throws(NetworkError) { _ = try result.infer() } catch {
      throw .impossibleCut(reason: "\(error)")
    }
    return result
  }

  /// The network with the parameters of the units that `kept` lets go set to zero.
  ///
  /// Both what makes the units and what uses them is zeroed; running statistics stay. Where the
  /// group's `mixing` is empty this computes what the cut network computes.
  ///
  /// - Throws: ``NetworkError`` where a member does not fit the network.
  public func masked(keeping kept: [Kept]) throws(NetworkError) -> Network {
    let masks = try kept.keptIndices { (value, axis) throws(NetworkError) in
      guard let initializer = initializers[value] else { return 0 }
      return initializer.tensor.shape[axis]
    }
    var result = self
    for (key, mask) in masks {
      guard let initializer = result.initializers[key.value], initializer.role == .parameter else {
        continue
      }
      result.initializers[key.value]?.tensor = try initializer.tensor.zeroing(
        mask.indices.filter { !mask[$0] }, axis: key.axis)
    }
    return result
  }

  /// Lets one node's attributes and constants follow a cut around it.
  private mutating func follow(
    _ view: NodeView, at index: Int, _ survivors: [ValueAxis: [Int]]
  ) throws(NetworkError) {
    var kept: [AxisSlice: [Int]] = [:]
    func look(_ name: String, _ type: TensorType?, _ place: (Int) -> AxisSlice) {
      for axis in 0..<(type?.shape.count ?? 0) {
        if let indices = survivors[ValueAxis(value: name, axis: axis)] {
          kept[place(axis)] = indices
        }
      }
    }
    for (i, name) in view.node.inputs.enumerated() { look(name, view.inputs[i]) { .input(i, $0) } }
    for (i, name) in view.node.outputs.enumerated() {
      look(name, view.outputs[i]) { .output(i, $0) }
    }
    guard !kept.isEmpty, let op = Operators.of(view.node) else { return }
    var cut = NodeCut(view: view, kept: kept)
    try op.cut(&cut)
    for (input, tensor) in cut.constants {
      cut.node.inputs[input] = addConstant(
        tensor, replacing: view.node.inputs[input], for: view.node)
    }
    nodes[index] = cut.node
  }

  /// Gives a node its own value of a constant; other users of the old one are not touched.
  private mutating func addConstant(
    _ tensor: TensorData, replacing old: String, for node: Node
  ) -> String {
    if let existing = initializers[old],
      nodes.lazy.flatMap(\.inputs).count(where: { $0 == old }) == 1
    {
      initializers[old] = Initializer(tensor, role: existing.role)
      return old
    }
    let stem = "\(old).\(node.outputs.first ?? node.name)"
    var name = stem
    var number = 1
    while initializers[name] != nil {
      number += 1
      name = "\(stem).\(number)"
    }
    initializers[name] = Initializer(tensor, role: .constant)
    return name
  }
}

extension Inference {
  /// The extent of an axis of a value.
  func extent(_ value: String, _ axis: Int) throws(NetworkError) -> Int {
    guard let type = types[value], type.shape.indices.contains(axis) else {
      throw .impossibleCut(reason: "the network has no axis \(axis) of a value '\(value)'")
    }
    return type.shape[axis]
  }
}
