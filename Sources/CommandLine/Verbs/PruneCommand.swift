// `bonsai prune`: a model cut to a budget without training, checked and written.

import ArgumentParser
import Data
import Methods
import Network
import ONNX
import Pruning
import Torch

/// Cuts a model without training.
struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Cut a model to a budget, without training.",
    discussion: """
      Granularity filter removes filters, neurons and channels with everything that can only leave \
      with them: tensors become smaller. Granularity element sets single weights to zero: tensors \
      keep their shapes. The least important units go first; of all choices that meet the budget \
      the one that keeps most is taken.

      The target is macs=0.5 (keep half), params=200k, bytes=1.5MB or sparsity=0.9 (remove 90 % of \
      the weights). Accuracy falls with the cut and comes back with training: that is the work of \
      bonsai apply.

      What is done is proved: the cut network is compared with the same network whose removed units \
      are zero, in double precision, and the written file with the network in memory, in ONNX \
      Runtime. What cannot be checked is said.

      Examples:
        bonsai prune model.onnx --dry-run          the plan; nothing is written
        bonsai prune model.onnx -o small.onnx --target macs=0.5 --round-to 8
        bonsai prune model.onnx -o small.onnx --exclude 'layer4.*' --json plan.json
        bonsai prune model.onnx -o sparse.onnx --granularity element \\
          --target sparsity=0.9
      """)

  @Argument(help: "An ONNX file, or the name of a built-in network.")
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "out"))
  var output: String?

  @Option(help: "What one unit is: filter or element.")
  var granularity = "filter"

  @Option(help: "How much a unit matters: l1, l2 or random.")
  var criterion = "l2"

  @Option(help: "How small: macs=, params=, bytes= or sparsity=.")
  var target = "macs=0.5"

  @Option(help: "Who pays how much: global or uniform.")
  var allocation = "global"

  @Option(help: "Keep multiples of this many units in each group.")
  var roundTo = 1

  @Option(
    name: [.long, .customLong("freeze-outputs")],
    help: ArgumentHelp(
      "A group, layer or parameter that keeps all of its outputs; it may lose inputs. * stands for "
        + "any text. Can be repeated.",
      valueName: "name"))
  var exclude: [String] = []

  @Option(
    help: ArgumentHelp("One that keeps all of its inputs. Can be repeated.", valueName: "name"))
  var freezeInputs: [String] = []

  @Option(
    help: ArgumentHelp("One that keeps both, and its norms. Can be repeated.", valueName: "name"))
  var freezeLayer: [String] = []

  @Option(
    help: "What leaves a group normalisation: whole groups, or as many channels of each: channels.")
  var groupNorm = CouplingOptions.NormalizedUnits.groups

  @Option(help: "A data set, for criteria that look at data.")
  var data: String?

  @Flag(help: "Show the plan; compute and write nothing.")
  var dryRun = false

  @Option(help: ArgumentHelp("Write the result as JSON; - for standard output.", valueName: "file"))
  var json: String?

  @Option(help: "Where random choices start.")
  var seed: UInt64 = 0

  @Option(help: "The version of ONNX's operator set to write; the model's own if not given.")
  var opset: Int?

  @Flag(help: "Leave out the checks of the result.")
  var noVerify = false

  func validate() throws {
    guard roundTo >= 1 else {
      throw ValidationError("--round-to is \(roundTo); at least 1 was expected")
    }
    guard dryRun || output != nil else {
      throw ValidationError("-o says where to write; or ask for the plan alone with --dry-run")
    }
    if let opset, !(10...24).contains(opset) {
      throw ValidationError("--opset is \(opset); 10 to 24 was expected")
    }
  }

  func run() throws {
    let pruner = try makePruner()
    let granularity = try Granularity(named: granularity)
    let file = try dryRun ? nil : output.map { path throws(CommandError) in try OutputFile(path) }
    if let json, json != "-" { _ = try OutputFile(json) }
    let source = try ModelSource(model, seed: seed)
    var pruning =
      switch granularity {
      case .filter: try Cutting.filters(of: source, pruner)
      case .element: try Cutting.elements(of: source, pruner)
      }
    if json != "-" { pruning.printPlan() }
    if let file {
      if !noVerify { try pruning.checkEquivalence() }
      try write(pruning, to: file, from: source)
      try pruning.measure(file)
      if !noVerify { try pruning.checkFile(file.path) }
    }
    pruning.explainChecks(skipped: noVerify, dryRun: dryRun)
    if json != "-" { pruning.printOutcome(file: file?.path) }
    if let json { try JSONOutput.write(pruning.result, to: json) }
  }

  private func makePruner() throws -> Pruner {
    if target.hasPrefix("latency=") {
      throw CommandError.notYet(
        what: "the target latency=", instead: "use macs=, and bonsai bench to measure")
    }
    if data != nil {
      throw CommandError.options(
        "--data is for criteria that look at data; l1, l2 and random look only at the weights: "
          + "leave it out")
    }
    return Pruner(
      criterion: try Criteria.named(criterion), allocation: try Allocations.named(allocation),
      target: try Target(parsing: target), roundTo: roundTo,
      exclusions: Exclusions(exclude, inputs: freezeInputs, layers: freezeLayer),
      coupling: CouplingOptions(groupNormalization: groupNorm), seed: seed)
  }

  /// Writes the pruned model with its provenance.
  private func write(_ pruning: Cutting, to file: OutputFile, from source: ModelSource) throws {
    var model = source.model
    model.network = pruning.pruned
    if source.path == nil { model.producer = ("Bonsai", Version.current) }
    model.network.setProvenance(
      Provenance(
        version: Version.current, recipe: command, seed: seed, parent: try source.sha256()))
    try model.write(to: file.path, opset: opset)
    try model.verify(at: file.path)
  }

  /// The command that makes the model again, without the places of files.
  private var command: String {
    let name = model.split(separator: "/").last.map(String.init) ?? model
    var words = [
      "bonsai prune", name, "--granularity", granularity, "--criterion", criterion, "--target",
      target, "--allocation", allocation, "--round-to", "\(roundTo)",
    ]
    for name in exclude { words += ["--exclude", name] }
    for name in freezeInputs { words += ["--freeze-inputs", name] }
    for name in freezeLayer { words += ["--freeze-layer", name] }
    if groupNorm != .groups { words += ["--group-norm", groupNorm.rawValue] }
    if let opset { words += ["--opset", "\(opset)"] }
    return (words + ["--seed", "\(seed)"]).joined(separator: " ")
  }
}

extension CouplingOptions.NormalizedUnits: ExpressibleByArgument {}
