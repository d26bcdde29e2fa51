// `bonsai pack` and `bonsai unpack`: what goes in comes out bit for bit, and what is said of it holds.

import Compression
import Data
import Foundation
import Network
import ONNX
import Testing

@Suite struct PackTests {
  let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    var network = try Networks.small()
    for name in ["conv1.weight", "conv2.weight", "fc.weight"] {
      let tensor = try #require(network.initializers[name]).tensor
      let values = try tensor.values(as: Float.self).enumerated().map { index, value in
        index % 10 == 3 ? value : 0
      }
      network.initializers[name]?.tensor = try TensorData(values, shape: tensor.shape)
    }
    try folder.put(network, as: "sparse.onnx")
  }

  @Test func packedAndUnpackedIsTheSameFile() throws {
    let packed = try Program.run(
      ["pack", "sparse.onnx", "-o", "s.bonsai", "--json"], in: folder,
      environment: Program.withoutTorch)
    #expect(packed.status == 0, "\(packed.errors)")
    let json = try packed.object()
    #expect(json["lossless"] as? Bool == true)
    let bytes = try #require(json["bytes"] as? [String: Int])
    #expect(bytes["original"] == (try FileBytes.size(of: folder("sparse.onnx"))))
    #expect(bytes["packed"] == (try FileBytes.size(of: folder("s.bonsai"))))
    #expect(try #require(bytes["deflated"]) < (try #require(bytes["original"])))
    #expect(try #require(bytes["packed"]) < (try #require(bytes["original"])) / 2)
    let layers = try #require(json["layers"] as? [[String: Any]])
    let conv = try #require(layers.first { $0["name"] as? String == "conv2.weight" })
    #expect(conv["codec"] as? String == "deep-compression")
    #expect(conv["kept"] as? Int == 87)
    let unpacked = try Program.run(
      ["unpack", "s.bonsai", "-o", "again.onnx", "--json"], in: folder,
      environment: Program.withoutTorch)
    #expect(unpacked.status == 0, "\(unpacked.errors)")
    #expect(
      try FileBytes.read(folder("again.onnx")) == (try FileBytes.read(folder("sparse.onnx"))))
    #expect(folder.names == ["again.onnx", "s.bonsai", "sparse.onnx"])
  }

  @Test func sharingIsAskedForAndSaid() throws {
    let run = try Program.run(
      ["pack", "sparse.onnx", "-o", "s.bonsai", "--bits", "conv=3,fc=2", "--json"], in: folder)
    let json = try run.object()
    #expect(json["lossless"] as? Bool == false)
    #expect((json["shared"] as? [[String: Any]])?.count == 3)
    let network = try Archive(path: folder("s.bonsai")).model.network
    let values = try #require(network.initializers["conv2.weight"]?.tensor.reals)
    #expect(Set(values).count == 9)
    let table = try Program.run(["pack", "sparse.onnx", "-o", "t.bonsai"], in: folder)
    #expect(table.output.contains("weight bits") && table.output.contains("read back"))
  }

  @Test func wrongInputsEndInClearErrors() throws {
    try FileBytes.write(Array("nonsense".utf8), to: folder("x.bonsai"))
    for (arguments, status, text) in [
      (["unpack", "x.bonsai", "-o", "y.onnx"], 65, "no archive of Bonsai"),
      (["unpack", "nowhere.bonsai", "-o", "y.onnx"], 65, "nowhere.bonsai"),
      (["unpack", "x.bonsai", "-o", "no/y.onnx"], 74, "the folder no does not exist"),
      (["pack", "sparse.onnx", "-o", "y.bonsai", "--bits", "conv=99"], 64, "1 to 16"),
      (["pack", "sparse.onnx", "-o", "y.bonsai", "--index-bits", "2"], 64, "3 to 8"),
      (["pack", "sparse.onnx", "-o", "y.bonsai", "--start", "middle"], 64, "start"),
    ] as [([String], Int32, String)] {
      let run = try Program.run(arguments, in: folder)
      #expect(run.status == status, "\(arguments): \(run.errors)")
      #expect(run.errors.contains(text), "\(arguments): \(run.errors)")
    }
    #expect(folder.names == ["sparse.onnx", "x.bonsai"])
  }

  /// Wherever an archive is cut off or a bit of it flipped, unpacking says so in one line, and leaves
  /// nothing behind.
  @Test func brokenArchivesEndInOneClearLine() throws {
    let packed = try Program.run(["pack", "sparse.onnx", "-o", "s.bonsai"], in: folder)
    #expect(packed.status == 0, "\(packed.errors)")
    let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder("s.bonsai"))))
    for step in 0..<8 {
      var broken = whole
      let place = whole.count * step / 8 + 3
      if step % 2 == 0 { broken.removeLast(whole.count - place) } else { broken[place] ^= 16 }
      try FileBytes.write(broken, to: folder("broken.bonsai"))
      let run = try Program.run(
        ["unpack", "broken.bonsai", "-o", "y.onnx"], in: folder, environment: Program.withoutTorch)
      #expect(run.status == 65, "\(run.errors)")
      let lines = run.errors.split(separator: "\n")
      #expect(lines.count == 1 && run.errors.contains("broken.bonsai"), "\(run.errors)")
      #expect(!folder.names.contains("y.onnx"))
    }
  }
}
