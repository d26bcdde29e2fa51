// From the relations of all nodes to groups of coupled units.

extension Network {
  /// Divides the network into groups of units that can only leave together.
  ///
  /// The relations that the operators state are solved over the whole graph; nothing is matched
  /// against known blocks. The network's inputs and outputs stay as they are.
  ///
  /// - Complexity: linear in nodes and in the pieces that concatenations and splits make; it does
  ///   not depend on the number of channels.
  /// - Throws: ``NetworkError`` where the shapes contradict each other.
  public func coupling(
    binding: [String: Int] = [:], options: CouplingOptions = CouplingOptions()
  ) throws(NetworkError) -> Coupling {
    coupling(try infer(binding: binding), options: options)
  }

  /// Divides the network into groups, given its inferred types.
  public func coupling(
    _ inference: Inference, options: CouplingOptions = CouplingOptions()
  ) -> Coupling {
    var solver = solved(inference, options)
    return solver.result()
  }

  /// The solver after its work, for a look at what it cost.
  func solved(_ inference: Inference, _ options: CouplingOptions) -> CouplingSolver {
    var solver = CouplingSolver(network: self, inference: inference, options: options)
    solver.collect()
    solver.choose()
    solver.solve()
    solver.balance()
    solver.freeze()
    return solver
  }
}

/// Collects the relations of all nodes, solves them, and names the groups.
struct CouplingSolver {
  let network: Network
  let inference: Inference
  let options: CouplingOptions

  /// The first axis number of each value; an axis is a value's axis number added to it.
  var base: [String: Int] = [:]
  var values: [String] = []
  var extents: [Int] = []
  var owner: [Int] = []
  var parent: [Int] = []

  var mentioned: [Bool] = []
  var frozen: [Int: [String]] = [:]
  var mixing: [Int: [String]] = [:]
  var parts: [Int: Relations.Part] = [:]
  var partial: [(UnitSlice, UnitSlice, node: String)] = []
  var frozenSlices: [(UnitSlice, String)] = []
  var choices: [Choice] = []
  var balances: [(slices: [UnitSlice], node: String)] = []
  var barriers: [Barrier] = []

  /// The axes that stand for a block of rows of another axis, and those others by their number.
  var blocks: [Int: Block] = [:]
  private var blockAxes: [Block: Int] = [:]
  /// Whether an axis takes part as a whole, not only block by block.
  var plain: [Bool] = []

  /// An axis as far as it lies in some of the indices of its value's axis 0.
  struct Block: Hashable {
    var axis: Int
    var rows: Range<Int>
  }

  var space = UnitSpace()
  /// The space's axis for each class of tied axes.
  var classes: [Int: Int] = [:]
  var frozenGroups: [Int: [String]] = [:]

  /// Where masked units are zero.
  private var silence: Silence
  /// The values computed from parameters alone, as dequantized weights are.
  private var derived: Set<String> = []
  /// For axes of derived values, the axes of what they are derived from, in the order of the network.
  var derivations: [(made: Int, source: Int)] = []
  /// The groups of the space of which equally many units leave, as a forest.
  var balanced: [Int] = []

  init(network: Network, inference: Inference, options: CouplingOptions) {
    self.network = network
    self.inference = inference
    self.options = options
    silence = Silence(network, inference)
    for name in network.initializers.keys { register(name) }
    for input in network.inputs { register(input.name) }
    for node in network.nodes {
      for name in node.outputs where !name.isEmpty { register(name) }
    }
    parent = Array(extents.indices)
    mentioned = Array(repeating: false, count: extents.count)
    plain = mentioned
  }

  private mutating func register(_ name: String) {
    guard base[name] == nil, let type = inference.types[name] else { return }
    base[name] = extents.count
    for extent in type.shape {
      extents.append(extent)
      owner.append(values.count)
    }
    values.append(name)
  }

  // MARK: collecting

  mutating func collect() {
    for (node, view) in zip(network.nodes, inference.views) {
      guard let op = Operators.of(node) else {
        barrier(
          node,
          node.isControlFlow
            ? "what is inside its \(node.graphsName) is kept as it is"
            : "the operator \(node.op) is not known")
        continue
      }
      if let gap = unknown(view) {
        barrier(node, "the shape of '\(gap)' is not known")
        continue
      }
      let places = node.inputs.indices.filter { derived.contains(node.inputs[$0]) }
      var relations = Relations(view, options: options, derived: Set(places))
      op.couple(view, &relations)
      take(relations, node)
      silence.follow(view, relations)
      derive(relations, node)
    }
    for info in network.inputs where network.initializers[info.name] == nil {
      freeze(value: info.name, "'\(info.name)' is an input of the network")
    }
    for info in network.outputs {
      freeze(value: info.name, "'\(info.name)' is an output of the network")
    }
  }

  private func unknown(_ view: NodeView) -> String? {
    for (name, type) in zip(view.node.inputs + view.node.outputs, view.inputs + view.outputs)
    where !name.isEmpty && type == nil {
      return name
    }
    return nil
  }

  private mutating func barrier(_ node: Node, _ reason: String) {
    barriers.append(Barrier(node: node.label, reason: reason))
    for name in node.inputs + node.outputs {
      freeze(value: name, "\(node.label) is a barrier: \(reason)")
    }
    for name in Set(node.uses).subtracting(node.inputs).sorted() {
      freeze(value: name, "\(node.label) is a barrier: its subgraph captures '\(name)'")
    }
  }

