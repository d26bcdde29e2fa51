// The stage `prune`: which units go, in what steps, and how accuracy is recovered between them.

import Data
import Execution
import Network
import Pruning
import Torch

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
    let schedule = try settings.part("schedule", default: "one-shot")
    let target = try Self.target(settings)
    let roundTo = try settings.int("round-to", default: 1, in: 1...4096)
    let floor = try settings.int("floor", default: 1, in: 1...1_000_000)
    let exclusions = Exclusions(try settings.strings("exclude"))
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
    switch schedule.name {
    case OneShot.name: self.schedule = OneShot()
    case Iterative.name:
      let steps = try schedule.settings.int("steps", default: 3, in: 1...1000)
      self.schedule = try check("schedule") { () throws(PruningError) in
        try Iterative(steps: steps)
      }
    default:
      throw .value(
        at: settings.place(of: "schedule"), found: "'\(schedule.name)'",
        expected: "one of \(PruningSchedules.all.map { $0.name }.joined(separator: ", "))")
    }
    try schedule.settings.finish()
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
      "schedule": schedule.name, "target": "\(target)",
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

  func perform(in run: inout Run) throws {
    if run.reference == nil { run.reference = run.network }
    switch stage.granularity {
    case .filter: try cut(&run)
    case .element: try mask(&run)
    }
  }

  /// The pruner for this step, whose target lies between the start and the stage's target.
  private func pruner(_ run: Run, start: Cost) throws -> Pruner {
    var pruner = stage.pruner
    pruner.seed = run.seed
    let limit: Double =
      switch (pruner.target.quantity, pruner.target.amount) {
      case (.sparsity, .fraction(let f)): 1 - f
      case (_, .fraction(let f)): f
      case (_, .absolute(let n)): n / pruner.target.measure(start)
      }
    let kept = stage.schedule.kept(after: step, target: min(1, limit))
    pruner.target = try Target(
      pruner.target.quantity, .fraction(pruner.target.quantity == .sparsity ? 1 - kept : kept))
    return pruner
  }

  private func cut(_ run: inout Run) throws {
    guard let reference = run.reference else { return }
    let start = try reference.cost().total
    var pruner = try pruner(run, start: start)
    // The steps before have removed their part already: the limit stays an amount of the start's.
    pruner.target =
      pruner.target.quantity == .sparsity
      ? try Target(.params, .absolute(max(1, pruner.target.limit(before: start))))
      : try Target(pruner.target.quantity, .absolute(max(1, pruner.target.limit(before: start))))
    let plan = try pruner.plan(for: run.network)
    let small = try run.network.cut(keeping: plan.kept)
    let masked = try run.network.masked(keeping: plan.kept)
    let equivalence = try Equivalence.check(masked, small)
    let mixing = plan.kept.flatMap(\.group.mixing)
    guard equivalence.holds() || !mixing.isEmpty else {
      throw PruningError.network(
        .impossibleCut(
          reason: "the cut network differs from the masked one by \(equivalence.maxAbsDiff) at "
            + "'\(equivalence.output)'; please report this network"))
    }
    run.network = small
    run.record(
      plan, equivalence: equivalence,
      asked: stage.pruner.target, originals: reference)
  }

  private func mask(_ run: inout Run) throws {
    let pruner = try pruner(run, start: try run.network.cost().total)
    let masks = try pruner.masks(for: run.network, after: run.masks)
    run.network = try run.network.masked(by: masks)
    run.masks = masks
    run.record(masks, asked: stage.pruner.target)
  }
}
