// Rewrites a network for another version of ONNX's operator set.

import Network
import OrderedCollections

extension ONNXModel {
  /// Rewrites the model for the version `opset` of ONNX's operator set.
  ///
  /// - Throws: ``ONNXError/opset(node:from:to:reason:)`` where a node cannot be said in that version.
  mutating func retarget(to opset: Int) throws(ONNXError) {
    let from = network.opset
    let key = network.opsets[""] == nil && network.opsets["ai.onnx"] != nil ? "ai.onnx" : ""
    let (versions, oldest) = (OperatorHistory.versions, OperatorHistory.oldestTarget)
    guard versions.contains(opset), versions.contains(from), opset > from || opset >= oldest else {
      throw .opset(
        node: "(all)", from: from, to: opset,
        reason:
          "models of versions \(versions.lowerBound) to \(versions.upperBound) are brought up "
          + "to later ones, and down as far as \(oldest)")
    }
    if let function = functions.first {
      throw .opset(
        node: function, from: from, to: opset,
        reason: "it is a function of the model, and functions are not converted; "
          + "keep the operator set")
    }
    var retarget = Retarget(from: from, to: opset)
    try retarget.rewrite(&network)
    network.opsets[key] = opset
  }
}

/// Rewrites the nodes of a network, and of the networks in them, for another operator set.
private struct Retarget {
  let from: Int
  let to: Int
  /// The constants that can be seen from the network at hand, those of the networks around included.
  var constants: [String: TensorData]
  /// Constants that became attributes and may have no user left.
  private var freed: Set<String> = []
  /// The types that are known of values.
  private var types: [String: TensorType] = [:]
  /// Nodes that go before and behind the one at hand.
  private var before: [Node] = []
  private var after: [Node] = []

  init(from: Int, to: Int) {
    self.from = from
    self.to = to
    constants = [:]
  }

  mutating func rewrite(_ network: inout Network) throws(ONNXError) {
    if let known = try? network.infer().types { types.merge(known) { $1 } }
    var rewritten: [Node] = []
    for (name, initializer) in network.initializers {
      constants[name] = initializer.tensor
      let type = initializer.tensor.type
      guard type.opset <= to else {
        throw .opset(
          node: "'\(name)'", from: from, to: to,
          reason: "its element type \(type) came with operator set \(type.opset)")
      }
    }
    for index in network.nodes.indices {
      var node = network.nodes[index]
      if node.op == "Constant", case .tensor(let value)? = node.attributes["value"],
        let output = node.outputs.first
      {
        constants[output] = value
      }
      for (name, attribute) in node.attributes {
        var inner = self
        switch attribute {
        case .graph(var graph):
          try inner.rewrite(&graph)
          graph.opsets[""] = to
          node.attributes[name] = .graph(graph)
        case .graphs(var graphs):
          for index in graphs.indices {
            try inner.rewrite(&graphs[index])
            graphs[index].opsets[""] = to
          }
          node.attributes[name] = .graphs(graphs)
        default: break
        }
      }
      if node.domain.isEmpty || node.domain == "ai.onnx" {
        let changes = OperatorHistory.changes(of: node.op)
        if to > from {
          for (version, change) in changes where version > from && version <= to {
            try upgrade(&node, change, &network)
          }
        } else {
          for (version, change) in changes.reversed() where version > to && version <= from {
            try downgrade(&node, change, version, network)
          }
        }
      }
      rewritten += before + [node] + after
      (before, after) = ([], [])
    }
    network.nodes = rewritten
    guard !freed.isEmpty else { return }
    let used = Set(network.nodes.flatMap(\.uses)).union(network.outputs.map(\.name))
    for name in freed where !used.contains(name) { network.initializers[name] = nil }
  }

