// The stage `pack`: writes the model as it is now as an entropy-coded archive.

import Compression
import Network
import ONNX
import Training

/// The stage `pack`: writes the model as it is now as an archive, reads it back and compares.
///
/// ```yaml
/// - pack: {name: model, index-bits: "conv=8,fc=5"}    # or one number, or auto
/// ```
/// The result holds the size of the file, how many times smaller it is than the parameters of the
/// network before pruning at 32 bits each, and the columns of Deep Compression's tables by layer.
struct PackStage: Stage {
  static let name = "pack"
  static let summary = "writes the model as it is now as an entropy-coded archive"

  let file: String
  let indexBits: IndexBits

  init(_ settings: RecipeReader) throws(RecipeError) {
    file = try settings.string("name", default: "model")
    guard Recipe.isPlain(file) else {
      throw .value(
        at: settings.place(of: "name"), found: "'\(file)'",
        expected: "a name of letters, digits, '-', '_' and '.'")
    }
    let text = try settings.string("index-bits", default: "auto")
    do throws(CompressionError) { indexBits = try IndexBits(parsing: text) } catch {
      throw .combination(at: settings.place(of: "index-bits"), reason: "\(error)")
    }
  }

  var tasks: [any RunTask] { [PackTask(stage: self)] }

  var changesNetwork: Bool { false }

  var parts: [String: String] { ["codec": DeepCompression.name] }
}

/// Packs the model.
struct PackTask: RunTask {
  let stage: PackStage

  var title: String { "pack \(stage.file)" }

  func perform(in run: inout Run) throws -> Evaluation? {
    let model = run.model(of: run.network)
    let packed = try PackedModel(model, indexBits: stage.indexBits)
    try packed.write(to: run.folder.path("\(stage.file).bonsai"), verifying: model)
    let dense = 4 * (run.reference ?? run.network).parameterCount
    var measures = [
      "archive bytes": Double(packed.bytes.count), "dense bytes": Double(dense),
      "rate": Double(dense) / Double(packed.bytes.count), "graph bytes": Double(packed.graphBytes),
    ]
    let weights = packed.tensors.filter(\.isWeight)
    if !weights.isEmpty {
      // What papers count: weights, without biases, names and graph.
      measures["rate of the weights"] =
        weights.reduce(0) { $0 + $1.rate * Double($1.bytes) }
        / Double(weights.reduce(0) { $0 + $1.bytes })
    }
    for tensor in weights {
      measures["\(tensor.name): bytes"] = Double(tensor.bytes)
      measures["\(tensor.name): rate"] = tensor.rate
      guard let spending = tensor.spending else { continue }
      measures["\(tensor.name): stored"] = tensor.keptFraction
      measures["\(tensor.name): weight bits"] = Double(spending.weightBits)
      measures["\(tensor.name): weight bits, coded"] = spending.codedWeightBits
      measures["\(tensor.name): index bits"] = Double(spending.indexBits)
      measures["\(tensor.name): index bits, coded"] = spending.codedIndexBits
    }
    run.findings.measures.merge(measures) { $1 }
    return nil
  }
}
