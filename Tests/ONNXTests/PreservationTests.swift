// What Bonsai does not interpret survives reading and writing.

import Foundation
import Network
import OrderedCollections
import SwiftProtobuf
import Testing

@testable import ONNX

@Suite struct PreservationTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A field with a number that no message of ONNX has.
  func unknown(_ number: UInt8) -> UnknownStorage {
    // Field 99, a varint; read by way of a message that has no fields of its own to speak of.
    let message = try? Onnx_OperatorSetIdProto(serializedBytes: [0x98, 0x06, number] as [UInt8])
    return message?.unknownFields ?? UnknownStorage()
  }

  func entry(_ key: String, _ value: String) -> Onnx_StringStringEntryProto {
    var entry = Onnx_StringStringEntryProto()
    entry.key = key
    entry.value = value
    return entry
  }

  /// A model that says something in every place the network has none for.
  func talkative() throws -> Onnx_ModelProto {
    try ONNXModel(try Samples.attributes()).write(to: folder("plain.onnx"))
    var model = try folder.proto("plain.onnx")
    model.irVersion = 10
    model.producerName = "another tool"
    model.domain = "org.example"
    model.modelVersion = 42
    model.docString = "a model"
    model.metadataProps = [entry("k", "v")]
    model.unknownFields = unknown(1)
    var device = Onnx_DeviceConfigurationProto()
    device.name = "two"
    device.numDevices = 2
    model.configuration = [device]
    var function = Onnx_FunctionProto()
    function.name = "Everything"
    function.domain = "org.example"
    function.output = ["o"]
    var constant = Onnx_NodeProto()
    constant.opType = "Constant"
    constant.output = ["o"]
    constant.attribute = [Onnx_AttributeProto()]
    constant.attribute[0].name = "value"
    constant.attribute[0].type = .tensor
    constant.attribute[0].t.dims = [2]
    constant.attribute[0].t.dataType = 2
    constant.attribute[0].t.rawData = Data([1, 2])
    function.node = [constant]
    model.functions = [function]
    model.trainingInfo = [Onnx_TrainingInfoProto()]
    model.trainingInfo[0].algorithm.initializer = [constant.attribute[0].t]

    model.graph.docString = "a graph"
    model.graph.unknownFields = unknown(2)
    model.graph.metadataProps = [entry("g", "h")]
    var annotation = Onnx_TensorAnnotation()
    annotation.tensorName = "x"
    annotation.quantParameterTensorNames = [entry("SCALE_TENSOR", "s")]
    model.graph.quantizationAnnotation = [annotation]
    model.graph.input[0].docString = "an input"
    model.graph.input[0].type.tensorType.shape.dim[0].denotation = "DATA_FEATURE"
    model.graph.input[0].metadataProps = [entry("i", "j")]
    model.graph.output[1].type.sequenceType.elemType.tensorType.elemType = 1
    model.graph.node[1].overload = "second"
    model.graph.node[1].metadataProps = [entry("n", "o")]
    model.graph.node[1].unknownFields = unknown(3)
    model.graph.node[1].attribute[0].docString = "an attribute"
    model.graph.node[1].attribute[1].unknownFields = unknown(4)
    model.graph.node[1].deviceConfigurations = [Onnx_NodeDeviceConfigurationProto()]
    model.graph.node[1].deviceConfigurations[0].configurationID = "two"
    model.graph.node[0].attribute[0].g.docString = "a branch"
    model.graph.node[0].attribute[0].g.node[0].unknownFields = unknown(5)
    return model
  }

  @Test func whatIsNotInterpretedComesBack() throws {
    let model = try talkative()
    try ONNXModel(path: folder.put(model)).write(to: folder("out.onnx"))
    #expect(try folder.proto("out.onnx") == model)
  }

  @Test func tensorsKeepWhatIsSaidOfThem() throws {
    try ONNXModel(try Samples.residual()).write(to: folder("plain.onnx"))
    var model = try folder.proto("plain.onnx")
    model.graph.initializer[1].docString = "a bias"
    model.graph.initializer[1].metadataProps = [entry("t", "u")]
    model.graph.initializer[2].unknownFields = unknown(6)
    try ONNXModel(path: folder.put(model)).write(to: folder("out.onnx"))
    #expect(try folder.proto("out.onnx") == model)
  }

  @Test func attributesThatAreNotInterpretedComeBack() throws {
    var sparse = Onnx_SparseTensorProto()
    sparse.dims = [4]
    sparse.values.dims = [1]
    sparse.values.dataType = 1
    sparse.values.rawData = Data([0, 0, 0x80, 0x3F])
    sparse.values.name = "sparse"
    sparse.indices.dims = [1]
    sparse.indices.dataType = 7
    sparse.indices.int64Data = [2]
    func attribute(_ name: String, _ fill: (inout Onnx_AttributeProto) -> Void)
      -> Onnx_AttributeProto
    {
      var attribute = Onnx_AttributeProto()
      attribute.name = name
      fill(&attribute)
      return attribute
    }
    var node = Onnx_NodeProto()
    node.opType = "Odd"
    node.domain = "org.example"
    node.input = ["sparse"]
    node.output = ["y"]
    node.attribute = [
      attribute("sparse") { ($0.type, $0.sparseTensor) = (.sparseTensor, sparse) },
      attribute("sparses") { ($0.type, $0.sparseTensors) = (.sparseTensors, [sparse, sparse]) },
      attribute("type") {
        $0.type = .typeProto
        $0.tp.mapType.keyType = 7
        $0.tp.mapType.valueType.optionalType.elemType.tensorType.elemType = 1
      },
      attribute("types") { ($0.type, $0.typeProtos) = (.typeProtos, [Onnx_TypeProto()]) },
      attribute("bytes") { ($0.type, $0.s) = (.string, Data([0xFF, 0xFE])) },
      attribute("many bytes") {
        ($0.type, $0.strings) = (.strings, [Data("a".utf8), Data([0xC0])])
      },
    ]
    var model = Onnx_ModelProto()
    model.irVersion = 8
    model.graph.name = "g"
    model.graph.sparseInitializer = [sparse]
    model.graph.node = [node]
    model.graph.output = [Onnx_ValueInfoProto()]
    model.graph.output[0].name = "y"
    let read = try ONNXModel(path: folder.put(model))
    #expect(read.network.nodes.map(\.op) == ["Constant", "Odd"])
    try read.write(to: folder("out.onnx"))
    #expect(try folder.proto("out.onnx") == model)
  }

  /// Constants in nodes are initializers of the network, and the same nodes in the file.
  @Test func constantsInNodesComeBackWhereTheyStood() throws {
    func constant(_ name: String, _ output: String) -> Onnx_NodeProto {
      var node = Onnx_NodeProto()
      node.opType = "Constant"
      node.name = name
      node.docString = "the constant \(output)"
      node.output = [output]
      var attribute = Onnx_AttributeProto()
      attribute.name = "value"
      attribute.type = .tensor
      attribute.docString = "its value"
      attribute.t.dims = [2]
      attribute.t.dataType = 1
      attribute.t.rawData = Data([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
      attribute.t.name = "inner"
      node.attribute = [attribute]
      return node
    }
    func node(_ op: String, _ inputs: [String], _ output: String) -> Onnx_NodeProto {
      var node = Onnx_NodeProto()
      node.opType = op
      node.input = inputs
      node.output = [output]
      return node
    }
    var model = Onnx_ModelProto()
    model.irVersion = 3
    var opset = Onnx_OperatorSetIdProto()
    opset.domain = ""
    opset.version = 9
    model.opsetImport = [opset]
    model.graph.name = "g"
    model.graph.input = [Onnx_ValueInfoProto()]
    model.graph.input[0].name = "x"
    model.graph.output = [Onnx_ValueInfoProto()]
    model.graph.output[0].name = "y"
    model.graph.node = [
      constant("same", "a"), constant("same", "b"), node("Add", ["x", "b"], "s"),
      constant("", "c"), node("Mul", ["s", "a"], "p"), node("Add", ["p", "c"], "y"),
      constant("last", "unused"),
    ]
    var read = try ONNXModel(path: folder.put(model))
    #expect(read.network.nodes.map(\.op) == ["Add", "Mul", "Add"])
    #expect(read.network.initializers["a"]?.role == .parameter)
    try read.write(to: folder("out.onnx"))
    #expect(try folder.proto("out.onnx") == model)

    // What becomes of them is written in their place; a user that moves ahead takes them along.
    read.network.initializers["c"]?.tensor = TensorData(vector: [5] as [Float])
    read.network.initializers["unused"] = nil
    read.network.nodes.insert(
      Node("Neg", name: "", inputs: ["c"], outputs: ["n"]), at: 0)
    try read.write(to: folder("cut.onnx"))
    let cut = try folder.proto("cut.onnx")
    #expect(cut.graph.node.map(\.output) == [["c"], ["n"], ["a"], ["b"], ["s"], ["p"], ["y"]])
    #expect(cut.graph.node[0].attribute[0].t.dims == [1])
    #expect(cut.graph.node[0].docString == "the constant c")
    #expect(cut.graph.initializer.isEmpty)
  }

  @Test func namesOfNodesThatAreUsedTwiceComeBack() throws {
    var network = try Samples.residual()
    network.nodes[2].name = "conv"
    network.nodes[3].name = "conv_1"
    let read = try folder.roundTrip(ONNXModel(network))
    #expect(read.network.nodes.map(\.name) == ["conv", "bn", "conv_2", "conv_1", "mean", "fc"])
    try read.write(to: folder("again.onnx"))
    #expect(
      try folder.proto("again.onnx").graph.node.map(\.name)
        == ["conv", "bn", "conv", "conv_1", "mean", "fc"])
  }

  @Test func initializersThatAreInputsTooStayBoth() throws {
    try ONNXModel(try Samples.residual()).write(to: folder("plain.onnx"))
    var model = try folder.proto("plain.onnx")
    model.irVersion = 3
    model.opsetImport[0].version = 8
    model.graph.input =
      model.graph.initializer.map { tensor in
        ValueInfo(tensor.name, .float32, tensor.dims.map { .fixed(Int($0)) }).proto(nil)
      } + model.graph.input
    var read = try ONNXModel(path: folder.put(model))
    #expect(read.network.inputs.map(\.name) == ["x"])
    try read.write(to: folder("out.onnx"))
    #expect(try folder.proto("out.onnx") == model)

    // A tensor that was cut is stated with its new shape; one that is new needs IR version 4.
    read.network.initializers["fc.bias"] = Initializer(try Samples.ramp([2]), role: .parameter)
    read.network.initializers["new"] = Initializer(try Samples.ramp([2]), role: .parameter)
    try read.write(to: folder("out.onnx"))
    let written = try folder.proto("out.onnx")
    #expect(written.irVersion == 4)
    #expect(written.graph.input.count == model.graph.input.count)
    let bias = try #require(written.graph.input.first { $0.name == "fc.bias" })
    #expect(ValueInfo(bias) == ValueInfo("fc.bias", .float32, [2]))
  }

  @Test func whatIsSaidOfANodeGoesWithIt() throws {
    var model = try ONNXModel(path: folder.put(talkative()))
    model.network.nodes.removeLast()
    model.network.outputs.removeLast()
    try model.write(to: folder("out.onnx"))
    let written = try folder.proto("out.onnx")
    #expect(written.graph.node.count == 1)
    #expect(written.graph.docString == "a graph")
    #expect(written.graph.input[0].docString == "an input")
    #expect(written.functions.count == 1)
  }

  @Test func headlinesCanBeReadAndChanged() throws {
    var model = try ONNXModel(path: folder.put(talkative()))
    #expect(model.producer == ("another tool", ""))
    #expect((model.irVersion, model.modelVersion) == (10, 42))
    #expect((model.domain, model.documentation) == ("org.example", "a model"))
    #expect(model.functions == ["org.example.Everything"])
    model.producer = ("bonsai", "1")
    model.modelVersion = 43
    model.domain = "org.example.small"
    model.documentation = "a smaller model"
    let read = try folder.roundTrip(model)
    #expect(read == model)
    #expect(read.producer == ("bonsai", "1"))
  }
}
