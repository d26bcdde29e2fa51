// A model being cut: the plan, the smaller network, the checks, and what is reported of them.

import Analysis
import Foundation
import Methods
import Network
import ONNX
import Pruning
import Reporting
import Runtimes
import Torch

/// A model being cut.
struct Cutting {
  /// The network with less in it.
  var pruned: Network
  /// What is reported.
  var result: PruningResult
  /// Makes the network whose removed units are zero; `nil` where nothing is cut.
  private let masked: (() throws -> Network)?
  /// What stays of each group; empty where nothing is cut.
  let kept: [Kept]
  /// Why zero and absence are not the same in some group; empty where they are.
  private let mixing: [String]

  /// Removes filters, neurons and channels.
  ///
  /// - Parameters:
  ///   - calibration: what a criterion that looks at data sees.
  ///   - meter: measures where the target is a latency.
  ///   - model: the model that will be written of a network, whose file a target in bytes counts.
  ///   - opset: the version of ONNX's operator set it will be written for.
  static func filters(
    of source: ModelSource, _ pruner: Pruner, on calibration: Calibration? = nil,
    meter: LatencyMeter? = nil, opset: Int? = nil, model: (Network) -> ONNXModel
  ) throws -> Cutting {
    let (plan, pruned, seconds) = try plan(source, pruner, calibration, meter, opset, model)
    let dense = plan.coupling.denseLayers(of: source.network, try source.network.cost())
    let groups = plan.kept.map { kept in
      PruningResult.GroupResult(
        name: kept.group.name, size: kept.group.size, kept: kept.units.count)
    }
    return Cutting(
      pruned: pruned,
      result: try result(
        source, pruner, .filter, before: plan.before, after: plan.after, achieved: plan.achieved,
        groups: groups, outcome: plan.outcome, sparsity: nil, barriers: plan.coupling.barriers,
        dense: dense, seconds: seconds),
      masked: { try source.network.masked(keeping: plan.kept) }, kept: plan.kept,
      mixing: plan.kept.filter { !$0.removed.isEmpty }.flatMap(\.group.mixing))
  }

  /// The plan, the smaller network, and how long both took; for a target in bytes, such that the
  /// file meets it.
  private static func plan(
    _ source: ModelSource, _ pruner: Pruner, _ calibration: Calibration?, _ meter: LatencyMeter?,
    _ opset: Int?, _ model: (Network) -> ONNXModel
  ) throws -> (Plan, Network, PruningResult.Seconds) {
    let clock = ContinuousClock()
    let start = clock.now
    if pruner.target.quantity == .bytes {
      // Files are written on the way, so that the network is cut as part of the search.
      let (plan, pruned) = try pruner.plan(
        for: source.network, on: calibration, fileBefore: try source.fileBytes()
      ) { network in try model(network).fileByteCount(opset: opset) }
      return (plan, pruned, .init(plan: (clock.now - start).seconds))
    }
    let plan = try pruner.plan(for: source.network, on: calibration, meter: meter)
    let planned = clock.now
    let pruned = try source.network.cut(keeping: plan.kept)
    let seconds = PruningResult.Seconds(
      plan: (planned - start).seconds, cut: (clock.now - planned).seconds)
    return (plan, pruned, seconds)
  }

  /// Sets single weights to zero; a criterion that looks at data sees `calibration`.
  static func elements(
    of source: ModelSource, _ pruner: Pruner, _ granularity: Granularity = .element,
    on calibration: Calibration? = nil
  ) throws -> Cutting {
    var pruner = pruner
    pruner.effective = EffectiveSparsity.ofPaths
    let masks = try pruner.masks(for: source.network, on: calibration)
    let pruned = try source.network.masked(by: masks)
    let groups = masks.kept.sorted { $0.key < $1.key }.map { name, mask in
      PruningResult.GroupResult(name: name, size: mask.count, kept: mask.count { $0 })
    }
    let cost = try source.network.cost().total
    return Cutting(
      pruned: pruned,
      result: try result(
        source, pruner, granularity, before: cost, after: cost,
        achieved: pruner.target.quantity == .effectiveSparsity
          ? EffectiveSparsity.ofPaths(pruned) : masks.sparsity,
        groups: groups, outcome: nil, sparsity: masks.sparsity, barriers: [], dense: [],
        seconds: .init()),
      masked: nil, kept: [], mixing: [])
  }

  private static func result(
    _ source: ModelSource, _ pruner: Pruner, _ granularity: Granularity, before: Cost, after: Cost,
    achieved: Double, groups: [PruningResult.GroupResult], outcome: BudgetOutcome?,
    sparsity: Double?, barriers: [Barrier], dense: [DenseLayer], seconds: PruningResult.Seconds
  ) throws -> PruningResult {
    let bytes = try source.fileBytes() ?? before.weightBytes
    return PruningResult(
      model: source.argument, granularity: granularity.name,
      criterion: type(of: pruner.criterion).name, allocation: type(of: pruner.allocation).name,
      seed: pruner.seed,
      params: .init(before: before.parameters, after: after.parameters),
      macs: .init(before: before.macs, after: after.macs),
      bytes: .init(before: bytes, after: bytes - before.weightBytes + after.weightBytes),
      weightBytes: .init(before: before.weightBytes, after: after.weightBytes),
      sparsity: sparsity, target: "\(pruner.target)", achieved: achieved,
      budget: outcome.map(BudgetResult.init), roundTo: pruner.roundTo, floor: "\(pruner.floor)",
      groups: groups,
      barriers: barriers.map { .init(node: $0.node, reason: $0.reason) },
      dense: dense.map { .init(node: $0.node, macs: $0.macs, reasons: $0.reasons) },
      seconds: seconds,
      equivalence: .init(skipped: "it was not asked for"),
      verification: .init(skipped: "it was not asked for"))
  }

