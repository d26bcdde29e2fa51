// `bonsai unpack`: the model in an archive, as an ONNX file again.

import ArgumentParser
import Compression
import Data
import Network
import ONNX
import Reporting

/// Unpacks a model.
struct UnpackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpack",
    abstract: "Make the model in an archive an ONNX file again.",
    discussion: """
      Checks the archive, decodes every tensor and writes the model that was packed: the same graph, \
      every tensor bit for bit. The file is written in one step, read back and compared.

      Examples:
        bonsai unpack pruned.bonsai -o pruned.onnx
        bonsai unpack pruned.bonsai -o pruned.onnx --json
      """)

  @Argument(help: "An archive that bonsai pack wrote.")
  var archive: String

  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write the model.")
  var output: String

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func run() throws {
    let output = try OutputFile(output)
    let found = try Archive(path: archive)
    try found.model.write(to: output.path)
    try found.model.verify(at: output.path)
    let result = UnpackResult(
      archive: archive, model: output.path,
      bytes: UnpackResult.Bytes(packed: found.byteCount, model: try output.size()),
      tensors: found.tensors.map {
        UnpackResult.Tensor(name: $0.name, codec: $0.codec, bytes: $0.bytes)
      })
    if json { try JSONOutput.print(result) } else { result.printTable() }
  }
}

/// What `bonsai unpack` reports.
struct UnpackResult: Encodable {
  let archive: String
  let model: String
  let bytes: Bytes
  let tensors: [Tensor]

  /// Sizes of files.
  struct Bytes: Encodable {
    let packed: Int
    let model: Int
  }

  /// A tensor that was packed.
  struct Tensor: Encodable {
    let name: String
    let codec: String
    let bytes: Int
  }

  func printTable() {
    var table = TextTable([.left("tensor"), .left("codec"), .right("bytes")])
    for tensor in tensors { table.add([tensor.name, tensor.codec, Format.integer(tensor.bytes)]) }
    print(table)
    print(
      "\(model): \(Format.integer(bytes.model)) bytes from an archive of "
        + "\(Format.integer(bytes.packed))")
  }
}
