// From the relations of all nodes to groups of coupled units.

import OrderedCollections

extension Network {
  /// Divides the network into groups of units that can only leave together.
  ///
  /// The relations that the operators state are solved over the whole graph; nothing is matched
  /// against known blocks. The network's inputs and outputs stay as they are.
  ///
  /// - Complexity: linear in nodes and in the pieces that concatenations and splits make; it does
  ///   not depend on the number of channels.
  /// - Throws: ``NetworkError`` where the shapes contradict each other.
  public func coupling(binding: [String: Int] = [:]) throws(NetworkError) -> Coupling {
    coupling(try infer(binding: binding))
  }

  /// Divides the network into groups, given its inferred types.
  public func coupling(_ inference: Inference) -> Coupling {
    var solver = CouplingSolver(network: self, inference: inference)
    solver.collect()
    solver.solve()
    return solver.result()
  }
}

/// Collects the relations of all nodes, solves them, and names the groups.
private struct CouplingSolver {
  let network: Network
  let inference: Inference

  /// The first axis number of each value; an axis is a value's axis number added to it.
  private var base: [String: Int] = [:]
  private var values: [String] = []
  private var extents: [Int] = []
  private var owner: [Int] = []
  private var parent: [Int] = []

  private var mentioned: [Bool] = []
  private var frozen: [Int: [String]] = [:]
  private var mixing: [Int: [String]] = [:]
  private var parts: [Int: Relations.Part] = [:]
  private var partial: [(UnitSlice, UnitSlice, node: String)] = []
  private var frozenSlices: [(UnitSlice, String)] = []
  private var barriers: [Barrier] = []

  private var space = UnitSpace()
  /// The space's axis for each class of tied axes.
  private var classes: [Int: Int] = [:]
  private var frozenGroups: [Int: [String]] = [:]

