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
      with them: tensors become smaller. Granularity element sets single weights to zero, kernel, \
      stripe, block, n-of-m and pattern those that leave together: tensors keep their shapes. The least important units go first; of all choices that meet the budget \
      the one that keeps most is taken.

      The target is macs=0.5 (keep half), params=200k, bytes=1.5MB (of the written file), \
      latency=0.5 or latency=2ms (measured, in ONNX Runtime where it is there), or sparsity=0.9 \
      (remove 90 % of the weights). It is met from below within 1 %, or the reason is printed. \
      Accuracy falls with the cut and comes back with training: that is the work of bonsai apply.

      What is done is proved: the cut network is compared with the same network whose removed units \
      are zero, in double precision, and the written file with the network in memory, in ONNX \
      Runtime. What cannot be checked is said.

      With --data, criteria such as taylor look at examples of it, and the cut network is repaired: \
      layers that lost inputs are fitted to their old outputs by least squares, and the running \
      statistics of batch normalisation are estimated again. Labels are needed by criteria that take \
      derivatives of the loss, not by repairs.

      Examples:
        bonsai prune model.onnx --dry-run          the plan; nothing is written
        bonsai prune model.onnx -o small.onnx --target macs=0.5 --round-to 8
        bonsai prune model.onnx -o small.onnx --target latency=0.5 --round-to auto
        bonsai prune model.onnx -o small.onnx --exclude 'layer4.*' --json plan.json
        bonsai prune model.onnx -o small.onnx --data mnist --criterion taylor
        bonsai prune model.onnx -o sparse.onnx --granularity element \\
          --target sparsity=0.9
      """)

  @Argument(help: "An ONNX file, or the name of a built-in network.")
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "out"))
  var output: String?

  @Option(help: "What one unit is: filter, element, kernel, stripe, block, n-of-m or pattern.")
  var granularity = "filter"

  @Option(help: "How much a unit matters: l1, l2, taylor, ... (see bonsai methods).")
  var criterion = "l2"

  @OptionGroup var budget: BudgetOptions

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

  @OptionGroup(title: "Data")
  var calibration: CalibrationOptions

  @Flag(help: "Show the plan; cut and write nothing.")
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
    guard dryRun || output != nil else {
      throw ValidationError("-o says where to write; or ask for the plan alone with --dry-run")
    }
    if let opset, !(10...24).contains(opset) {
      throw ValidationError("--opset is \(opset); 10 to 24 was expected")
    }
  }

  func run() throws {
    var pruner = try makePruner()
    let granularity = try Granularity(named: granularity)
    let file = try dryRun ? nil : output.map { path throws(CommandError) in try OutputFile(path) }
    if let json, json != "-" { _ = try OutputFile(json) }
    let clock = ContinuousClock()
    let start = clock.now
    let source = try ModelSource(model, seed: seed)
    let read = clock.now - start
    let data = try calibration.load(seed: seed)
    pruner.granularity = granularity.sets
    let rounding =
      try granularity.cuts ? budget.rounding(of: source) : (units: 1, measured: nil)
    pruner.roundTo = rounding.units
    let parent = file != nil || pruner.target.quantity == .bytes ? try source.sha256() : nil
    func finished(_ network: Network) -> ONNXModel {
      self.finished(network, from: source, parent: parent, rounding)
    }
    let bench =
      try granularity.cuts
      ? LatencyBench(for: pruner.target, budget, beside: source, model: finished) : nil
    var pruning =
      try granularity.cuts
      ? Cutting.filters(
        of: source, pruner, on: data?.calibration, meter: bench?.meter, opset: opset,
        model: finished)
      : Cutting.elements(of: source, pruner, granularity, on: data?.calibration)
    bench?.finish()
    pruning.result.rounding = rounding.measured
    pruning.result.seconds.read = read.seconds
    if json != "-" {
      rounding.measured.map(RoundingTable.print)
      pruning.printPlan()
    }
    if let file {
      if !noVerify { try pruning.checkEquivalence() }
      if let data { try pruning.repair(with: data, source: source) }
      let model = finished(pruning.pruned)
      let start = clock.now
      try model.write(to: file.path, opset: opset)
      try model.verify(at: file.path)
      pruning.result.seconds.write = (clock.now - start).seconds
      try pruning.measure(file)
      if !noVerify { try pruning.checkFile(file.path) }
      if let bench { try pruning.measureLatency(bench.meter, of: file.path) }
    }
    pruning.explainChecks(skipped: noVerify, dryRun: dryRun)
    if json != "-" {
      pruning.printRepair()
      pruning.printOutcome(file: file?.path)
    }
    if let json { try JSONOutput.write(pruning.result, to: json) }
  }

  private func makePruner() throws -> Pruner {
    Pruner(
      criterion: try Criteria.named(criterion),
      allocation: try Allocations.named(budget.allocation),
      target: try Target(parsing: budget.target), floor: try Floor(parsing: budget.floor),
      exclusions: Exclusions(exclude, inputs: freezeInputs, layers: freezeLayer),
      coupling: CouplingOptions(groupNormalization: groupNorm), seed: seed)
  }

  /// The model to write of a network, with its provenance.
  private func finished(
    _ network: Network, from source: ModelSource, parent: String?,
    _ rounding: (units: Int, measured: MeasuredStep?)
  ) -> ONNXModel {
    var model = source.model
    model.network = network
    if source.path == nil { model.producer = ("Bonsai", Version.current) }
    model.network.setProvenance(
      Provenance(
        version: Version.current, recipe: command(rounding), seed: seed, parent: parent))
    return model
  }

  /// The command that makes the model again, without the places of files.
  private func command(_ rounding: (units: Int, measured: MeasuredStep?)) -> String {
    let name = model.split(separator: "/").last.map(String.init) ?? model
    var words = [
      "bonsai prune", name, "--granularity", granularity, "--criterion", criterion,
    ]
    words += budget.words(roundTo: rounding.units)
    for name in exclude { words += ["--exclude", name] }
    for name in freezeInputs { words += ["--freeze-inputs", name] }
    for name in freezeLayer { words += ["--freeze-layer", name] }
    if groupNorm != .groups { words += ["--group-norm", groupNorm.rawValue] }
    if let opset { words += ["--opset", "\(opset)"] }
    words += calibration.words
    words += ["--seed", "\(seed)"]
    // What follows is a shell's comment: how the rounding was found.
    if let found = rounding.measured { words.append("# --round-to auto found \(found.summary)") }
    return words.joined(separator: " ")
  }
}

extension CouplingOptions.NormalizedUnits: ExpressibleByArgument {}
