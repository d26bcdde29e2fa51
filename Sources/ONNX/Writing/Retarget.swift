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
    guard OperatorHistory.versions.contains(opset), OperatorHistory.versions.contains(from) else {
      throw .opset(
        node: "(all)", from: from, to: opset,
        reason: "conversion is possible between the versions "
          + "\(OperatorHistory.versions.lowerBound) to \(OperatorHistory.versions.upperBound)")
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

  init(from: Int, to: Int) {
    self.from = from
    self.to = to
    constants = [:]
  }

  mutating func rewrite(_ network: inout Network) throws(ONNXError) {
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
      network.nodes[index] = node
    }
    guard !freed.isEmpty else { return }
    let used = Set(network.nodes.flatMap(\.uses)).union(network.outputs.map(\.name))
    for name in freed where !used.contains(name) { network.initializers[name] = nil }
  }

  private func upgrade(
    _ node: inout Node, _ change: OperatorChange, _ network: inout Network
  ) throws(ONNXError) {
    switch change {
    case .added, .attribute, .input, .values: break
    case .axesBecameInput:
      guard let axes = node.ints("axes") else { break }
      let taken = Set(network.initializers.keys).union(network.nodes.flatMap(\.outputs))
      var name = "\(node.outputs.first ?? node.name)_axes"
      while taken.contains(name) || constants[name] != nil { name += "_" }
      network.initializers[name] = Initializer(
        TensorData(vector: axes.map(Int64.init)), role: .constant)
      node.attributes["axes"] = nil
      node.inputs = [node.inputs.first ?? "", name]
    case .splitsStated:
      if node.input(1) == nil { node.set("num_outputs", .int(Int64(node.outputs.count))) }
    case .modesRenamed(let names):
      if let mode = names[node.string("mode", default: "")] { node.set("mode", .string(mode)) }
    case .meaning(let reason): throw refused(node, reason)
    }
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
    case .meaning(let reason): throw refused(node, reason)
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
