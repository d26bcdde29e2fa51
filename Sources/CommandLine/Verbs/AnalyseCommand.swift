// `bonsai analyse`: what is learned of a model, or of two together, in numbers.

import Analysis
import ArgumentParser
import Data
import Network
import Pruning
import Reporting
import Torch

/// Looks at models and says what was found, in numbers.
struct AnalyseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyse",
    abstract: "Learn something of a model: effective sparsity, connectivity, synaptic flow.",
    discussion: """
      effective-sparsity counts the weights on a path from an input or a bias to an output; all \
      others can be removed without changing a bit of what comes out. mode-connectivity measures how \
      high the error rises on the straight line between two models of one form. synaptic-flow \
      checks that what flows into each hidden unit flows out of it. `bonsai methods analysis` lists \
      them all.

      Examples:
        bonsai analyse sparse.onnx
        bonsai analyse one.onnx other.onnx --analysis mode-connectivity --data mnist
        bonsai analyse one.onnx other.onnx --analysis mode-connectivity --set points=11 --data mnist
        bonsai analyse lenet-5 --analysis synaptic-flow --json
      """)

  @Argument(help: "ONNX files, or names of built-in networks.")
  var models: [String]

  @Option(help: "What to look at: effective-sparsity, mode-connectivity or synaptic-flow.")
  var analysis = EffectiveSparsity.name

  @Option(
    name: .customLong("set"), help: "A setting of the analysis, as key=value; may be repeated.")
  var settings: [String] = []

  @Option(help: "A data set's name, or the path of a folder or an .npz file.")
  var data: String?

  @Option(help: "Where networks compute: cpu, cuda or cuda:N.")
  var device = "cpu"

  @Option(help: "Where random choices start.")
  var seed: UInt64 = 0

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func validate() throws {
    for setting in settings where !setting.contains("=") {
      throw ValidationError("--set \(setting): key=value was expected")
    }
  }

  func run() throws {
    let given = PartSettings(
      Dictionary(
        settings.map { setting in
          let words = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
          return (String(words[0]), .text(String(words[1])))
        }, uniquingKeysWith: { $1 }))
    let chosen = try Analyses.named(analysis, given)
    if let key = settings.map({ String($0.prefix { $0 != "=" }) })
      .first(where: { key in !given.asked.contains { $0.name == key } })
    {
      throw ValidationError(
        "\(analysis) has no setting '\(key)'; it has: "
          + (given.asked.isEmpty ? "none" : given.asked.map(\.name).joined(separator: ", ")))
    }
    let source = try data.map { try DatasetCatalog.source($0) }
    let report = try chosen.look(
      at: AnalysisSubject(
        models.map { try ModelSource($0, seed: seed).network },
        examples: try source.map { try $0.load($0.splitForEvaluation) },
        training: try source.map { try $0.load(.train) }, device: try Device(present: device),
        seed: seed))
    if json { return try JSONOutput.print(report) }
    var table = TextTable([
      .left(analysis), .right(models.map(DisplayName.of).joined(separator: ", ")),
    ])
    for measure in report.measures {
      table.add([measure.name, Format.significant(measure.value, digits: 6)])
    }
    print(table)
    for note in report.notes { StandardError.say(note) }
  }
}
