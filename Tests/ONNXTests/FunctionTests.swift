// A model's own functions are computed and planned as what they are made of, and written as calls.

import Foundation
import Network
import OrderedCollections
import SwiftProtobuf
import Testing

@testable import ONNX

@Suite struct FunctionTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func node(
    _ op: String, _ inputs: [String], _ outputs: [String], domain: String = "",
    _ attributes: [Onnx_AttributeProto] = []
  ) -> Onnx_NodeProto {
    var node = Onnx_NodeProto()
    node.opType = op
    node.input = inputs
    node.output = outputs
    if !domain.isEmpty { node.domain = domain }
    node.attribute = attributes
    return node
  }

  func attribute(_ name: String, _ fill: (inout Onnx_AttributeProto) -> Void)
    -> Onnx_AttributeProto
  {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    fill(&attribute)
    return attribute
  }

  func opset(_ domain: String, _ version: Int64) -> Onnx_OperatorSetIdProto {
    var opset = Onnx_OperatorSetIdProto()
    opset.domain = domain
    opset.version = version
    return opset
  }

  func tensor(_ values: [Float]) -> Onnx_TensorProto {
    var tensor = Onnx_TensorProto()
    tensor.dims = [Int64(values.count)]
    tensor.dataType = 1
    tensor.rawData = values.withUnsafeBytes { Data($0) }
    return tensor
  }

  /// `y = leaky(x, slope) + [1, 2, 3, 4]` as a function that calls another, twice.
  func model() -> Onnx_ModelProto {
    var leaky = Onnx_FunctionProto()
    leaky.domain = "own"
    leaky.name = "Leaky"
    leaky.input = ["x"]
    leaky.output = ["y"]
    leaky.attribute = ["slope"]
    leaky.opsetImport = [opset("", 17)]
    let slope = attribute("alpha") { ($0.type, $0.refAttrName) = (.float, "slope") }
    leaky.node = [node("LeakyRelu", ["x"], ["y"], [slope])]
    var shifted = Onnx_FunctionProto()
    shifted.domain = "own"
    shifted.name = "Shifted"
    shifted.input = ["x"]
    shifted.output = ["z"]
    shifted.attributeProto = [attribute("slope") { ($0.type, $0.f) = (.float, 0.5) }]
    shifted.opsetImport = [opset("", 17), opset("own", 1)]
    let passed = attribute("slope") { ($0.type, $0.refAttrName) = (.float, "slope") }
    let value = attribute("value") { ($0.type, $0.t) = (.tensor, tensor([1, 2, 3, 4])) }
    shifted.node = [
      node("Leaky", ["x"], ["h"], domain: "own", [passed]), node("Constant", [], ["c"], [value]),
      node("Add", ["h", "c"], ["z"]),
    ]
    var model = Onnx_ModelProto()
    model.irVersion = 8
    model.opsetImport = [opset("", 17), opset("own", 1)]
    model.functions = [leaky, shifted]
    model.graph.name = "g"
    for (name, isInput) in [("x", true), ("y", false)] {
      var info = Onnx_ValueInfoProto()
      info.name = name
      info.type.tensorType.elemType = 1
      info.type.tensorType.shape.dim = [Onnx_TensorShapeProto.Dimension()]
      info.type.tensorType.shape.dim[0].dimValue = 4
      if isInput { model.graph.input = [info] } else { model.graph.output = [info] }
    }
    var second = node(
      "Shifted", ["a"], ["y"], domain: "own",
      [attribute("slope") { ($0.type, $0.f) = (.float, 0.25) }])
    second.name = "second"
    second.docString = "the second call"
    model.graph.node = [node("Shifted", ["x"], ["a"], domain: "own"), second]
    return model
  }

  @Test func callsAreExpandedAndComeBack() throws {
    let model = model()
    let read = try ONNXModel(path: folder.put(model))
    #expect(read.network.nodes.map(\.op) == ["LeakyRelu", "Add", "LeakyRelu", "Add"])
    #expect(read.network.nodes.map { $0.float("alpha", default: 0) } == [0.5, 0, 0.25, 0])
    #expect(read.network.nodes.map(\.inputs).last == ["y/h", "y/c"])
    #expect(try read.network.infer().types["y"]?.shape == [4])
    try read.write(to: folder("out.onnx"))
    #expect(try folder.proto("out.onnx") == model)
  }

  @Test func whatIsCutThroughIsSpeltOut() throws {
    var read = try ONNXModel(path: folder.put(model()))
    read.network.initializers["a/c"]?.tensor = TensorData(vector: [9, 9, 9, 9] as [Float])
    try read.write(to: folder("out.onnx"))
    let out = try folder.proto("out.onnx")
    #expect(out.graph.node.map(\.opType) == ["LeakyRelu", "Constant", "Add", "Shifted"])
    #expect(out.graph.node[3] == model().graph.node[1])
    #expect(out.functions == model().functions)
    let again = try ONNXModel(path: folder("out.onnx")).network
    #expect(again.initializers["a/c"]?.tensor == TensorData(vector: [9, 9, 9, 9] as [Float]))
  }

  @Test func whatCannotStandInlineStaysACall() throws {
    var recursive = model()
    recursive.functions[0].node = [node("Leaky", ["x"], ["y"], domain: "own")]
    #expect(
      try ONNXModel(path: folder.put(recursive)).network.nodes.map(\.op) == ["Shifted", "Shifted"])
    var older = model()
    older.functions[1].opsetImport[0].version = 12
    older.functions[1].node.append(node("Softmax", ["h"], ["s"]))
    #expect(
      try ONNXModel(path: folder.put(older)).network.nodes.map(\.op) == ["Shifted", "Shifted"])
    var through = model()
    through.functions[1].output = ["x"]
    #expect(
      try ONNXModel(path: folder.put(through)).network.nodes.map(\.op) == ["Shifted", "Shifted"])
  }
}