  /// Notes what follows from parameters alone, and from which of their axes.
  private mutating func derive(_ relations: Relations, _ node: Node) {
    let given = node.inputs.filter { !$0.isEmpty }
    guard !given.isEmpty,
      given.allSatisfy({ network.initializers[$0] != nil || derived.contains($0) })
    else { return }
    derived.formUnion(node.outputs)
    for tie in relations.ties + relations.choices.joined().flatMap(\.ties) {
      guard case .input = tie.a.tensor, case .output = tie.b.tensor,
        let source = slice(tie.a, node), let made = slice(tie.b, node),
        network.initializers[values[owner[source.axis]]]?.role != .constant
      else { continue }
      derivations.append((made.axis, source.axis))
    }
  }

  private mutating func freeze(value: String, _ reason: String) {
    guard let first = base[value], let type = inference.types[value] else { return }
    for axis in first..<first + type.shape.count {
      frozen[axis, default: []].append(reason)
      plain[axis] = true
    }
  }

  private mutating func take(_ relations: Relations, _ node: Node) {
    let touched = touchedAxes(node)
    for axis in touched { mentioned[axis] = false }
    for tie in relations.ties {
      if let (a, b) = slices(of: tie, node) { add(a, b, node.label) }
    }
    for options in relations.choices { take(options, node) }
    for slices in relations.balances {
      balances.append((slices.compactMap { slice($0, node) }, node.label))
    }
    for mention in relations.mentions { _ = slice(mention, node) }
    for (part, kind) in relations.parts {
      if let slice = slice(part, node) { parts[slice.axis] = kind }
    }
    for (mix, reason) in relations.mixing {
      if let slice = slice(mix, node) {
        mixing[slice.axis, default: []].append("\(node.label): \(reason)")
      }
    }
    for slices in relations.sums where !slices.contains(where: { silence.isSilent($0, node) }) {
      for sum in slices {
        guard let slice = slice(sum, node) else { continue }
        mixing[slice.axis, default: []].append(
          "\(node.label): it adds up this axis, where a masked unit is not zero")
      }
    }
    for (freeze, reason) in relations.frozen {
      guard let slice = slice(freeze, node) else { continue }
      frozenSlices.append((slice, "\(node.label): \(reason)"))
    }
    for axis in touched where !mentioned[axis] {
      frozen[axis, default: []].append("\(node.label) does not let this axis change")
      plain[axis] = true
    }
  }

  private mutating func take(_ options: [Relations.Option], _ node: Node) {
    let found = options.map { option in
      Choice.Option(
        own: option.own.compactMap { slice($0, node)?.axis },
        within: option.within.compactMap { slice($0, node)?.axis },
        ties: option.ties.compactMap { slices(of: $0, node) })
    }
    choices.append(Choice(options: found, node: node.label))
  }

  private mutating func slices(
    of tie: Relations.Tie, _ node: Node
  ) -> (UnitSlice, UnitSlice)? {
    guard let a = slice(tie.a, node), let b = slice(tie.b, node) else { return nil }
    return (a, b)
  }

  /// Ties two slices: at once where they are whole axes, else when the whole axes are known.
  mutating func add(_ a: UnitSlice, _ b: UnitSlice, _ node: String) {
    if isWhole(a), isWhole(b), a.count == b.count {
      unite(a.axis, b.axis)
    } else {
      partial.append((a, b, node))
    }
  }

  private func touchedAxes(_ node: Node) -> [Int] {
    var axes: [Int] = []
    for name in node.inputs + node.outputs {
      guard !name.isEmpty, let first = base[name], let type = inference.types[name] else {
        continue
      }
      axes += first..<first + type.shape.count
    }
    return axes
  }

  /// A node's slice among all axes, which the node has mentioned by that.
  private mutating func slice(_ slice: AxisSlice, _ node: Node) -> UnitSlice? {
    let name: String? =
      switch slice.tensor {
      case .input(let i): node.input(i)
      case .output(let i): node.outputs.indices.contains(i) ? node.outputs[i] : nil
      }
    guard let name, let first = base[name], let type = inference.types[name],
      type.shape.indices.contains(slice.axis)
    else { return nil }
    let extent = type.shape[slice.axis]
    let count = slice.count ?? (extent - slice.start + slice.stride - 1) / max(slice.stride, 1)
    var axis = first + slice.axis
    mentioned[axis] = true
    if let rows = slice.block {
      axis = blockAxis(Block(axis: axis, rows: rows))
    } else {
      plain[axis] = true
    }
    return UnitSlice(
      axis: axis, start: slice.start, stride: slice.stride, width: slice.width,
      count: max(count, 0))
  }

  private mutating func blockAxis(_ block: Block) -> Int {
    if let known = blockAxes[block] { return known }
    let axis = extents.count
    extents.append(extents[block.axis])
    owner.append(owner[block.axis])
    parent.append(axis)
    mentioned.append(true)
    plain.append(true)
    blocks[axis] = block
    blockAxes[block] = axis
    return axis
  }

  func isWhole(_ slice: UnitSlice) -> Bool {
    slice.start == 0 && slice.stride == 1 && slice.width == 1 && slice.count == extents[slice.axis]
  }

  // MARK: whole axes tied to whole axes

  mutating func root(_ axis: Int) -> Int {
    var axis = axis
    while parent[axis] != axis {
      parent[axis] = parent[parent[axis]]
      axis = parent[axis]
    }
    return axis
  }

  /// The earlier axis becomes the root, so that names follow the order of the network.
  mutating func unite(_ a: Int, _ b: Int) {
    let (x, y) = (root(a), root(b))
    parent[max(x, y)] = min(x, y)
  }
}
