// `bonsai pack`: a model as an entropy-coded archive, from which it comes back bit for bit.

import ArgumentParser
import Compression
import Data
import Foundation
import Network
import ONNX
import Reporting

extension KMeans.Start: ExpressibleByArgument {}

/// Packs a model.
struct PackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Pack a model into an entropy-coded archive, which loses nothing.",
    discussion: """
      The archive holds the graph and, for each tensor, what the shortest codec makes of it: weights \
      that are mostly zero by their places, weights that share few values by a table, both with \
      Huffman codes. It is written in one step, read back, and every tensor compared bit for bit. \
      bonsai unpack makes the model again.

      With --bits the weights of each layer are shared first: k-means makes them 2^bits values (Deep \
      Compression). That changes the model; without it nothing is lost.

      The table holds the columns of Deep Compression: the part of the weights that is stored, bits \
      of a weight before and after Huffman coding, the same of an index, and how many times smaller \
      the layer is. All sizes are those of the file.

      Examples:
        bonsai pack pruned.onnx -o pruned.bonsai
        bonsai pack pruned.onnx -o small.bonsai --bits conv=8,fc=5
        bonsai pack pruned.onnx -o pruned.bonsai --index-bits 5 --json
      """)

  @Argument(help: "An ONNX file, or the name of a built-in network.")
  var model: String

  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write the archive.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "Share weights first: bits of the number of values, such as 5 or conv=8,fc=5.",
      valueName: "bits"))
  var bits: String?

  @Option(help: "Where k-means begins with --bits: linear, forgy or density.")
  var start = KMeans.Start.linear

  @Option(help: "Where random choices of --start forgy begin.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Bits of a step between stored weights: 3 to 8, conv=8,fc=5, or auto, which tries all.",
      valueName: "bits"))
  var indexBits = "auto"

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func run() throws {
    let widths = try IndexBits(parsing: indexBits)
    let bits = try bits.map { try SharingBits(parsing: $0) }
    let source = try ModelSource(model, seed: seed)
    let output = try OutputFile(output)
    var (model, shared) = (source.model, [SharedLayer]())
    if let bits {
      (model.network, shared) = try model.network.sharing(bits, start: start, seed: seed)
    }
    let packed = try PackedModel(model, indexBits: widths)
    try packed.write(to: output.path, verifying: model)
    let sizes = try source.withFile { file in
      (
        original: try source.fileBytes() ?? FileBytes.size(of: file),
        deflated: try? FileBytes.deflatedSize(of: file)
      )
    }
    let result = PackResult(
      model: self.model, archive: output.path, lossless: bits == nil,
      bytes: PackResult.Bytes(
        original: sizes.original, deflated: sizes.deflated, packed: packed.bytes.count,
        graph: packed.graphBytes),
      rate: Double(sizes.original) / Double(packed.bytes.count),
      layers: packed.tensors.map(PackResult.Layer.init), shared: bits == nil ? nil : shared)
    if json { try JSONOutput.print(result) } else { result.printTable() }
  }
}

/// What `bonsai pack` reports.
struct PackResult: Encodable {
  let model: String
  let archive: String
  /// Whether the archive holds the given weights; not with `--bits`.
  let lossless: Bool
  let bytes: Bytes
  /// Original over packed.
  let rate: Double
  let layers: [Layer]
  let shared: [SharedLayer]?

  /// Sizes of files.
  struct Bytes: Encodable {
    let original: Int
    /// What zlib makes of the original; absent where that is too large for it.
    let deflated: Int?
    let packed: Int
    /// The part of the archive that is no packed tensor.
    let graph: Int
  }

  /// A packed tensor with the columns of Deep Compression.
  struct Layer: Encodable {
    let name: String
    let codec: String
    let weights: Int
    let kept: Int
    let keptFraction: Double
    let values: Int?
    let weightBits: Int?
    let codedWeightBits: Double?
    let indexBits: Int?
    let codedIndexBits: Double?
    let bytesBefore: Int
    let bytes: Int
    let rate: Double

    init(_ tensor: PackedTensor) {
      name = tensor.name
      codec = tensor.codec
      weights = tensor.elements
      kept = tensor.spending?.kept ?? tensor.elements
      keptFraction = tensor.keptFraction
      values = tensor.spending?.values
      weightBits = tensor.spending?.weightBits
      codedWeightBits = tensor.spending?.codedWeightBits
      indexBits = tensor.spending?.indexBits
      codedIndexBits = tensor.spending?.codedIndexBits
      bytesBefore = tensor.plainBytes
      bytes = tensor.bytes
      rate = tensor.rate
    }
  }

  func printTable() {
    var table = TextTable([
      .left("tensor"), .left("codec"), .right("elements"), .right("stored"), .right("weight bits"),
      .right("coded"), .right("index bits"), .right("coded"), .right("bytes"), .right("rate"),
    ])
    for layer in layers {
      table.add([
        layer.name, layer.codec, Format.integer(layer.weights),
        Format.percent(layer.keptFraction), layer.weightBits.map { "\($0)" } ?? "",
        layer.codedWeightBits.map { Format.significant($0) } ?? "",
        layer.indexBits.map { "\($0)" } ?? "",
        layer.codedIndexBits.map { Format.significant($0) } ?? "", Format.integer(layer.bytes),
        Format.significant(layer.rate),
      ])
    }
    print(table)
    var sizes = TextTable([.left("bytes"), .right("")])
    sizes.add(["model", Format.integer(bytes.original)])
    if let deflated = bytes.deflated { sizes.add(["model, zlib", Format.integer(deflated)]) }
    sizes.add(["archive", Format.integer(bytes.packed)])
    sizes.add(["of which the graph", Format.integer(bytes.graph)])
    print(sizes)
    print(
      "\(archive): \(Format.significant(rate)) times smaller; read back and compared bit for bit")
  }
}
