// `gradual-pruning` in recipes: weights leave one after the other while the network trains.

import Network
import Pruning
import Training

/// The key `gradual-pruning` of the stage `train`; see ``GradualPruning``.
///
/// ```yaml
/// gradual-pruning:
///   granularity: element                          # or block, n-of-m, ...; not filter
///   criterion: l1
///   allocation: uniform
///   sparsity: 0.9
///   schedule: {cubic: {steps: 20, initial: 0}}    # or one-shot
///   begin: 0                                      # epochs
///   every: 100                                    # steps
/// ```
struct GradualPruningPart: TrainingPart {
  static let name = "gradual-pruning"
  static let summary = "weights leave step by step in training (Zhu and Gupta 2017)"

  private let granularity: Granularity
  private let pruner: Pruner
  private let schedule: any PruningSchedule
  private let begin: Double
  private let every: Int

  init(_ settings: RecipeReader) throws(RecipeError) {
    func check<R>(_ key: String, _ body: () throws(PruningError) -> R) throws(RecipeError) -> R {
      do throws(PruningError) { return try body() } catch {
        throw .combination(at: settings.place(of: key), reason: "\(error)")
      }
    }
    let criterion = try Criteria.readOfWeights(settings, default: L1.name)
    let allocation = try Allocations.read(settings, default: Uniform.name)
    guard let sparsity = try settings.double("sparsity", in: 0...1) else {
      throw settings.missing("sparsity", "the fraction of weights that leaves")
    }
    let exclusions = Exclusions(try settings.strings("exclude"))
    granularity = try Granularity.read(settings, default: Granularity.element.name)
    guard !granularity.cuts else {
      throw .combination(
        at: settings.place(of: "granularity"),
        reason: "filters are cut out between trainings, not in one; use the stage prune, or "
          + "granularity: element")
    }
    var pruner = Pruner(
      criterion: criterion, allocation: allocation,
      target: try check("sparsity") { () throws(PruningError) in
        try Target(.sparsity, .fraction(sparsity))
      }, exclusions: exclusions)
    pruner.granularity = granularity.sets
    self.pruner = pruner
    let schedule = try PruningSchedules.read(settings, default: Cubic.name)
    try check("schedule") { () throws(PruningError) in
      try schedule.check(keeping: 1 - sparsity)
    }
    self.schedule = schedule
    begin = try settings.double("begin", default: 0, in: 0...100_000, of: "epochs")
    every = try settings.int("every", default: 100, in: 1...Int(Int32.max), of: "steps")
  }

  var parts: [String: String] {
    [
      "granularity": granularity.name, "criterion": type(of: pruner.criterion).name,
      "allocation": type(of: pruner.allocation).name, "schedule": type(of: schedule).name,
      "target": "\(pruner.target)",
    ]
  }

  var hold: WeightHold { .masks }
  var keepsForm: Bool { true }

  var asked: (target: Target, granularity: Granularity)? { (pruner.target, granularity) }

  func rehearse(on network: Network) throws(PruningError) {
    try pruner.rehearse(granularity, on: network, meeting: true)
  }

  func rehearse(steps: Int, stepsPerEpoch: Int) throws {
    try pruning(stepsPerEpoch, seed: 0).check(steps: steps)
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin {
    try pruning(stepsPerEpoch, seed: seed)
  }

  private func pruning(_ stepsPerEpoch: Int, seed: UInt64) throws(PruningError) -> GradualPruning {
    var pruner = pruner
    pruner.seed = seed
    return try GradualPruning(
      pruner, schedule: schedule, begin: Int((begin * Double(stepsPerEpoch)).rounded()),
      every: every)
  }
}
