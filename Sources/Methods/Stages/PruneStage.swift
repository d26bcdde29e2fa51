// The stage `prune`: which units go, in what steps, and how accuracy is recovered between them.

import Execution
import Network
import Pruning
import Training

/// The stage `prune`.
///
/// ```yaml
/// - prune:
///     granularity: filter          # or element
///     criterion: l2
///     allocation: global
///     target: {macs: 0.15}
///     schedule: {iterative: {steps: 3}}
///     recover: {epochs: 1, optimizer: {sgd: {rate: 0.02, momentum: 0.9}}}
/// ```
struct PruneStage: Stage {
  static let name = "prune"
  static let summary = "removes units: granularity, criterion, allocation, target, schedule"

  let granularity: Granularity
  let pruner: Pruner
  let schedule: any PruningSchedule
  let recovery: TrainStage?
  let parts: [String: String]

  init(_ settings: RecipeReader) throws(RecipeError) {
    let granularity = try settings.string("granularity", default: "filter")
    let criterion = try settings.part("criterion", default: "l2")
    let allocation = try settings.part("allocation", default: "global")
    let target = try Self.target(settings)
    let roundTo = try settings.int("round-to", default: 1, in: 1...4096)
    let floor = try settings.int("floor", default: 1, in: 1...1_000_000)
    let exclusions = Exclusions(
      try settings.strings("exclude") + settings.strings("freeze-outputs"),
      inputs: try settings.strings("freeze-inputs"), layers: try settings.strings("freeze-layers"))
    func check<R>(_ key: String, _ body: () throws(PruningError) -> R) throws(RecipeError) -> R {
      do throws(PruningError) { return try body() } catch {
        throw .combination(at: settings.place(of: key), reason: "\(error)")
      }
    }
    self.granularity = try check("granularity") { () throws(PruningError) in
      try Granularity(named: granularity)
    }
    pruner = Pruner(
      criterion: try check("criterion") { () throws(PruningError) in
        try Criteria.named(criterion.name)
      },
      allocation: try check("allocation") { () throws(PruningError) in
        try Allocations.named(allocation.name)
      },
      target: target, roundTo: roundTo, floor: floor, exclusions: exclusions)
    try criterion.settings.finish()
    try allocation.settings.finish()
    self.schedule = try PruningSchedules.read(settings, default: OneShot.name)
    if settings.keys.contains("recover") {
      let inner = try settings.mapping("recover")
      recovery = try TrainStage(inner)
      try inner.finish()
    } else {
      _ = settings.node("recover")
      recovery = nil
    }
    if self.granularity == .element, target.quantity != .sparsity {
      throw .combination(
        at: settings.place(of: "target"),
        reason: "single weights are pruned to a sparsity, not to \(target.quantity); write "
          + "target: {sparsity: 0.9}, or use granularity: filter")
    }
    parts = [
      "granularity": granularity, "criterion": criterion.name, "allocation": allocation.name,
      "schedule": type(of: schedule).name, "target": "\(target)",
      "recovery": recovery == nil ? "none" : "fine-tune",
    ]
  }

  private static func target(_ settings: RecipeReader) throws(RecipeError) -> Target {
    let reader = try settings.mapping("target")
    let place = settings.place(of: "target")
    guard reader.keys.count == 1, let quantity = reader.keys.first,
      let amount = try reader.string(quantity)
    else {
      throw .missingKey(
        at: place, key: "target", expected: "one quantity and its amount, such as {macs: 0.5}")
    }
    do throws(PruningError) { return try Target(quantity: quantity, amount: amount) } catch {
      throw .combination(at: place, reason: "\(error)")
    }
  }

  var tasks: [any RunTask] {
    (1...schedule.steps).flatMap { step -> [any RunTask] in
      [PruneTask(stage: self, step: step)] + (recovery?.tasks ?? [])
    }
  }
}

/// One step of pruning: choose, check, and cut or mask.
struct PruneTask: RunTask {
  let stage: PruneStage
  let step: Int

  var title: String {
    stage.schedule.steps == 1 ? "prune" : "prune \(step)/\(stage.schedule.steps)"
  }

  func perform(in run: inout Run) throws -> Evaluation? {
    let dense = try run.beginPruning()
    switch stage.granularity {
    case .filter: try cut(&run, start: try dense.cost().total)
    case .element: try mask(&run)
    }
    return nil
  }

  /// What is to be left of `start` after this step; steps before have removed their part already.
  func target(from start: Cost) throws(PruningError) -> Target {
    let asked = stage.pruner.target
    let (whole, end) = (asked.measure(start), asked.limit(before: start))
    let kept = stage.schedule.kept(after: step, target: min(1, end / whole))
    let limit = step == stage.schedule.steps ? end : kept * whole
    return try Target(
      asked.quantity == .sparsity ? .params : asked.quantity, .absolute(max(1, limit)))
  }

  private func cut(_ run: inout Run, start: Cost) throws {
    var pruner = stage.pruner
    pruner.seed = run.seed
    pruner.target = try target(from: start)
    let plan = try pruner.plan(for: run.network)
    let small = try run.network.cut(keeping: plan.kept)
    let masked = try run.network.masked(keeping: plan.kept)
    let equivalence = try Equivalence.check(masked, small)
    guard equivalence.holds() || plan.mixes else {
      throw PruningError.network(
        .impossibleCut(
          reason: "the cut network differs from the masked one by \(equivalence.maxAbsDiff) at "
            + "'\(equivalence.output)'; please report this network"))
    }
    run.network = small
    run.findings.note(
      plan, asked: stage.pruner.target, start: start, equivalence: equivalence)
  }

  private func mask(_ run: inout Run) throws {
    var pruner = stage.pruner
    pruner.seed = run.seed
    if case .fraction(let sparsity) = pruner.target.amount {
      pruner.target.amount = .fraction(stage.schedule.removed(after: step, target: sparsity))
    }
    let masks = try pruner.masks(for: run.network, after: run.masks)
    run.network = try run.network.masked(by: masks)
    run.masks = masks
    run.findings.note(masks, asked: stage.pruner.target)
  }
}