  // MARK: checks

  /// Compares the masked with the cut network in double precision.
  ///
  /// - Throws: `CommandError.notEquivalent` where they differ though zero and absence are the same.
  mutating func checkEquivalence() throws {
    guard let masked else {
      result.equivalence = .init(skipped: "single weights are set to zero; nothing is cut")
      return
    }
    if case .failure(let error) = Engine.availability {
      result.equivalence = .init(skipped: "\(error)")
      return
    }
    let found = try Equivalence.check(masked(), pruned, seed: result.seed)
    guard found.holds() || !mixing.isEmpty else {
      throw CommandError.notEquivalent(
        maxAbsDiff: found.maxAbsDiff, scale: found.scale, output: found.output)
    }
    result.equivalence = .init(found)
  }

  /// Takes the size of the written file.
  mutating func measure(_ file: OutputFile) throws {
    let after = try file.size()
    let before = result.bytes.before
    // A network that was built has no file: what the written one has beside its tensors counts.
    let isBuilt = before == result.weightBytes.before
    result.bytes = .init(
      before: isBuilt ? before + after - result.weightBytes.after : before, after: after)
    result.budget?.measured(fileBytes: after)
  }

  /// Measures the written file beside the dense model, in turns.
  mutating func measureLatency(_ meter: LatencyMeter, of file: String) throws {
    result.latency = LatencyResult(try meter.compare(file), meter.conditions)
  }

  // MARK: words

  /// Prints what stays of each group.
  func printPlan() {
    let unit = result.granularity == Granularity.filter.name ? "group" : "weight"
    var table = TextTable([
      .left(unit), .right("size"), .right("kept"), .right("removed"),
    ])
    for group in result.groups {
      table.add([
        group.name, Format.integer(group.size), Format.integer(group.kept),
        Format.percent(Double(group.size - group.kept) / Double(max(group.size, 1)), digits: 1),
      ])
    }
    print(table)
    for barrier in result.barriers { print("barrier  \(barrier.node): \(barrier.reason)") }
    for layer in result.dense {
      print("dense  \(layer.node): \(layer.reasons.prefix(2).joined(separator: "; "))")
    }
    print()
  }

  /// Prints sizes before and after, the target, and the checks.
  func printOutcome(file: String?) {
    var table = TextTable([.left(""), .right("before"), .right("after"), .right("kept")])
    func add(_ name: String, _ change: PruningResult.Change, _ show: (Int) -> String) {
      table.add([
        name, show(change.before), show(change.after),
        Format.percent(Double(change.after) / Double(max(change.before, 1)), digits: 1),
      ])
    }
    add("parameters", result.params, Format.integer)
    add("MACs", result.macs, Format.integer)
    add(file == nil ? "bytes, about" : "bytes on disk", result.bytes, Format.bytes)
    print(table)
    if let budget = result.budget {
      for line in budget.lines(target: result.target, achieved: result.achieved) { print(line) }
    } else {
      print("asked \(result.target), reached \(Format.significant(result.achieved, digits: 4))")
    }
    if let latency = result.latency { print(latency.line) }
    if let difference = result.equivalence.maxAbsDiff, let scale = result.equivalence.scale {
      print(
        "masked and cut network differ by \(Format.significant(difference)) in float64 "
          + "(outputs up to \(Format.significant(scale)))")
      if difference > 1e-9 * scale {
        for reason in mixing.prefix(3) { print("  expected: \(reason)") }
      }
    }
    if let runtime = result.verification.runtime, let relative = result.verification.relative {
      print(
        "\(runtime) gives the same outputs (relative difference "
          + "\(Format.significant(relative)))")
      if let optimizer = result.verification.optimizer {
        print(
          "  with its optimizations off; with them on it differs from itself by "
            + "\(Format.significant(optimizer)): look at the file before pruning, too")
      }
    }
    if let file { print("wrote \(file)") }
  }

  /// Says on standard error what was not checked, and why.
  mutating func explainChecks(skipped: Bool, dryRun: Bool) {
    if dryRun || skipped {
      let reason = dryRun ? "nothing was computed (--dry-run)" : "left out (--no-verify)"
      result.equivalence = .init(skipped: reason)
      result.verification = .init(skipped: reason)
      if !dryRun { StandardError.say("bonsai: the result was not checked (--no-verify)") }
      return
    }
    if let reason = result.equivalence.skipped, masked != nil {
      StandardError.say("bonsai: masked and cut network were not compared: \(reason)")
    }
    if let reason = result.verification.skipped {
      StandardError.say("bonsai: the file was not checked in ONNX Runtime: \(reason)")
    }
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { self / .seconds(1) }
}
