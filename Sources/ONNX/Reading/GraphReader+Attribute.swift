// Turns the message of an attribute into its value and what is left over.

import Network
import SwiftProtobuf

extension GraphReader {
  /// The value of an attribute, and what ``Attribute`` has no place for.
  func read(
    _ proto: Onnx_AttributeProto, of node: Node
  ) throws(ONNXError) -> (Attribute, AttributeRest) {
    let kinds = proto.kinds
    // Files of the first IR version state no type; the value tells.
    let kind = proto.hasType && proto.type != .undefined ? proto.type : kinds.first ?? .undefined
    if let other = kinds.first(where: { $0 != kind }) {
      throw .attribute(
        path: path, node: node.label, name: proto.name,
        reason: "it is stated to be of kind \(kind) and holds a value of kind \(other)")
    }
    let owner = "\(node.label).\(proto.name)"
    var rest = AttributeRest()
    let value: Attribute?
    switch kind {
    case _ where proto.hasRefAttrName: value = nil
    case .float: value = .float(proto.f)
    case .int: value = .int(proto.i)
    case .string: value = String(validating: proto.s, as: UTF8.self).map(Attribute.string)
    case .floats: value = .floats(proto.floats)
    case .ints: value = .ints(proto.ints)
    case .strings:
      let strings = proto.strings.compactMap { String(validating: $0, as: UTF8.self) }
      value = strings.count == proto.strings.count ? .strings(strings) : nil
    case .tensor:
      value = .tensor(try tensors.read(proto.t, name: owner))
      rest.tensors = [proto.t.withoutValue(keepingName: true)]
    case .tensors:
      var list: [TensorData] = []
      for tensor in proto.tensors { list.append(try tensors.read(tensor, name: owner)) }
      value = .tensors(list)
      rest.tensors = proto.tensors.map { $0.withoutValue(keepingName: true) }
    case .graph:
      let (graph, kept) = try subgraph(proto.g)
      value = .graph(graph)
      rest.graphs = [kept]
    case .graphs:
      var list: [Network] = []
      for message in proto.graphs {
        let (graph, kept) = try subgraph(message)
        list.append(graph)
        rest.graphs.append(kept)
      }
      value = .graphs(list)
    default: value = nil
    }
    guard let value else {
      guard !kinds.contains(where: { [.tensor, .tensors, .graph, .graphs].contains($0) }) else {
        throw .attribute(
          path: path, node: node.label, name: proto.name,
          reason: "it refers to '\(proto.refAttrName)' and holds a value of its own")
      }
      return (.opaque(proto.encoded), AttributeRest())
    }
    rest.proto = proto.withoutValue
    return (value, rest)
  }

  private func subgraph(_ proto: Onnx_GraphProto) throws(ONNXError) -> (Network, GraphRest) {
    var (network, rest) = try read(proto)
    // What the graph takes from outside counts as given while its own order is checked.
    let (inputs, captures) = (network.inputs, network.captures)
    network.inputs += captures.map { ValueInfo($0, nil) }
    do throws(NetworkError) {
      network = try network.ordered()
    } catch {
      throw .graph(path: path, error)
    }
    network.inputs = inputs
    return (network, rest)
  }
}

extension Onnx_AttributeProto {
  /// The kinds of value the message holds; more than one is an error.
  fileprivate var kinds: [AttributeType] {
    let present: [(AttributeType, Bool)] = [
      (.float, hasF), (.int, hasI), (.string, hasS), (.tensor, hasT), (.graph, hasG),
      (.sparseTensor, hasSparseTensor), (.typeProto, hasTp), (.floats, !floats.isEmpty),
      (.ints, !ints.isEmpty), (.strings, !strings.isEmpty), (.tensors, !tensors.isEmpty),
      (.graphs, !graphs.isEmpty), (.sparseTensors, !sparseTensors.isEmpty),
      (.typeProtos, !typeProtos.isEmpty),
    ]
    return present.filter(\.1).map(\.0)
  }

  /// The message without name, type and value.
  fileprivate var withoutValue: Onnx_AttributeProto {
    var rest = Onnx_AttributeProto()
    if hasDocString { rest.docString = docString }
    rest.unknownFields = unknownFields
    return rest
  }
}
