// A cut worked out on shapes alone: which indices survive, and how the nodes follow.

import OrderedCollections

/// A cut worked out on shapes alone; no weight is copied.
struct CutPlan {
  /// The network with its nodes and their constants changed; other initializers are as they were.
  private(set) var network: Network
  /// The indices that stay, for each axis of a value that loses some.
  private(set) var survivors: [ValueAxis: [Int]] = [:]
  /// What stays of axes that lose other indices in each block of rows: by value and axis, the blocks
  /// with what stays in each.
  private(set) var blocks: [String: [Int: [(rows: Range<Int>, kept: [Int])]]] = [:]
  /// The new shapes of the initializers that change.
  private(set) var shapes: [String: [Int]] = [:]

  /// The values computed from shapes that come out otherwise after the cut.
  private var recomputed: [String: TensorData] = [:]
  /// Nodes to put before the node at a position.
  private var inserted: [(position: Int, nodes: [Node])] = []
  private let inference: Inference
  /// Whether every extent of the network's inputs is known.
  private let isClosed: Bool
  /// How often each value is used.
  private var uses: [String: Int] = [:]

  init(
    _ network: Network, keeping kept: [Kept], _ inference: Inference, probing: Bool = true
  ) throws(NetworkError) {
    self.network = network
    self.inference = inference
    isClosed = Self.openExtents(network, inference).isEmpty
    for node in network.nodes { for name in node.uses { uses[name, default: 0] += 1 } }
    let masks = try kept.keptIndices { (value, axis) throws(NetworkError) in
      guard let type = inference.types[value], type.shape.indices.contains(axis) else {
        throw .impossibleCut(reason: "the network has no axis \(axis) of a value '\(value)'")
      }
      return type.shape[axis]
    }
    for (key, mask) in masks {
      let indices = mask.indices.filter { mask[$0] }
      if let rows = key.block {
        blocks[key.value, default: [:]][key.axis, default: []].append((rows, indices))
      } else {
        survivors[key] = indices
      }
      guard let initializer = network.initializers[key.value] else { continue }
      shapes[key.value, default: initializer.tensor.shape][key.axis] = indices.count
    }
    let probe = probing ? Self.probe(network, inference) : nil
    for (index, view) in inference.views.enumerated() {
      try follow(view, at: index, probe?.views[index])
      if !inference.folded.isEmpty { recompute(view, at: index, probe) }
    }
    for (position, nodes) in inserted.reversed() {
      self.network.nodes.insert(contentsOf: nodes, at: position)
    }
  }

  /// The types where open extents are other numbers, so that what follows from them shows; `nil`
  /// where no list of sizes is computed in the graph, or none depends on them.
  ///
  /// As many extents change at once as the network takes: some are bound by what it does with them.
  private static func probe(_ network: Network, _ inference: Inference) -> Inference? {
    guard network.nodes.contains(where: { $0.op == "Shape" }) else { return nil }
    let open = openExtents(network, inference)
    let all = Set(open.values)
    var attempts = [all]
    if all.count > 1, all.count <= 8 {
      attempts += all.sorted().map { all.subtracting([$0]) } + all.sorted().map { [$0] }
    }
    for attempt in attempts where !attempt.isEmpty {
      var shapes: [String: [Int]] = [:]
      for (name, axes) in Dictionary(grouping: open, by: \.key.value) {
        guard var shape = inference.types[name]?.shape else { continue }
        // Multiples, so that what the network was planned on still fits it.
        for (key, number) in axes where attempt.contains(number) {
          shape[key.axis] *= number
        }
        shapes[name] = shape
      }
      if let found = try? network.infer(shapes: shapes) { return found }
    }
    return nil
  }

  /// The open axes of the inputs, each with a number of its own from 2 on; one name, one number.
  private static func openExtents(
    _ network: Network, _ inference: Inference
  ) -> [ValueAxis: Int] {
    var open: [ValueAxis: Int] = [:]
    var names: [String: Int] = [:]
    var next = 2
    for input in network.inputs where network.initializers[input.name] == nil {
      guard let stated = input.shape, stated.count == inference.types[input.name]?.shape.count
      else { continue }
      for (axis, extent) in stated.enumerated() {
        switch extent {
        case .fixed: continue
        case .symbol(let name):
          if names[name] == nil { (names[name], next) = (next, next + 1) }
          open[ValueAxis(value: input.name, axis: axis)] = names[name]
        case .unknown:
          open[ValueAxis(value: input.name, axis: axis)] = next
          next += 1
        }
      }
    }
    return open
  }

  /// The type of a value after the cut.
  private func after(_ name: String, _ type: TensorType?) -> TensorType? {
    guard var type, !name.isEmpty else { return nil }
    for axis in type.shape.indices {
      if let kept = survivors[ValueAxis(value: name, axis: axis)] { type.shape[axis] = kept.count }
    }
    return type
  }

