// Turns the message of a graph into a network and what is left over.

import Network
import OrderedCollections
import SwiftProtobuf

/// Turns the message of a graph into a network and what is left over.
struct GraphReader {
  let path: String
  let tensors: TensorReader
  let opsets: OrderedDictionary<String, Int>
  /// The model's own functions.
  var functions: [Onnx_FunctionProto] = []

  /// The network a graph describes, and what a network has no place for.
  func read(_ proto: Onnx_GraphProto) throws(ONNXError) -> (Network, GraphRest) {
    var rest = GraphRest()
    var network = Network(name: proto.name, opsets: opsets)
    try readInitializers(proto, &network, &rest)
    for input in proto.input {
      guard rest.inputs.updateValue(input, forKey: input.name) == nil else {
        throw .graph(
          path: path,
          .duplicateValue(value: input.name, first: "the inputs", second: "the inputs"))
      }
      // Older files list initializers among the inputs, as defaults that may be overridden.
      if network.initializers[input.name] == nil { network.inputs.append(ValueInfo(input)) }
    }
    for output in proto.output {
      rest.outputs[output.name] = output
      network.outputs.append(ValueInfo(output))
    }
    for value in proto.valueInfo {
      rest.annotations[value.name] = value
      network.annotations[value.name] = ValueInfo(value)
    }
    readSparseInitializers(proto, &network, &rest)
    try readNodes(proto, &network, &rest)
    try liftConstants(&network, &rest)
    network.assignRoles()
    rest.proto = proto
    rest.proto.node = []
    rest.proto.initializer = []
    rest.proto.sparseInitializer = []
    rest.proto.input = []
    rest.proto.output = []
    rest.proto.valueInfo = []
    if !proto.name.isEmpty { rest.proto.clearName() }
    return (network, rest)
  }

  private func readInitializers(
    _ proto: Onnx_GraphProto, _ network: inout Network, _ rest: inout GraphRest
  ) throws(ONNXError) {
    network.initializers.reserveCapacity(proto.initializer.count)
    for tensor in proto.initializer {
      let value = Initializer(try tensors.read(tensor, name: tensor.name), role: .constant)
      guard network.initializers.updateValue(value, forKey: tensor.name) == nil else {
        throw .graph(
          path: path,
          .duplicateValue(
            value: tensor.name, first: "the initializers", second: "the initializers"))
      }
      let extra = tensor.withoutValue
      if extra != Onnx_TensorProto() { rest.tensors[tensor.name] = extra }
    }
  }

  /// Sparse initializers become `Constant` nodes, and initializers again when they are written.
  private func readSparseInitializers(
    _ proto: Onnx_GraphProto, _ network: inout Network, _ rest: inout GraphRest
  ) {
    for sparse in proto.sparseInitializer {
      var attribute = Onnx_AttributeProto()
      attribute.name = "sparse_value"
      attribute.type = .sparseTensor
      attribute.sparseTensor = sparse
      rest.sparse.insert(sparse.values.name)
      network.nodes.append(
        Node(
          "Constant", name: "", inputs: [], outputs: [sparse.values.name],
          attributes: ["sparse_value": .opaque(attribute.encoded)]))
    }
  }

  /// Makes initializers of the tensors in `Constant` nodes, where some exporters keep all weights.
  private func liftConstants(
    _ network: inout Network, _ rest: inout GraphRest
  ) throws(ONNXError) {
    var stay: [Node] = []
    var next: String?
    for node in network.nodes.reversed() {
      guard let (name, tensor) = node.liftable else {
        stay.append(node)
        next = node.key
        continue
      }
      guard
        network.initializers.updateValue(Initializer(tensor, role: .constant), forKey: name)
          == nil
      else {
        throw .graph(
          path: path,
          .duplicateValue(value: name, first: "the initializers", second: node.label))
      }
      var bare = node
      bare.attributes = [:]
      let lifted = LiftedConstant(node: bare, next: next)
      guard rest.constants.updateValue(lifted, forKey: name) == nil else {
        throw .graph(
          path: path, .duplicateValue(value: name, first: node.label, second: node.label))
      }
    }
    guard !rest.constants.isEmpty else { return }
    rest.constants.reverse()
    network.nodes = stay.reversed()
  }

  private func readNodes(
    _ proto: Onnx_GraphProto, _ network: inout Network, _ rest: inout GraphRest
  ) throws(ONNXError) {
    var expander = FunctionExpander(functions, opset: network.opset, tensors: tensors)
    let inline = GraphReader(path: path, tensors: tensors.inline, opsets: opsets)
    var names = Set(proto.node.map(\.name))
    var seen: Set<String> = []
    for message in proto.node {
      guard let body = expander.body(of: message) else {
        let (node, extra) = try read(message, &names, &seen)
        if !extra.isEmpty { rest.nodes[node.key] = extra }
        network.nodes.append(node)
        continue
      }
      let (node, extra) = try read(message, &names, &seen)
      var call = FunctionCall(node: node, rest: extra, body: [], constants: [:])
      for message in body {
        let (node, extra) = try inline.read(message, &names, &seen)
        if !extra.isEmpty { rest.nodes[node.key] = extra }
        network.nodes.append(node)
        if let (name, tensor) = node.liftable {
          call.constants[name] = tensor
        } else {
          call.body.append(node)
        }
      }
      rest.calls.append(call)
    }
  }

  /// A node, and what is said of it beside what it holds.
  private func read(
    _ message: Onnx_NodeProto, _ names: inout Set<String>, _ seen: inout Set<String>
  ) throws(ONNXError) -> (Node, NodeRest) {
    var node = Node(
      message.opType, name: message.name, inputs: message.input, outputs: message.output,
      domain: message.domain, documentation: message.docString)
    var extra = NodeRest()
    if !node.name.isEmpty, !seen.insert(node.name).inserted {
      // Names of nodes are unique in a network; the file's own comes back on writing.
      var number = 1
      while names.contains("\(message.name)_\(number)") { number += 1 }
      node.name = "\(message.name)_\(number)"
      names.insert(node.name)
      extra.name = message.name
    }
    for attribute in message.attribute {
      let (value, kept) = try read(attribute, of: node)
      guard node.attributes.updateValue(value, forKey: attribute.name) == nil else {
        throw .attribute(
          path: path, node: node.label, name: attribute.name, reason: "it is given twice")
      }
      if !kept.isEmpty { extra.attributes[attribute.name] = kept }
    }
    extra.proto = message
    extra.proto.input = []
    extra.proto.output = []
    extra.proto.attribute = []
    if !message.name.isEmpty { extra.proto.clearName() }
    extra.proto.clearOpType()
    // Fields that are there and empty stay so.
    if !node.domain.isEmpty { extra.proto.clearDomain() }
    if !node.documentation.isEmpty { extra.proto.clearDocString() }
    return (node, extra)
  }
}

extension Node {
  /// The name and the tensor of a constant that can be an initializer just as well.
  fileprivate var liftable: (name: String, tensor: TensorData)? {
    guard op == "Constant", domain.isEmpty || domain == "ai.onnx", inputs.isEmpty,
      outputs.count == 1, let name = outputs.first, !name.isEmpty, attributes.count == 1,
      case .tensor(let tensor)? = attributes["value"]
    else { return nil }
    return (name, tensor)
  }
}
