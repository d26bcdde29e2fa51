// Turns a network and what was left over of its file into the message of a graph.

import Network
import OrderedCollections
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Turns a network and what was left over of its file into the message of a graph.
///
/// Tensors are numbered; their bytes are put in when the encoded model is streamed.
struct GraphWriter {
  let path: String
  /// The tensors by number.
  private(set) var tensors: [Bytes] = []
  /// The tensors for the file beside the model, and where in it they go.
  private(set) var external: [(offset: Int, bytes: Bytes)] = []

  private let location: (name: String, minimumBytes: Int)?
  private var externalEnd = 0
  /// Tensors in the file beside the model begin on pages, so that they can be mapped.
  private static let page = 4096

  init(path: String, external: (name: String, minimumBytes: Int)?) {
    self.path = path
    location = external
  }

  /// The message of a graph.
  mutating func graph(
    _ network: Network, _ rest: GraphRest, valueInfo: Bool
  ) throws(ONNXError) -> Onnx_GraphProto {
    var proto = rest.proto
    if !network.name.isEmpty { proto.name = network.name }
    for (name, initializer) in network.initializers where rest.constants[name] == nil {
      proto.initializer.append(
        tensor(initializer.tensor, name: name, known: rest.tensors[name], mayLeave: true))
    }
    // A function that the network still computes as the file has it is called, not spelt out.
    let intact = network.intact(rest.calls)
    for node in network.withConstants(rest.constants.filter { !intact.constants.contains($0.key) })
    {
      if let place = intact.nodes[node.key] {
        guard let call = place else { continue }
        proto.node.append(try self.node(call.node, call.rest, valueInfo: valueInfo))
      } else if let sparse = try sparseInitializer(node, rest) {
        proto.sparseInitializer.append(sparse)
      } else {
        proto.node.append(try self.node(node, rest.nodes[node.key], valueInfo: valueInfo))
      }
    }
    proto.input = inputs(network, rest)
    proto.output = network.outputs.map { $0.proto(rest.outputs[$0.name]) }
    if valueInfo {
      proto.valueInfo = network.annotations.values.map { $0.proto(rest.annotations[$0.name]) }
    }
    return proto
  }

  /// The inputs, initializers that the file lists as inputs too where it lists them.
  private func inputs(_ network: Network, _ rest: GraphRest) -> [Onnx_ValueInfoProto] {
    var inputs: [Onnx_ValueInfoProto] = []
    var pending = network.inputs[...]
    for (name, known) in rest.inputs {
      if let tensor = network.initializers[name]?.tensor {
        inputs.append(ValueInfo(name, tensor.type, tensor.shape.map(Extent.fixed)).proto(known))
      } else if let next = pending.first, next.name == name {
        inputs.append(next.proto(known))
        pending.removeFirst()
      }
    }
    return inputs + pending.map { $0.proto(rest.inputs[$0.name]) }
  }

  private func sparseInitializer(
    _ node: Node, _ rest: GraphRest
  ) throws(ONNXError) -> Onnx_SparseTensorProto? {
    guard let output = node.outputs.first, rest.sparse.contains(output), node.op == "Constant",
      case .opaque(let bytes)? = node.attributes["sparse_value"]
    else { return nil }
    return try opaque(bytes, "sparse_value", of: node).sparseTensor
  }

  private mutating func node(
    _ node: Node, _ rest: NodeRest?, valueInfo: Bool
  ) throws(ONNXError) -> Onnx_NodeProto {
    var proto = rest?.proto ?? Onnx_NodeProto()
    var name = node.name
    if let original = rest?.name, name.hasPrefix("\(original)_") { name = original }
    if !name.isEmpty { proto.name = name }
    proto.opType = node.op
    if !node.domain.isEmpty { proto.domain = node.domain }
    if !node.documentation.isEmpty { proto.docString = node.documentation }
    proto.input = node.inputs
    proto.output = node.outputs
    for (name, value) in node.attributes {
      let known = rest?.attributes[name] ?? AttributeRest()
      proto.attribute.append(
        try attribute(name, value, known, of: node, valueInfo: valueInfo))
    }
    return proto
  }

