// Archives: what was packed comes back bit for bit; broken ones are errors that say where.

import Foundation
import Network
import ONNX
import Testing

@testable import Compression

@Suite struct ArchiveTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  @Test func archiveDecodesToTheExactWeights() throws {
    for network in [try Samples.dense(), try Samples.pruned(), try Samples.shared()] {
      // As a file holds it, so that both have been through ONNX.
      let model = try ONNXModel(encoded: ONNXModel(network).encoded(), name: "model.onnx")
      let packed = try PackedModel(model)
      try packed.write(to: folder("a.bonsai"), verifying: model)
      let archive = try Archive(path: folder("a.bonsai"))
      #expect(archive.model.network == model.network)
      // Written out again it is the same file, byte for byte.
      #expect(try archive.model.encoded() == model.encoded())
      for (name, initializer) in network.initializers {
        #expect(archive.model.network.initializers[name]?.tensor == initializer.tensor)
      }
      let size = try FileManager.default.attributesOfItem(atPath: folder("a.bonsai"))[.size] as? Int
      #expect(size == packed.bytes.count && size == archive.byteCount)
      #expect(packed.tensors.reduce(packed.graphBytes) { $0 + $1.bytes } == size)
    }
    #expect(folder.names == ["a.bonsai"])
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    let model = ONNXModel(try Samples.shared())
    #expect(try PackedModel(model).bytes == PackedModel(model).bytes)
  }

  @Test func sharedAndPrunedWeightsBecomeSmall() throws {
    let packed = try PackedModel(ONNXModel(try Samples.shared(keeping: 0.1)))
    let layer = try #require(packed.tensors.first { $0.name == "fc.weight" })
    #expect(layer.codec == DeepCompression.name)
    #expect(layer.isWeight)
    // 48 of 480 weights, 3 bits and a step of 4 or so each, a table of 8 values and the names.
    #expect(layer.bytes < 150 && layer.plainBytes == 1920)
    #expect(layer.rate == Double(layer.plainBytes) / Double(layer.bytes))
    #expect(abs(layer.keptFraction - 0.1) < 0.05)
    let dense = try PackedModel(ONNXModel(try Samples.dense()))
    #expect(dense.tensors.contains { $0.codec == BytePlanes.name })
  }

  @Test func whatASectionWouldMakeLargerStaysPlain() throws {
    var b = NetworkBuilder("plain", input: ["batch", 20])
    var network = try b.finish(b.linear("fc", b.input, 100))
    // No codec saves anything of bits drawn one by one.
    var generator = SeededGenerator(seed: 6)
    let bits = (0..<100).map { _ in
      Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
    }
    network.initializers["fc.bias"]?.tensor = try TensorData(bits, shape: [100])
    let model = ONNXModel(network)
    let packed = try PackedModel(model)
    #expect(packed.tensors.map(\.name) == ["fc.weight"])
    #expect(packed.tensors.allSatisfy { $0.bytes < $0.plainBytes })
    #expect(packed.graphBytes > 400)
    try packed.write(to: folder("a.bonsai"), verifying: model)
    #expect(
      try Archive(path: folder("a.bonsai")).model.network.initializers["fc.bias"]
        == network.initializers["fc.bias"])
  }

  /// The whole archive with a length and checksums that fit what was changed.
  static func archive(_ sections: [[UInt8]]) -> [UInt8] {
    ArchiveFormat.header(sections: sections.count, size: sections.reduce(0) { $0 + $1.count })
      + sections.flatMap(\.self)
  }

  static func graph(of model: ONNXModel) throws -> [UInt8] {
    let bytes = try model.encoded()
    return ArchiveFormat.section(.graph, LEB128.bytes(bytes.count) + HuffmanBytes.encode(bytes))
  }

  static func tensor(
    _ name: String, type: UInt8 = 1, shape: [Int], codec: String, _ bytes: [UInt8]
  ) -> [UInt8] {
    ArchiveFormat.section(
      .tensor,
      ArchiveFormat.text(name) + [type] + LEB128.bytes(shape.count) + shape.flatMap(LEB128.bytes)
        + ArchiveFormat.text(codec) + bytes)
  }

  /// What reading says.
  func message(_ bytes: [UInt8]) -> String {
    do throws(CompressionError) {
      _ = try Archive(bytes, name: "x.bonsai")
      return "nothing"
    } catch {
      return "\(error)"
    }
  }

  @Test func errorsSayWhere() throws {
    let whole = try PackedModel(ONNXModel(try Samples.shared())).bytes
    #expect(message([]).contains("it is empty"))
    #expect(message(Array("ONNX".utf8)).contains("is no archive"))
    #expect(message(Array(whole.prefix(12))).contains("cut off at byte 12: the header needs 26"))
    #expect(
      message(Array(whole.dropLast(3)))
        .contains("cut off at byte \(whole.count - 3): the file needs \(whole.count) bytes"))
    #expect(message(whole + [0]).contains("1 bytes follow the last section"))
    var bytes = whole
    bytes[8] = 9
    #expect(message(bytes).contains("in the header"))
    bytes.replaceSubrange(22..<26, with: ArchiveFormat.fixed(Int(CRC32.of(bytes[..<22])), 4))
    #expect(message(bytes).contains("an archive of version 9; this program knows version 1"))
    bytes = whole
    bytes[whole.count - 1] ^= 1
    #expect(message(bytes).contains("its checksum is"))
    #expect(throws: CompressionError.self) { try Archive(path: folder("nowhere.bonsai")) }
  }

  @Test func impossibleContentsAreRefused() throws {
    var skeleton = try Samples.dense()
    skeleton.initializers["fc.weight"]?.tensor = try TensorData([Float](), shape: [0])
    let graph = try Self.graph(of: ONNXModel(skeleton))
    func check(_ sections: [[UInt8]], _ text: String) {
      let found = message(Self.archive(sections))
      #expect(found.contains(text), "\(found)")
    }
    let good = Self.tensor("fc.weight", shape: [2], codec: "plain", [0, 0, 0, 0, 0, 0, 0, 0])
    check([graph, good], "nothing")
    check([], "section 1")
    check([good], "it is not the graph")
    check([graph, graph], "a second graph")
    check([graph, good, good], "the tensor is there twice")
    check(
      [graph, Self.tensor("nobody", shape: [1], codec: "plain", [0, 0, 0, 0])],
      "the graph has no tensor of that name")
    check(
      [graph, Self.tensor("conv.weight", shape: [1], codec: "plain", [0, 0, 0, 0])],
      "the graph has a tensor of type float32 and shape [12, 2, 3, 3] there")
    check(
      [
        graph,
        Self.tensor(
          "fc.weight", type: 11, shape: [1], codec: "plain", .init(repeating: 0, count: 8)),
      ],
      "the graph has a tensor of type float32")
    check(
      [graph, Self.tensor("fc.weight", type: 99, shape: [1], codec: "plain", [])], "element type")
    check([graph, Self.tensor("fc.weight", shape: [1], codec: "magic", [])], "the codec 'magic'")
    check(
      [graph, Self.tensor("fc.weight", shape: [1 << 50, 1 << 50], codec: "plain", [])],
      "impossible shape")
    check([graph, Self.tensor("fc.weight", shape: [3], codec: "plain", [1])], "needs 12 bytes")
    check(
      [
        graph, Self.tensor("fc.weight", shape: [1 << 40], codec: "deep-compression", [0, 1, 2, 3]),
      ],
      "tensor 'fc.weight'")
    check(
      [graph, ArchiveFormat.section(.tensor, LEB128.bytes(1 << 40))], "a name in it is cut off")
    let odd = [UInt8](ArchiveFormat.section(.tensor, []))
    check([graph, odd.prefix(odd.count - 1) + [7]], "checksum")
  }

  @Test func everyPrefixIsAnError() throws {
    let bytes = try PackedModel(ONNXModel(try Samples.shared())).bytes
    for length in 0..<bytes.count {
      #expect(message(Array(bytes.prefix(length))).contains("x.bonsai"))
    }
  }

  @Test func mutatedBytesNeverTrap() throws {
    var generator = SeededGenerator(seed: 21)
    let model = ONNXModel(try Samples.shared())
    let whole = try PackedModel(model).bytes
    var errors = 0
    for _ in 0..<600 {
      var bytes = whole
      let position = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes.remove(at: position)
      default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
      }
      if message(bytes) != "nothing" { errors += 1 }
    }
    // One wrong bit never goes unnoticed.
    #expect(errors == 600)
    // The same behind checksums that fit: it may pass for a model, but never traps.
    let packed = try PackedModel(model)
    let graph = try Self.graph(of: skeleton(of: model, packed))
    for tensor in packed.tensors where tensor.codec == DeepCompression.name {
      guard let data = model.network.initializers[tensor.name]?.tensor,
        let encoded = DeepCompression().encode(data)
      else { continue }
      for _ in 0..<300 {
        var bytes = encoded.bytes
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
        let section = Self.tensor(tensor.name, shape: data.shape, codec: tensor.codec, bytes)
        _ = message(Self.archive([graph, section]))
      }
    }
  }

  private func skeleton(of model: ONNXModel, _ packed: PackedModel) throws -> ONNXModel {
    var skeleton = model
    for tensor in packed.tensors {
      skeleton.network.initializers[tensor.name]?.tensor = try TensorData([Float](), shape: [0])
    }
    return skeleton
  }

  @Test func aFolderThatIsNotThereIsAnError() throws {
    let model = ONNXModel(try Samples.shared())
    let packed = try PackedModel(model)
    #expect(throws: CompressionError.self) {
      try packed.write(to: folder("no/where.bonsai"), verifying: model)
    }
    // What is read back must be what was to be packed.
    let other = ONNXModel(try Samples.dense())
    #expect(throws: CompressionError.self) {
      try packed.write(to: folder("b.bonsai"), verifying: other)
    }
    #expect(folder.names.isEmpty)
  }
}
