// Calls of a model's own functions, replaced by the nodes that the functions are made of.

import Network
import SwiftProtobuf

/// Replaces calls of a model's own functions by the nodes that the functions are made of.
///
/// A call stays what it is where its function calls itself, hands an input straight through, holds
/// nothing but constants, is written for an operator set in which its operators mean something else
/// than in the model's, or would grow beyond ``most`` nodes.
struct FunctionExpander {
  /// What a call names.
  private struct Key: Hashable {
    var domain: String
    var name: String
    var overload: String
  }

  /// The most nodes that the calls of a model may become.
  static let most = 1 << 17

  private var functions: [Key: Onnx_FunctionProto] = [:]
  private let opset: Int
  private let tensors: TensorReader
  private var made = 0

  init(_ functions: [Onnx_FunctionProto], opset: Int, tensors: TensorReader) {
    self.opset = opset
    self.tensors = tensors
    for function in functions {
      let key = Key(domain: function.domain, name: function.name, overload: function.overload)
      self.functions[key] = function
    }
  }

  /// The nodes that a node stands for; `nil` where it calls nothing that can be expanded.
  mutating func body(of call: Onnx_NodeProto) -> [Onnx_NodeProto]? {
    functions.isEmpty ? nil : body(of: call, within: [])
  }

  private mutating func body(
    of call: Onnx_NodeProto, within callers: Set<Key>
  ) -> [Onnx_NodeProto]? {
    let key = Key(domain: call.domain, name: call.opType, overload: call.overload)
    guard let function = functions[key], !callers.contains(key), isPlain(function),
      call.output.count <= function.output.count, call.input.count <= function.input.count,
      let own = call.output.first(where: { !$0.isEmpty })
    else { return nil }
    var names: [String: String] = ["": ""]
    for (index, name) in function.input.enumerated() {
      names[name] = index < call.input.count ? call.input[index] : ""
    }
    for (index, name) in function.output.enumerated() {
      let given = index < call.output.count ? call.output[index] : ""
      names[name] = given.isEmpty ? "\(own)/\(name)" : given
    }
    for name in function.node.flatMap(\.output) where names[name] == nil {
      names[name] = "\(own)/\(name)"
    }
    var nodes: [Onnx_NodeProto] = []
    for template in function.node {
      guard let node = instance(of: template, call, function, names) else { return nil }
      if functions[Key(domain: node.domain, name: node.opType, overload: node.overload)] != nil {
        guard let inner = body(of: node, within: callers.union([key])) else { return nil }
        nodes += inner
      } else {
        nodes.append(node)
        made += 1
      }
      guard made <= Self.most else { return nil }
    }
    return nodes
  }

  /// Whether a function can stand inline: every output is made by a node of its own, and its
  /// operators mean in the model's operator set what they mean in its own.
  private func isPlain(_ function: Onnx_FunctionProto) -> Bool {
    let made = function.node.flatMap(\.output)
    guard Set(function.output).count == function.output.count,
      function.output.allSatisfy(made.contains), Set(made).isDisjoint(with: function.input),
      function.node.contains(where: { $0.opType != "Constant" })
    else { return false }
    let own = function.opsetImport.first { ["", "ai.onnx"].contains($0.domain) }
    guard let version = own.map({ Int($0.version) }), version != opset else { return true }
    let between = min(version, opset) + 1...max(version, opset)
    return function.node.allSatisfy { node in
      !["", "ai.onnx"].contains(node.domain)
        || !OperatorHistory.changes(of: node.opType).contains { between.contains($0.version) }
    }
  }

  /// A node of a function as it stands for one call.
  private func instance(
    of template: Onnx_NodeProto, _ call: Onnx_NodeProto, _ function: Onnx_FunctionProto,
    _ names: [String: String]
  ) -> Onnx_NodeProto? {
    var node = template
    node.input = template.input.map { names[$0] ?? $0 }
    node.output = template.output.map { names[$0] ?? $0 }
    if !call.name.isEmpty, !template.name.isEmpty { node.name = "\(call.name)/\(template.name)" }
    node.attribute = []
    for attribute in template.attribute {
      if attribute.refAttrName.isEmpty {
        guard let renamed = renamed(attribute, call, function, names) else { return nil }
        node.attribute.append(renamed)
      } else if let value = value(of: attribute, call, function) {
        node.attribute.append(value)
      }
    }
    return node
  }