  private mutating func attribute(
    _ name: String, _ value: Attribute, _ rest: AttributeRest, of node: Node, valueInfo: Bool
  ) throws(ONNXError) -> Onnx_AttributeProto {
    var proto = rest.proto
    func known<T>(_ list: [T], _ index: Int) -> T? { index < list.count ? list[index] : nil }
    switch value {
    case .int(let x): (proto.type, proto.i) = (.int, x)
    case .float(let x): (proto.type, proto.f) = (.float, x)
    case .string(let x): (proto.type, proto.s) = (.string, Data(x.utf8))
    case .ints(let x): (proto.type, proto.ints) = (.ints, x)
    case .floats(let x): (proto.type, proto.floats) = (.floats, x)
    case .strings(let x): (proto.type, proto.strings) = (.strings, x.map { Data($0.utf8) })
    case .tensor(let x):
      proto.type = .tensor
      proto.t = tensor(x, name: nil, known: known(rest.tensors, 0), mayLeave: false)
    case .tensors(let list):
      proto.type = .tensors
      for (index, x) in list.enumerated() {
        proto.tensors.append(
          tensor(x, name: nil, known: known(rest.tensors, index), mayLeave: false))
      }
    case .graph(let x):
      proto.type = .graph
      proto.g = try graph(x, known(rest.graphs, 0) ?? GraphRest(), valueInfo: valueInfo)
    case .graphs(let list):
      proto.type = .graphs
      for (index, x) in list.enumerated() {
        proto.graphs.append(
          try graph(x, known(rest.graphs, index) ?? GraphRest(), valueInfo: valueInfo))
      }
    case .opaque(let bytes):
      proto = try opaque(bytes, name, of: node)
    }
    proto.name = name
    return proto
  }

  private func opaque(
    _ bytes: Bytes, _ name: String, of node: Node
  ) throws(ONNXError) -> Onnx_AttributeProto {
    do {
      return try Onnx_AttributeProto(serializedBytes: bytes.array, partial: true)
    } catch {
      throw .attribute(
        path: path, node: node.label, name: name,
        reason: "its bytes are not an encoded attribute (\(error))")
    }
  }

  private mutating func tensor(
    _ tensor: TensorData, name: String?, known: Onnx_TensorProto?, mayLeave: Bool
  ) -> Onnx_TensorProto {
    var proto = known ?? Onnx_TensorProto()
    if let name { proto.name = name }
    proto.dims = tensor.shape.map(Int64.init)
    proto.dataType = tensor.type.rawValue
    if tensor.type == .string {
      proto.stringData = tensor.strings.map { Data($0) }
    } else if mayLeave, let location, tensor.bytes.count >= location.minimumBytes {
      let offset = (externalEnd + Self.page - 1) / Self.page * Self.page
      externalEnd = offset + tensor.bytes.count
      external.append((offset, tensor.bytes))
      proto.dataLocation = .external
      proto.externalData = [
        ("location", location.name), ("offset", "\(offset)"), ("length", "\(tensor.bytes.count)"),
      ].map { key, value in
        var entry = Onnx_StringStringEntryProto()
        entry.key = key
        entry.value = value
        return entry
      }
    } else {
      proto.rawData = Data(Window(start: tensors.count, count: tensor.bytes.count).encoded)
      tensors.append(tensor.bytes)
    }
    return proto
  }
}

extension Onnx_AttributeProto {
  /// The message as bytes.
  var encoded: Bytes {
    // Encoding fails only for messages with missing required fields; ONNX has none.
    Bytes((try? serializedBytes(partial: true)) ?? [])
  }
}

extension Network {
  /// The nodes, with those `Constant` nodes among them again that stood in the file: where they
  /// stood, or before their first use where that comes earlier.
  fileprivate func withConstants(
    _ lifted: OrderedDictionary<String, LiftedConstant>
  ) -> [Node] {
    if lifted.isEmpty { return nodes }
    var result: [Node] = []
    var written: Set<String> = []
    func write(_ name: String) {
      guard let constant = lifted[name], let tensor = initializers[name]?.tensor,
        written.insert(name).inserted
      else { return }
      var node = constant.node
      node.attributes = ["value": .tensor(tensor)]
      result.append(node)
    }
    var waiting: [String?: [String]] = [:]
    for (name, constant) in lifted { waiting[constant.next, default: []].append(name) }
    for node in nodes {
      for name in waiting[node.key] ?? [] { write(name) }
      for name in node.uses { write(name) }
      result.append(node)
    }
    for name in lifted.keys { write(name) }
    return result
  }
}
