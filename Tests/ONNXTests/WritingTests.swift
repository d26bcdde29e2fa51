// A file appears whole or not at all, and the reason is said.

import Foundation
import Network
import OrderedCollections
import Testing

@testable import ONNX

@Suite struct WritingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func nothingIsLeftWhereTheFileCannotAppear() throws {
    let model = ONNXModel(try Samples.residual())
    try FileManager.default.createDirectory(
      atPath: folder("taken.onnx/inside"), withIntermediateDirectories: true)
    let error = try #require(throws: ONNXError.self) { try model.write(to: folder("taken.onnx")) }
    #expect(
      "\(error)"
        == "cannot write \(folder("taken.onnx")): Is a directory; nothing was changed")
    #expect(folder.names == ["taken.onnx"])
  }

  /// Renaming would put the file in the place of a pipe, and with the rights to do so of a device.
  @Test func pipesAndDevicesKeepTheirNames() throws {
    #expect(mkfifo(folder("pipe"), 0o600) == 0)
    let error = try #require(throws: ONNXError.self) {
      try ONNXModel(try Samples.residual()).write(to: folder("pipe"))
    }
    #expect("\(error)".contains("a device or a pipe, not a file"), "\(error)")
    var status = stat()
    #expect(stat(folder("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func foldersThatDoNotExist() throws {
    let path = folder("none/m.onnx")
    let error = try #require(throws: ONNXError.self) {
      try ONNXModel(try Samples.residual()).write(to: path)
    }
    #expect(error == .unwritable(path: path, reason: "No such file or directory"))
  }

  @Test func anOlderFileStaysWhereWritingFails() throws {
    let model = ONNXModel(try Samples.residual())
    try model.write(to: folder("m.onnx"))
    let before = try folder.bytes("m.onnx")
    var broken = model
    broken.network.nodes[0].attributes["bad"] = .opaque(Bytes([0xFF]))
    let error = try #require(throws: ONNXError.self) { try broken.write(to: folder("m.onnx")) }
    #expect("\(error)".contains("attribute 'bad' of node conv (Conv): its bytes are not"))
    #expect(throws: ONNXError.self) { try model.write(to: folder("m.onnx"), opset: 9) }
    #expect(try folder.bytes("m.onnx") == before)
    #expect(folder.names == ["m.onnx"])
  }

  @Test func aFileIsNotThereBeforeItIsWhole() throws {
    do {
      let file = try AtomicFile(path: folder("f"))
      try file.write(Bytes([1, 2]))
      try file.pad(to: 5)
      try file.write(Bytes([UInt8](repeating: 9, count: 1 << 19)))
      try file.finish()
      #expect(!folder.names.contains("f"))
      try file.replace()
    }
    #expect(try folder.bytes("f") == [1, 2, 0, 0, 0] + [UInt8](repeating: 9, count: 1 << 19))
    do {
      let file = try AtomicFile(path: folder("g"))
      try file.write(Bytes([1]))
      #expect(folder.names.count == 2)
    }
    #expect(folder.names == ["f"])
  }

  @Test func statedTypesOfValuesCanBeLeftOut() throws {
    try ONNXModel(try Samples.residual()).write(to: folder("m.onnx"), valueInfo: false)
    let read = try ONNXModel(path: folder("m.onnx")).network
    #expect(read.annotations.isEmpty)
    #expect(read.nodes == (try Samples.residual().nodes))
  }

  @Test(arguments: [(9, 4), (13, 7), (17, 8), (19, 9), (21, 10), (23, 11), (24, 12)])
  func theVersionOfTheFormatFitsTheOperatorSet(opset: Int, version: Int) throws {
    var network = try Samples.residual()
    network.opsets = ["": opset]
    #expect(try folder.roundTrip(ONNXModel(network)).irVersion == version)
  }

  @Test func pathsWithoutAFolderNameTheCurrentOne() {
    #expect("m.onnx".folder == "." && "m.onnx".fileName == "m.onnx")
    #expect("/m.onnx".folder == "/" && "/m.onnx".fileName == "m.onnx")
    #expect("a/b/m.onnx".folder == "a/b" && "a/b/m.onnx".fileName == "m.onnx")
  }
}