  init(network: Network, inference: Inference) {
    self.network = network
    self.inference = inference
    for name in network.initializers.keys { register(name) }
    for input in network.inputs { register(input.name) }
    for node in network.nodes {
      for name in node.outputs where !name.isEmpty { register(name) }
    }
    parent = Array(extents.indices)
    mentioned = Array(repeating: false, count: extents.count)
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
        barrier(node, "the operator \(node.op) is not known")
        continue
      }
      if let gap = unknown(view) {
        barrier(node, "the shape of '\(gap)' is not known")
        continue
      }
      var relations = Relations(view)
      op.couple(view, &relations)
      take(relations, node)
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
    for case .graph(let inner) in node.attributes.values {
      for name in inner.nodes.flatMap(\.inputs) {
        freeze(value: name, "\(node.label) is a barrier: a subgraph uses '\(name)'")
      }
    }
  }

  private mutating func freeze(value: String, _ reason: String) {
    guard let first = base[value], let type = inference.types[value] else { return }
    for axis in first..<first + type.shape.count { frozen[axis, default: []].append(reason) }
  }

  private mutating func take(_ relations: Relations, _ node: Node) {
    let touched = touchedAxes(node)
    for axis in touched { mentioned[axis] = false }
    for tie in relations.ties {
      guard let a = slice(tie.a, node), let b = slice(tie.b, node) else { continue }
      mentioned[a.axis] = true
      mentioned[b.axis] = true
      if isWhole(a), isWhole(b), a.count == b.count {
        unite(a.axis, b.axis)
      } else {
        partial.append((a, b, node.label))
      }
    }
    for mention in relations.mentions {
      if let slice = slice(mention, node) { mentioned[slice.axis] = true }
    }
    for (part, kind) in relations.parts {
      if let slice = slice(part, node) { parts[slice.axis] = kind }
    }
    for (mix, reason) in relations.mixing {
      if let slice = slice(mix, node) {
        mixing[slice.axis, default: []].append("\(node.label): \(reason)")
      }
    }
    for (freeze, reason) in relations.frozen {
      guard let slice = slice(freeze, node) else { continue }
      mentioned[slice.axis] = true
      frozenSlices.append((slice, "\(node.label): \(reason)"))
    }
    for axis in touched where !mentioned[axis] {
      frozen[axis, default: []].append("\(node.label) does not let this axis change")
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

  private func slice(_ slice: AxisSlice, _ node: Node) -> UnitSlice? {
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
    return UnitSlice(
      axis: first + slice.axis, start: slice.start, stride: slice.stride, width: slice.width,
      count: max(count, 0))
  }

  private func isWhole(_ slice: UnitSlice) -> Bool {
    slice.start == 0 && slice.stride == 1 && slice.width == 1 && slice.count == extents[slice.axis]
  }

  // MARK: whole axes tied to whole axes

  private mutating func root(_ axis: Int) -> Int {
    var axis = axis
    while parent[axis] != axis {
      parent[axis] = parent[parent[axis]]
      axis = parent[axis]
    }
    return axis
  }

  /// The earlier axis becomes the root, so that names follow the order of the network.
  private mutating func unite(_ a: Int, _ b: Int) {
    let (x, y) = (root(a), root(b))
    parent[max(x, y)] = min(x, y)
  }

  // MARK: parts of axes

  mutating func solve() {
    for axis in extents.indices where root(axis) == axis {
      classes[axis] = space.cover.count
      space.addAxis(extent: extents[axis])
    }
    for (a, b, node) in partial {
      let (x, y) = (inSpace(a), inSpace(b))
      if space.tie(x, y) { continue }
      let reason = "\(node) ties ranges of indices whose boundaries do not align"
      frozen[a.axis, default: []].append(reason)
      frozen[b.axis, default: []].append(reason)
    }
    for (slice, reason) in frozenSlices {
      let own = inSpace(slice)
      if let groups = space.groups(owning: own) {
        for group in groups { frozenGroups[group, default: []].append(reason) }
      } else {
        frozen[slice.axis, default: []].append(reason)
      }
    }
  }

  private mutating func inSpace(_ slice: UnitSlice) -> UnitSlice {
    var slice = slice
    slice.axis = classes[root(slice.axis)] ?? 0
    return slice
  }

  // MARK: naming the result

  mutating func result() -> Coupling {
    var axesOfClass = [[Int]](repeating: [], count: space.cover.count)
    for axis in extents.indices {
      if let number = classes[root(axis)] { axesOfClass[number].append(axis) }
    }
    var prunable: [(order: Int, Group)] = []
    var stuck: [(order: Int, Group)] = []
    var names: [String: Int] = [:]
    for (number, group) in space.groups.enumerated() where group.size > 0 {
      guard let built = build(number, group, axesOfClass, &names) else { continue }
      if built.group.frozen.isEmpty {
        prunable.append((built.order, built.group))
      } else {
        stuck.append((built.order, built.group))
      }
    }
    return Coupling(
      groups: prunable.sorted { $0.order < $1.order }.map(\.1),
      frozen: stuck.sorted { $0.order < $1.order }.map(\.1), barriers: barriers)
  }

  /// The public form of a group; `nil` where no parameter makes its units.
  private func build(
    _ number: Int, _ group: UnitSpace.Group, _ axesOfClass: [[Int]], _ names: inout [String: Int]
  ) -> (order: Int, group: Group)? {
    var members: [Group.Member] = []
    var reasons = frozenGroups[number] ?? []
    var mixes: [String] = []
    var producer: (axis: Int, member: Group.Member)?
    for id in group.runs {
      let run = space.runs[id]
      for axis in axesOfClass[run.axis] {
        reasons += frozen[axis] ?? []
        mixes += mixing[axis] ?? []
        let value = values[owner[axis]]
        let member = Group.Member(
          value: value, axis: axis - (base[value] ?? 0), start: run.start, stride: run.stride,
          width: run.width, role: network.initializers[value]?.role, part: parts[axis] ?? .carrier)
        members.append(member)
        if member.part == .producer, member.role != nil, producer.map({ axis < $0.axis }) ?? true {
          producer = (axis, member)
        }
      }
    }
    guard let producer else { return nil }
    var name = producer.member.value
    for suffix in [".weight", "_weight", ".kernel"] where name.hasSuffix(suffix) {
      name.removeLast(suffix.count)
    }
    let extent = extents[producer.axis]
    if group.size * producer.member.width != extent {
      name +=
        "[\(producer.member.start)..<\(producer.member.indices(of: group.size - 1).upperBound)]"
    }
    let uses = names[name, default: 0]
    names[name] = uses + 1
    if uses > 0 { name += "#\(uses + 1)" }
    let built = Group(
      name: name, size: group.size, members: members,
      frozen: Array(OrderedSet(reasons)), mixing: Array(OrderedSet(mixes)))
    return (producer.axis, built)
  }
}