  /// What an attribute that refers to one of the call's stands for; `nil` where the call leaves it
  /// out and the function has no default.
  private func value(
    of attribute: Onnx_AttributeProto, _ call: Onnx_NodeProto, _ function: Onnx_FunctionProto
  ) -> Onnx_AttributeProto? {
    let name = attribute.refAttrName
    if var given = call.attribute.first(where: { $0.name == name }) {
      given.name = attribute.name
      // The call's tensors are windows on the file, a function's are not.
      if given.hasT { given.t = tensors.inlined(given.t) }
      given.tensors = given.tensors.map(tensors.inlined)
      return given
    }
    guard var known = function.attributeProto.first(where: { $0.name == name }) else { return nil }
    known.name = attribute.name
    return known
  }

  /// An attribute whose graphs use the values under their new names; `nil` where a graph refers to
  /// the call's attributes, which is not followed.
  private func renamed(
    _ attribute: Onnx_AttributeProto, _ call: Onnx_NodeProto, _ function: Onnx_FunctionProto,
    _ names: [String: String]
  ) -> Onnx_AttributeProto? {
    guard attribute.hasG || !attribute.graphs.isEmpty else { return attribute }
    var result = attribute
    if attribute.hasG {
      guard let graph = renamed(attribute.g, call, function, names) else { return nil }
      result.g = graph
    }
    result.graphs = []
    for graph in attribute.graphs {
      guard let graph = renamed(graph, call, function, names) else { return nil }
      result.graphs.append(graph)
    }
    return result
  }

  private func renamed(
    _ graph: Onnx_GraphProto, _ call: Onnx_NodeProto, _ function: Onnx_FunctionProto,
    _ names: [String: String]
  ) -> Onnx_GraphProto? {
    var names = names
    for name in graph.input.map(\.name) + graph.initializer.map(\.name) { names[name] = nil }
    for name in graph.node.flatMap(\.output) { names[name] = nil }
    names[""] = ""
    var result = graph
    result.node = []
    for node in graph.node {
      guard let node = instance(of: node, call, function, names) else { return nil }
      result.node.append(node)
    }
    for index in result.output.indices {
      result.output[index].name = names[graph.output[index].name] ?? graph.output[index].name
    }
    return result
  }
}

/// A call of a function, and what stands in the network for it.
struct FunctionCall: Sendable, Hashable {
  /// The call.
  var node: Node
  /// What the file says of it beside that.
  var rest: NodeRest
  /// The nodes in its place.
  var body: [Node]
  /// The constants among them that the network carries as initializers.
  var constants: [String: TensorData]
}

extension Network {
  /// For each call whose nodes stand here as they were made, unused from elsewhere: its nodes' keys
  /// with the call at the last of them, and the constants that go with it.
  func intact(_ calls: [FunctionCall]) -> (nodes: [String: FunctionCall?], constants: Set<String>) {
    var found: (nodes: [String: FunctionCall?], constants: Set<String>) = ([:], [])
    if calls.isEmpty { return found }
    var places: [String: Int] = [:]
    var users: [String: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      places[node.key] = index
      for name in node.uses { users[name, default: []].append(index) }
    }
    let results = Set(outputs.map(\.name))
    for call in calls {
      guard let first = call.body.first.flatMap({ places[$0.key] }) else { continue }
      let range = first..<first + call.body.count
      let own = call.body.flatMap(\.outputs) + call.constants.keys
      guard range.upperBound <= nodes.count, Array(nodes[range]) == call.body,
        call.constants.allSatisfy({ initializers[$0.key]?.tensor == $0.value }),
        own.allSatisfy({ name in
          call.node.outputs.contains(name)
            || (!results.contains(name) && (users[name] ?? []).allSatisfy(range.contains))
        })
      else { continue }
      for node in call.body { found.nodes[node.key] = .some(nil) }
      if let last = call.body.last { found.nodes[last.key] = call }
      found.constants.formUnion(call.constants.keys)
    }
    return found
  }
}