  private mutating func upgrade(
    _ node: inout Node, _ change: OperatorChange, _ network: inout Network
  ) throws(ONNXError) {
    switch change {
    case .added, .attribute, .input, .values, .widened: break
    case .axesBecameInput:
      guard let axes = node.ints("axes") else { break }
      node.attributes["axes"] = nil
      node.inputs = [
        node.inputs.first ?? "",
        add(TensorData(vector: axes.map(Int64.init)), "axes", of: node, &network),
      ]
    case .attributesBecameInputs(let moved):
      for attribute in moved {
        guard let value = node.attributes[attribute.name] else { continue }
        let tensor = try tensor(value, attribute, of: node)
        node.attributes[attribute.name] = nil
        while node.inputs.count <= attribute.index { node.inputs.append("") }
        node.inputs[attribute.index] = add(tensor, attribute.name, of: node, &network)
      }
    case .renamed(let name): node.op = name
    case .outputs(let index, let reason):
      if node.outputs.dropFirst(index).contains(where: { !$0.isEmpty }) {
        throw refused(node, reason)
      }
      node.outputs = Array(node.outputs.prefix(index))
    case .axisStandsAlone: try standAlone(&node, &network)
    case .coordinatesStated:
      node.set("coordinate_transformation_mode", .string("asymmetric"))
      if node.string("mode", default: "nearest") == "nearest" {
        node.set("nearest_mode", .string("floor"))
      }
      // The region, which this way of counting does not look at, must be there until version 13.
      if node.inputs.count == 2 {
        node.inputs.insert(add(TensorData(vector: [Float]()), "roi", of: node, &network), at: 1)
      } else if case .floats(let scales)? = node.attributes["scales"] {
        node.attributes["scales"] = nil
        node.inputs = [
          node.inputs.first ?? "", add(TensorData(vector: [Float]()), "roi", of: node, &network),
          add(TensorData(vector: scales), "scales", of: node, &network),
        ]
      }
    case .splitsStated:
      if node.input(1) == nil { node.set("num_outputs", .int(Int64(node.outputs.count))) }
    case .modesRenamed(let names):
      if let mode = names[node.string("mode", default: "")] { node.set("mode", .string(mode)) }
    case .meaning(let reason): throw refused(node, reason)
    }
  }

  /// Gives the network a constant for a node, under a name that is free.
  private func add(
    _ tensor: TensorData, _ what: String, of node: Node, _ network: inout Network
  ) -> String {
    let name = freeName("\(node.outputs.first ?? node.name)_\(what)", network)
    network.initializers[name] = Initializer(tensor, role: .constant)
    return name
  }

  private func freeName(_ stem: String, _ network: Network) -> String {
    let taken = Set(network.initializers.keys).union(network.nodes.flatMap(\.outputs))
    var name = stem
    while taken.contains(name) || constants[name] != nil { name += "_" }
    return name
  }

  /// The tensor that says what an attribute says.
  private func tensor(
    _ value: Attribute, _ attribute: MovedAttribute, of node: Node
  ) throws(ONNXError) -> TensorData {
    switch value {
    case .ints(let list): return TensorData(vector: list)
    case .int(let number): return TensorData(vector: [number])
    case .float(let number):
      // Bounds, fillings and ratios have the type of what they stand beside.
      let element = attribute.name == "ratio" ? nil : types[node.input(0) ?? ""]?.element
      switch element {
      case nil, .float32: return TensorData(scalar: number)
      case .float64: return TensorData(scalar: Double(number))
      case .float16: return TensorData(scalar: Float16(number))
      case let other?:
        throw refused(node, "its '\(attribute.name)' would have to be of type \(other)")
      }
    default: throw refused(node, "its '\(attribute.name)' is of an unexpected kind")
    }
  }

  /// Writes a softmax over all axes from `axis` on as one over a single axis: the last one, or that
  /// of the input as a matrix.
  private mutating func standAlone(_ node: inout Node, _ network: inout Network) throws(ONNXError) {
    let axis = node.int("axis", default: 1)
    guard let x = node.input(0), let y = node.outputs.first else { return }
    if let rank = types[x]?.shape.count, axis == rank - 1 || axis == -1 {
      node.set("axis", .int(-1))
      return
    }
    let names = ["matrix", "shape", "rows"].map { freeName("\(y)_\($0)", network) }
    before = [
      Node(
        "Flatten", name: "", inputs: [x], outputs: [names[0]],
        attributes: ["axis": .int(Int64(axis))]),
      Node("Shape", name: "", inputs: [x], outputs: [names[1]]),
    ]
    after = [Node("Reshape", name: "", inputs: [names[2], names[1]], outputs: [y])]
    node.inputs = [names[0]]
    node.outputs = [names[2]]
    node.set("axis", .int(-1))
  }