  /// Computes a node's integers again where the cut changes what they are computed from.
  ///
  /// A number that leaves the integers, such as the square root of a head's width that attention
  /// divides by, is part of what the network computes, not of its shapes: it stays what it was.
  private mutating func recompute(_ view: NodeView, at index: Int, _ probe: Inference?) {
    let names = view.node.inputs
    guard view.node.outputs.contains(where: { inference.folded[$0] != nil }),
      ["Shape", "Size"].contains(view.node.op) || names.contains(where: { recomputed[$0] != nil })
    else { return }
    let now = NodeView(
      node: network.nodes[index], opset: view.opset,
      inputs: zip(names, view.inputs).map { after($0, $1) }, outputs: view.outputs,
      constants: zip(names, view.constants).map { recomputed[$0] ?? $1 })
    guard let values = Operators.of(view.node)?.fold(now) else { return }
    if ["Cast", "CastLike"].contains(view.node.op), let output = view.node.outputs.first,
      let was = inference.folded[output], Folding.isReal(was.type), values.first != was
    {
      // Not where it may follow an open extent as well.
      if probe.map({ $0.folded[output] == was }) ?? isClosed {
        let constant = unused("\(output).before")
        network.initializers[constant] = Initializer(was, role: .constant)
        network.nodes[index] = Node(
          "Identity", name: view.node.name, inputs: [constant], outputs: [output])
        return
      }
    }
    for (name, value) in zip(view.node.outputs, values) where value != inference.folded[name] {
      recomputed[name] = value
    }
  }

  /// Lets one node's attributes and constants follow the cut around it.
  private mutating func follow(
    _ view: NodeView, at index: Int, _ probe: NodeView?
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
    guard !kept.isEmpty || view.node.inputs.contains(where: { recomputed[$0] != nil }),
      let op = Operators.of(view.node)
    else { return }
    var cut = NodeCut(
      view: view, kept: kept, probe: probe,
      computed: view.node.inputs.map { recomputed[$0] ?? inference.folded[$0] })
    try op.cut(&cut)
    if kept.isEmpty, view.node.outputs.allSatisfy({ inference.folded[$0] == nil }) {
      cut.restore()
    }
    for (input, tensor) in cut.constants {
      while cut.node.inputs.count <= input { cut.node.inputs.append("") }
      cut.node.inputs[input] = addConstant(
        tensor, replacing: cut.node.inputs[input], for: view.node)
    }
    for (input, ratios) in cut.ratios.sorted(by: { $0.key < $1.key }) {
      cut.node.inputs[input] = scaled(cut.node.inputs[input], by: ratios, before: index)
    }
    network.nodes[index] = cut.node
  }

  /// The name of a computed list whose numbers are each multiplied and divided, by nodes put before
  /// the one at `position`.
  private mutating func scaled(
    _ name: String, by ratios: [(after: Int, before: Int)], before position: Int
  ) -> String {
    var nodes: [Node] = []
    var last = name
    for (op, numbers) in [("Mul", ratios.map(\.after)), ("Div", ratios.map(\.before))] {
      let type = inference.folded[name]?.type ?? .int64
      let factor =
        Folding.tensor(numbers, shape: [numbers.count], type: type)
        ?? TensorData(vector: numbers.map(Int64.init))
      let made = unused("\(name).\(op.lowercased())")
      let constant = unused("\(made).by")
      network.initializers[constant] = Initializer(factor, role: .constant)
      nodes.append(Node(op, name: made, inputs: [last, constant], outputs: [made]))
      last = made
    }
    inserted.append((position, nodes))
    return last
  }

  /// A name no value has yet.
  private func unused(_ stem: String) -> String {
    let isTaken = { (name: String) in
      inference.types[name] != nil || network.initializers[name] != nil
        || inserted.contains { $0.nodes.contains { $0.outputs.contains(name) } }
    }
    var (name, number) = (stem, 1)
    while isTaken(name) {
      number += 1
      name = "\(stem).\(number)"
    }
    return name
  }

  /// Gives a node its own value of a constant; other users of the old one are not touched.
  private mutating func addConstant(
    _ tensor: TensorData, replacing old: String, for node: Node
  ) -> String {
    if uses[old] == 1, !old.isEmpty, let existing = network.initializers[old] {
      network.initializers[old] = Initializer(tensor, role: existing.role)
      // It has its final shape already.
      shapes[old] = nil
      return old
    }
    let user = node.outputs.first ?? node.name
    let name = unused(old.isEmpty ? "\(user).sizes" : "\(old).\(user)")
    network.initializers[name] = Initializer(tensor, role: .constant)
    return name
  }
}
