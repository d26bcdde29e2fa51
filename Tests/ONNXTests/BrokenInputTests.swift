// Whatever the bytes are, reading ends in a model or a clear error.

import Foundation
import Network
import OrderedCollections
import SwiftProtobuf
import Testing

@testable import ONNX

@Suite struct BrokenInputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What reading these bytes says, or `nil` where they are a model.
  func message(_ bytes: some Sequence<UInt8>) throws -> String? {
    let path = try folder.put(bytes)
    do throws(ONNXError) {
      _ = try ONNXModel(path: path)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// A small model as bytes.
  func sample(_ network: Network) throws -> [UInt8] {
    try ONNXModel(network).write(to: folder("sample.onnx"))
    return try folder.bytes("sample.onnx")
  }

  @Test func everyPrefixIsAnErrorOrAModel() throws {
    for bytes in [try sample(Samples.residual()), try sample(Samples.attributes())] {
      var models = 0
      for length in 0..<bytes.count {
        guard let message = try message(bytes[..<length]) else {
          models += 1
          continue
        }
        #expect(message.contains("model.onnx"), "\(length): \(message)")
      }
      // Only the ends of whole fields of the model's own message can pass.
      #expect(models < 12)
    }
  }

  @Test func mutatedBytesNeverTrap() throws {
    var generator = SeededGenerator(seed: 20_26)
    let samples = [try sample(Samples.residual()), try sample(Samples.attributes())]
    var errors = 0
    for round in 0..<3000 {
      var bytes = samples[round % 2]
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.remove(at: position)
        default: bytes.insert(0xFF, at: position)
        }
      }
      let path = try folder.put(bytes)
      do throws(ONNXError) {
        let model = try ONNXModel(path: path)
        // What was read can be written, and is then read as the same.
        try model.write(to: folder("out.onnx"), externalData: .never)
        let again = try ONNXModel(path: folder("out.onnx"))
        #expect(again.network.nodes.map(\.op) == model.network.nodes.map(\.op), "round \(round)")
      } catch {
        errors += 1
        #expect("\(error)".count > 20)
      }
    }
    #expect(errors > 500 && errors < 3000, "\(errors) of 3000")
  }

  @Test func filesThatAreNoModels() throws {
    #expect(try message([]) == "\(folder("model.onnx")) is not an ONNX model: it is empty")
    #expect(try message([0x08, 0x08])?.contains("it holds no graph") == true)
    let page = try #require(try message(Array("<html>".utf8)))
    #expect(page.contains("is damaged at byte 0"), "\(page)")
    var error = try #require(throws: ONNXError.self) { try ONNXModel(path: folder("none.onnx")) }
    #expect("\(error)" == "cannot read \(folder("none.onnx")): No such file or directory")
    error = try #require(throws: ONNXError.self) { try ONNXModel(path: folder.path) }
    #expect("\(error)" == "cannot read \(folder.path): it is not a regular file")
  }

  @Test func damageIsNamedByItsPlace() throws {
    let bytes = try sample(Samples.residual())
    let message = try #require(try message(bytes.dropLast(3)))
    #expect(message.contains("is damaged at byte "), "\(message)")
    #expect(message.contains("bytes where only"), "\(message)")
  }

  @Test func textThatIsNotUTF8() throws {
    var bytes = try sample(Samples.residual())
    let name = try #require(bytes.firstRange(of: Array("conv.weight".utf8)))
    bytes[name.lowerBound] = 0xFF
    let message = try #require(try message(bytes))
    #expect(message.contains("not UTF-8"), "\(message)")
  }

  @Test func networksNestedAsDeepAsTheDecoderGoesComeBack() throws {
    var network = Network(
      name: "0", outputs: [ValueInfo("y0")],
      nodes: [Node("Neg", name: "", inputs: ["x"], outputs: ["y0"])])
    for level in 1...30 {
      network = Network(
        name: "\(level)", outputs: [ValueInfo("y\(level)")],
        nodes: [
          Node(
            "If", name: "", inputs: ["c"], outputs: ["y\(level)"],
            attributes: ["then_branch": .graph(network)])
        ])
    }
    network.inputs = [ValueInfo("x"), ValueInfo("c", .bool)]
    #expect(try folder.roundTrip(ONNXModel(network)).network == network)
  }

  @Test func messagesNestedWithoutEnd() throws {
    var bytes: [UInt8] = []
    for _ in 0..<60 {
      // A graph in an attribute of a node of a graph.
      for number in [6, 5, 1] {
        bytes =
          WireReader.varint(number << 3 | 2) + WireReader.varint(bytes.count) + bytes
      }
    }
    bytes = [0x3A] + WireReader.varint(bytes.count) + bytes
    #expect(try message(bytes)?.contains("messages are nested deeper than 100") == true)
  }

  /// What reading a changed sample says.
  func complaint(_ change: (inout Onnx_ModelProto) throws -> Void) throws -> String {
    var model = try Onnx_ModelProto(serializedBytes: try sample(Samples.residual()))
    try change(&model)
    return try #require(try message(try model.serializedBytes() as [UInt8]))
  }

  @Test func graphsThatAreNotSound() throws {
    #expect(
      try complaint { $0.graph.node[2].input = ["nowhere"] }
        .contains("node relu (Relu) uses the value 'nowhere', which no input"))
    #expect(
      try complaint { $0.graph.node[2].output = ["c"] }
        .contains("the value 'c' is made twice: by conv (Conv) and by relu (Relu)"))
    #expect(
      try complaint { $0.graph.node[0].input[0] = "a" }.contains("the graph has a cycle through"))
    #expect(
      try complaint { $0.graph.output[0].name = "lost" }.contains("the value 'lost'"))
    #expect(
      try complaint { $0.graph.input.append($0.graph.input[0]) }
        .contains("the value 'x' is made twice"))
    #expect(
      try complaint { $0.graph.initializer.append($0.graph.initializer[0]) }
        .contains("the value 'conv.weight' is made twice"))
    #expect(
      try complaint {
        $0.opsetImport.append($0.opsetImport[0])
        $0.opsetImport[1].version = 9
      }.contains("it asks for the versions 17 and 9 of operator set ''"))
  }

  @Test func attributesThatContradictThemselves() throws {
    #expect(
      try complaint { $0.graph.node[0].attribute.append($0.graph.node[0].attribute[0]) }
        .contains("attribute 'kernel_shape' of node conv (Conv): it is given twice"))
    #expect(
      try complaint { $0.graph.node[0].attribute[0].f = 1 }
        .contains("it is stated to be of kind ints and holds a value of kind float"))
    #expect(
      try complaint {
        var attribute = Onnx_AttributeProto()
        attribute.name = "value"
        attribute.refAttrName = "other"
        attribute.t = Onnx_TensorProto()
        $0.graph.node[0].attribute = [attribute]
      }.contains("it refers to 'other' and holds a value of its own"))
  }

  @Test func tensorsInAttributesAreNamed() throws {
    #expect(
      try complaint {
        var attribute = Onnx_AttributeProto()
        attribute.name = "value"
        attribute.type = .tensor
        attribute.t.dims = [2]
        attribute.t.dataType = 1
        attribute.t.rawData = Data([0])
        $0.graph.node[2].attribute = [attribute]
      }.contains(
        "tensor 'relu (Relu).value': type float32 and shape [2] need 8 bytes, the file holds 1"))
  }
}