  private mutating func downgrade(
    _ node: inout Node, _ change: OperatorChange, _ version: Int, _ network: Network
  ) throws(ONNXError) {
    switch change {
    case .added: throw refused(node, "the operator came with operator set \(version)")
    case .attribute(let name, let neutral):
      guard let value = node.attributes[name] else { break }
      guard value == neutral else {
        throw refused(node, "its attribute '\(name)' came with operator set \(version)")
      }
      node.attributes[name] = nil
    case .input(let index):
      guard node.input(index) == nil else {
        throw refused(node, "its input \(index) came with operator set \(version)")
      }
      node.inputs = Array(node.inputs.prefix(index))
    case .values(let name, let values):
      let value = node.string(name, default: "")
      guard !values.contains(value) else {
        throw refused(node, "the value '\(value)' of '\(name)' came with operator set \(version)")
      }
    case .axesBecameInput:
      if let name = node.input(1) {
        guard let axes = constants[name]?.integers else {
          throw refused(
            node, "its axes '\(name)' are computed; before \(version) they are constant")
        }
        freed.insert(name)
        if !axes.isEmpty { node.set("axes", .ints(axes.map(Int64.init))) }
      }
      guard node.ints("axes") != nil || node.int("noop_with_empty_axes", default: 0) == 0 else {
        throw refused(node, "without axes it does nothing; before \(version) it reduces all")
      }
      node.attributes["noop_with_empty_axes"] = nil
      node.inputs = Array(node.inputs.prefix(1))
    case .splitsStated:
      try leaveSplitsOut(&node, network)
    case .modesRenamed(let names):
      let mode = node.string("mode", default: "")
      if let old = names.first(where: { $0.value == mode })?.key {
        node.set("mode", .string(old))
      }
    case .meaning(let reason), .widened(let reason): throw refused(node, reason)
    case .attributesBecameInputs(let moved):
      for attribute in moved.reversed() where node.inputs.count > attribute.index {
        guard let name = node.input(attribute.index) else { continue }
        guard let tensor = constants[name] else {
          throw refused(
            node,
            "its input '\(name)' is computed; before \(version) it is the attribute "
              + "'\(attribute.name)'")
        }
        freed.insert(name)
        if attribute.isScalar, let number = tensor.reals?.first {
          node.set(attribute.name, .float(Float(number)))
        } else if let list = tensor.integers {
          node.set(attribute.name, .ints(list.map(Int64.init)))
        }
        node.inputs[attribute.index] = ""
      }
      while node.inputs.last?.isEmpty == true { node.inputs.removeLast() }
    case .axisStandsAlone:
      let axis = node.int("axis", default: -1)
      guard let rank = types[node.input(0) ?? ""]?.shape.count, axis == -1 || axis == rank - 1
      else {
        throw refused(
          node,
          "its axis \(axis) is not known to be the last; before \(version) all axes behind it "
            + "would be taken too")
      }
      node.set("axis", .int(Int64(rank - 1)))
    case .renamed, .coordinatesStated, .outputs: break
    }
  }

  /// Before version 18 a `Split` without sizes has equal parts; since then the last may be smaller.
  private func leaveSplitsOut(_ node: inout Node, _ network: Network) throws(ONNXError) {
    guard let parts = node.int("num_outputs") else { return }
    node.attributes["num_outputs"] = nil
    guard node.input(1) == nil else { return }
    let value = node.input(0) ?? ""
    let shape =
      network.annotations[value]?.shape ?? network.inputs.first { $0.name == value }?.shape
    let axis = node.int("axis", default: 0)
    guard let shape, case let axis = axis < 0 ? axis + shape.count : axis,
      shape.indices.contains(axis), case .fixed(let extent) = shape[axis], parts > 0,
      extent % parts == 0
    else {
      throw refused(
        node, "its \(parts) parts are not known to be equal; state their sizes as an input")
    }
  }

  private func refused(_ node: Node, _ reason: String) -> ONNXError {
    .opset(node: node.label, from: from, to: to, reason: reason)
  }
}
