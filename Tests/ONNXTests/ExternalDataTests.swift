// Tensors in files beside the model: written, found again, and refused where they should be.

import Foundation
import Network
import OrderedCollections
import Testing

@testable import ONNX

@Suite struct ExternalDataTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func largeTensorsGoBesideTheModelAndComeBack() throws {
    let network = try Samples.residual()
    try ONNXModel(network).write(to: folder("m.onnx"), externalData: .always(minimumBytes: 50))
    #expect(folder.names == ["m.onnx", "m.onnx.data"])
    let proto = try folder.proto("m.onnx")
    let moved = proto.graph.initializer.filter { $0.dataLocation == .external }
    #expect(moved.map(\.name) == ["conv.weight", "fc.weight"])
    #expect(
      moved[1].externalData.map { "\($0.key)=\($0.value)" }
        == ["location=m.onnx.data", "offset=4096", "length=60"])
    #expect(try folder.bytes("m.onnx.data").count == 4096 + 60)
    let read = try ONNXModel(path: folder("m.onnx"))
    #expect(read.network == network)
    // Back into one file.
    try read.write(to: folder("one.onnx"))
    #expect(try ONNXModel(path: folder("one.onnx")).network == network)
    #expect(try folder.proto("one.onnx").graph.initializer.allSatisfy { $0.externalData.isEmpty })
  }

  @Test func smallModelsStayInOneFile() throws {
    try ONNXModel(try Samples.residual()).write(to: folder("m.onnx"))
    try ONNXModel(try Samples.residual()).write(to: folder("n.onnx"), externalData: .always())
    #expect(folder.names == ["m.onnx", "n.onnx"])
    #expect(try folder.bytes("m.onnx") == folder.bytes("n.onnx"))
  }

  /// Reads a tensor of two floats whose external data is described by `entries`.
  func read(_ entries: [String: String]) throws -> TensorData {
    var tensor = Onnx_TensorProto()
    tensor.name = "w"
    tensor.dims = [2]
    tensor.dataType = 1
    tensor.dataLocation = .external
    tensor.externalData = entries.sorted { $0.key < $1.key }.map { key, value in
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = (key, value)
      return entry
    }
    var model = Onnx_ModelProto()
    model.graph.initializer = [tensor]
    let path = try folder.put(model)
    return try #require(ONNXModel(path: path).network.initializers["w"]).tensor
  }

  @Test func offsetAndLengthMayBeLeftOut() throws {
    let values: [Float] = [1, 2, 3]
    _ = try folder.put(values.withUnsafeBytes { [UInt8]($0) }, as: "w.bin")
    #expect(try read(["location": "w.bin"]) == TensorData(vector: [1, 2] as [Float]))
    #expect(
      try read(["location": "w.bin", "offset": "4", "length": "8", "checksum": "x"])
        == TensorData(vector: [2, 3] as [Float]))
  }

  @Test(arguments: [
    (["location": "../w.bin"], "must be a path below the model's folder"),
    (["location": "/etc/hostname"], "must be a path below the model's folder"),
    (["location": "a/../../w.bin"], "must be a path below the model's folder"),
    ([:], "must be a path below the model's folder"),
    (["location": "missing.bin"], "No such file or directory; it belongs in the folder"),
    (["location": "link.bin"], "it is a link that leaves the model's folder"),
    (["location": "w.bin", "offset": "8"], "bytes 8 to 16 are needed, the file has 12"),
    (["location": "w.bin", "offset": "9223372036854775807"], "are needed, the file has 12"),
    (["location": "w.bin", "offset": "-1"], "its offset '-1' is not a number of bytes"),
    (["location": "w.bin", "offset": "many"], "its offset 'many' is not a number of bytes"),
    (["location": "w.bin", "length": "4"], "its type and shape need 8 bytes, 4 are stated"),
  ])
  func placesThatAreRefused(entries: [String: String], reason: String) throws {
    _ = try folder.put([UInt8](repeating: 0, count: 12), as: "w.bin")
    try FileManager.default.createSymbolicLink(
      atPath: folder("link.bin"), withDestinationPath: "/etc/hostname")
    let error = try #require(throws: ONNXError.self) { try read(entries) }
    #expect("\(error)".contains("the data of tensor 'w' should be in"), "\(error)")
    #expect("\(error)".contains(reason), "\(error)")
  }

  @Test func linksWithinTheFolderAreFollowed() throws {
    _ = try folder.put([UInt8](repeating: 0, count: 8), as: "real.bin")
    try FileManager.default.createSymbolicLink(
      atPath: folder("w.bin"), withDestinationPath: "real.bin")
    #expect(try read(["location": "w.bin"]).count == 2)
  }
}
