// The stage `prune`: which units go, in what steps, and how accuracy is recovered between them.

import Analysis
import Data
import Execution
import Network
import ONNX
import Pruning
import Runtimes
import Training

/// The stage `prune`.
///
/// ```yaml
/// - prune:
///     granularity: filter          # or element, stripe, {n-of-m: {keep: 2, of: 4}}, ...
///     criterion: l2
///     allocation: global
///     target: {macs: 0.15}         # or params, bytes, latency, sparsity, units, threshold, ...
///     floor: 10%                   # or a number of units
///     round-to: 8                  # or auto, which measures
///     schedule: {iterative: {steps: 3}}
///     selection: ranking           # or greedy, lasso: which units, once their numbers are known
///     samplers: ["layer*.conv1"]   # layers that pick their own channels of a shared input
///     calibration: {batches: 32}   # see CalibrationSettings
///     control: shuffle             # or invert: see Control
///     evaluate: true               # the test error of what is left, before any recovery
///     compare: [random, inverse]   # that of as many units chosen otherwise; see PruneComparison
///     recover: {epochs: 1, optimizer: {sgd: {rate: 0.02, momentum: 0.9}}}    # see RecoverySettings
/// ```
struct PruneStage: Stage {
  static let name = "prune"
  static let summary = "removes units: granularity, criterion, allocation, target, schedule"

  let granularity: Granularity
  let pruner: Pruner
  let schedule: any PruningSchedule
  let recovery: RecoverySettings?
  /// Of how many units kept counts are multiples.
  let roundTo: RoundTo
  /// Inputs at a time, and threads of one run, where latency is measured.
  let batch: Int
  let threads: Int
  let calibration: CalibrationSettings
  /// In front of which layers channels of a shared input are picked.
  let samplers: Samplers
  /// Whether what is left is evaluated before it is recovered.
  let evaluates: Bool
  /// What the choice of units is compared with.
  let comparison: PruneComparison
  let parts: [String: String]

  init(_ settings: RecipeReader) throws(RecipeError) {
    let granularity = try Granularity.read(settings, default: Granularity.filter.name)
    let criterion = try Criteria.read(settings, default: L2.name)
    let allocation = try Allocations.read(settings, default: Global.name)
    let target = try Self.target(settings)
    let roundTo = try settings.string("round-to", default: "1")
    let floor = try settings.string("floor", default: "1")
    batch = try settings.int("batch", default: 1, in: 1...1_000_000)
    threads = try settings.int("threads", default: 1, in: 0...4096)
    evaluates = try settings.bool("evaluate", default: false)
    comparison = try PruneComparison(settings)
    let exclusions = Exclusions(
      try settings.strings("exclude") + settings.strings("freeze-outputs"),
      inputs: try settings.strings("freeze-inputs"), layers: try settings.strings("freeze-layers"))
    func check<R>(_ key: String, _ body: () throws(PruningError) -> R) throws(RecipeError) -> R {
      do throws(PruningError) { return try body() } catch {
        throw .combination(at: settings.place(of: key), reason: "\(error)")
      }
    }
    self.granularity = granularity
    self.roundTo = try check("round-to") { () throws(PruningError) in
      try RoundTo(parsing: roundTo)
    }
    var pruner = Pruner(
      criterion: criterion,
      allocation: allocation, target: target, roundTo: self.roundTo.fixed ?? 1,
      floor: try check("floor") { () throws(PruningError) in try Floor(parsing: floor) },
      exclusions: exclusions)
    pruner.granularity = granularity.sets
    let control = try settings.optionalChoice("control", of: Control.self)
    pruner.control = control
    self.pruner = pruner
    calibration = try CalibrationSettings(
      settings, criterion: criterion, granularity: self.granularity)
    samplers = Samplers(try settings.strings("samplers"))
    guard samplers.patterns.isEmpty || granularity.cuts else {
      throw .combination(
        at: settings.place(of: "samplers"),
        reason: "samplers pick channels, and granularity \(granularity.name) cuts none; use "
          + "granularity: filter, or leave samplers out")
    }
    for key in ["round-to", "floor"] where !granularity.cuts && settings.keys.contains(key) {
      throw .combination(
        at: settings.place(of: key),
        reason:
          "\(key) counts the units of a layer, and granularity \(granularity.name) cuts none; use "
          + "granularity: filter, or leave \(key) out")
    }
    let schedule = try PruningSchedules.read(settings, default: OneShot.name)
    if target.isFraction {
      try check("schedule") { () throws(PruningError) in
        try schedule.check(keeping: target.limit(before: 1))
      }
    }
    self.schedule = schedule
    if settings.keys.contains("recover") {
      recovery = try RecoverySettings(try settings.mapping("recover"))
    } else {
      _ = settings.node("recover")
      recovery = nil
    }
    if !comparison.isEmpty, !granularity.cuts {
      throw .combination(
        at: settings.place(of: "compare"),
        reason: "other choices of units are compared where units are cut; use granularity: filter, "
          + "or control for masks")
    }
    if target.quantity.isCount, schedule.steps > 1 {
      throw .combination(
        at: settings.place(of: "schedule"),
        reason:
          "\(target.quantity) says how many units leave of those that are there, at once; write "
          + "the stage several times for several passes")
    }
    let counted: Set<Target.Quantity> =
      !granularity.cuts
      ? [.sparsity, .effectiveSparsity, .threshold]
      : Set(Target.Quantity.allCases).subtracting([.effectiveSparsity])
    if !counted.contains(target.quantity) {
      throw .combination(
        at: settings.place(of: "target"),
        reason: !granularity.cuts
          ? "single weights are pruned to a sparsity, not to \(target.quantity); write "
            + "target: {sparsity: 0.9}, or use granularity: filter"
          : "paths count where single weights leave; use granularity: element, or another target")
    }
    if control != nil,
      granularity.name != Granularity.element.name || (recovery != nil && schedule.steps > 1)
    {
      throw .combination(
        at: settings.place(of: "control"),
        reason: "a control is of a mask of single weights that is made in one go; use granularity: "
          + "element, and leave recover out where there are several steps")
    }
    parts = [
      "granularity": granularity.name, "criterion": type(of: criterion).name,
      "allocation": type(of: allocation).name,
      "schedule": type(of: schedule).name, "target": "\(target)",
      "recovery": recovery?.part ?? "none", "reconstruction": calibration.part,
    ]
  }

  static func target(_ settings: RecipeReader) throws(RecipeError) -> Target {
    if case .scalar(let scalar)? = settings.node("target"),
      let equals = scalar.string.firstIndex(of: "=")
    {
      let (quantity, amount) = (scalar.string[..<equals], scalar.string[equals...].dropFirst())
      throw .value(
        at: settings.place(of: "target"), found: "'\(scalar.string)'",
        expected: "{\(quantity): \(amount)}, as recipes write it")
    }
    let reader = try settings.mapping("target")
    let place = settings.place(of: "target")
    guard reader.keys.count <= 1 else {
      throw .combination(
        at: place,
        reason:
          "a stage has one target, and \(reader.keys.joined(separator: " and ")) are several; "
          + "leave all but one of them out, or write a stage for each")
    }
    guard let quantity = reader.keys.first, let amount = try reader.string(quantity) else {
      if settings.keys.contains("target") {
        throw .missingKey(
          at: place, key: "target", expected: "one quantity and its amount, such as {macs: 0.5}")
      }
      throw settings.missing(
        "target", "one quantity and its amount, such as {macs: 0.5}")
    }
    do throws(PruningError) { return try Target(quantity: quantity, amount: amount) } catch {
      throw .combination(at: place, reason: "\(error)")
    }
  }

  var keepsForm: Bool { true }

  var needsData: Bool {
    calibration.looks || evaluates || !comparison.isEmpty || recovery?.training != nil
  }

  func rehearse(_ rehearsal: Rehearsal) throws {
    var pruner = pruner
    pruner.seed = rehearsal.seed
    pruner.marks = rehearsal.marks
    let network = try samplers.opened(in: rehearsal.network)
    try pruner.rehearse(granularity, on: network, meeting: !rehearsal.isPruned)
    if pruner.target.quantity == .bytes, !pruner.target.isFraction, !rehearsal.isPruned {
      // Which units leave does not tell how small the file can be.
      pruner.criterion = L2()
      _ = try pruner.plan(for: network) { try ONNXModel($0).fileByteCount() }
    }
    for part in recovery?.recoveries ?? [] { try part.rehearse(on: rehearsal.network) }
    try recovery?.training?.rehearse(rehearsal)
  }

  var marks: [Mark] { pruner.criterion.marks.map { Mark($0) } + (recovery?.marks ?? []) }

  var marked: [String] { recovery?.training?.marked ?? [] }

  var tasks: [any RunTask] {
    // Without recovery nothing happens between the steps that would have to be saved.
    if !granularity.cuts, recovery == nil {
      return [PruneTask(stage: self, steps: 1...schedule.steps)]
    }
    return (1...schedule.steps).flatMap { step -> [any RunTask] in
      [PruneTask(stage: self, steps: step...step)] + (recovery?.tasks ?? [])
    }
  }
}

/// One step of pruning, or several of single weights: choose, check, and cut or mask.
struct PruneTask: RunTask {
  let stage: PruneStage
  let steps: ClosedRange<Int>

  private var step: Int { steps.upperBound }

  var title: String {
    steps == 1...stage.schedule.steps ? "prune" : "prune \(step)/\(stage.schedule.steps)"
  }

  func perform(in run: inout Run) throws -> Evaluation? {
    let dense = try run.beginPruning()
    if stage.granularity.cuts { try cut(&run, dense: dense) } else { try mask(&run) }
    guard stage.evaluates else { return nil }
    let found = try run.evaluation(of: run.network, on: run.requireData(for: title))
    if let accuracy = found.accuracy { run.findings.measures["test error"] = 1 - accuracy }
    return found
  }

  /// What is to be left of `start` after this step; steps before have removed their part already.
  func target(from start: Cost) throws(PruningError) -> Target {
    try target(from: stage.pruner.target.measure(start))
  }

  /// The same of a quantity that was `before` before the first step.
  private func target(from before: Double) throws(PruningError) -> Target {
    let asked = stage.pruner.target
    let end = asked.limit(before: before)
    let kept = stage.schedule.kept(after: step, target: min(1, end / before))
    let limit = step == stage.schedule.steps ? end : kept * before
    switch asked.quantity {
    case .latency where asked.isFraction: return try Target(.latency, .fraction(limit / before))
    case .latency: return try Target(.latency, .absolute(limit))
    case .sparsity, .effectiveSparsity: return try Target(.params, .absolute(max(1, limit)))
    case .units, .threshold: return asked
    case .params, .macs, .bytes: return try Target(asked.quantity, .absolute(max(1, limit)))
    }
  }

  private func cut(_ run: inout Run, dense: Network) throws {
    var pruner = stage.pruner
    pruner.seed = run.seed
    pruner.marks = run.marks.mapValues(\.network)
    if stage.roundTo == .auto {
      let found = try run.channelStep(of: dense, batch: stage.batch, threads: stage.threads)
      run.findings.rounding = found
      pruner.roundTo = found.step.units
    }
    // Branches that add nothing leave as a whole, whatever else is asked for.
    let branches = try run.network.deadBranches()
    if !branches.isEmpty {
      run.changeForm { $0.removing(branches) }
      run.findings.measures["branches removed"] = Double(branches.count)
      run.note(
        "\(title): nothing comes of \(branches.map(\.branch).joined(separator: ", ")); removed")
    }
    try cutDeadParts(&run)
    let samplers = stage.samplers
    if !samplers.patterns.isEmpty {
      try run.changeForm { network throws(PruningError) in try samplers.opened(in: network) }
    }
    let calibration = try stage.calibration.load(for: title, in: run)
    let (ranked, ranking, before) = try plan(pruner, run, dense, calibration)
    let selected = try stage.calibration.select(
      ranked, by: pruner, of: run.network, on: calibration, seed: run.taskSeed)
    let plan = selected?.plan ?? ranked
    let small = try selected.map { try run.network.cut(keeping: $0.plan.kept) } ?? ranking
    if plan.outcome.reason == nil,
      plan.kept.allSatisfy({ $0.units.count == $0.group.size })
    {
      noteNothing(in: &run)
    }
    run.findings.measures.merge(
      try stage.comparison.measures(of: plan, by: pruner, in: run, on: calibration)
    ) { $1 }
    let masked = try run.network.masked(keeping: plan.kept)
    let equivalence = try Equivalence.check(masked, small)
    guard equivalence.holds() || plan.mixes else {
      throw PruningError.network(
        .impossibleCut(
          reason: "the cut network differs from the masked one by \(equivalence.maxAbsDiff) at "
            + "'\(equivalence.output)'; please report this network"))
    }
    try noteLostConstants(from: &run, to: small)
    var repair = try stage.calibration.repair(
      selected?.fitted?.network ?? small, of: run.network, keeping: plan.kept, on: calibration,
      seed: run.taskSeed)
    // What single weights have left stays so, whatever fitted the layers that stay.
    run.masks = try run.masks.cut(keeping: plan.kept, of: run.network)
    run.network = try (repair?.steps.last?.network ?? selected?.fitted?.network ?? small)
      .masked(by: run.masks)
    try run.cutMarks(keeping: plan.kept)
    if !samplers.patterns.isEmpty {
      run.changeForm { $0.closingSamplers() }
    }
    if let fitted = selected?.fitted {
      repair = repair ?? Repair.Outcome()
      repair?.reconstruction = fitted.report
    }
    if let repair { run.findings.note(repair, of: title) }
    run.findings.note(
      plan, asked: stage.pruner.target, before: before, equivalence: equivalence)
    if let reason = plan.outcome.reason { run.note("\(title): \(reason)") }
  }

  /// Says so where nothing but units that score 0 leaves and the network is another one without them.
  private func noteLostConstants(from run: inout Run, to small: Network) throws {
    let target = stage.pruner.target
    guard target.quantity == .threshold, target.amount == .absolute(0),
      !stage.calibration.reconstructs
    else { return }
    let found = try Equivalence.check(run.network, small)
    guard !found.holds(within: 1e-6) else { return }
    run.note(
      "\(title): nothing but units that score 0 leaves, and yet '\(found.output)' changes, by "
        + "\(Float(found.maxAbsDiff)): they sent something on, such as a bias where weights are zero; "
        + "reconstruct: true moves what is constant into the layers behind")
  }

  /// Cuts the branches of concatenations that add nothing, where the network stays the same.
  private func cutDeadParts(_ run: inout Run) throws {
    var gone: [Kept] = []
    for part in try run.network.deadParts() {
      guard let cut = try? run.network.cut(keeping: gone + [part]),
        try Equivalence.check(run.network, cut).holds()
      else { continue }
      gone.append(part)
    }
    guard !gone.isEmpty else { return }
    run.masks = try run.masks.cut(keeping: gone, of: run.network)
    run.network = try run.network.cut(keeping: gone)
    try run.cutMarks(keeping: gone)
    run.findings.measures["branches removed", default: 0] += Double(gone.count)
    run.note(
      "\(title): nothing comes of \(gone.map(\.group.name).joined(separator: ", ")); removed")
  }

  /// The plan, the smaller network, and the target's quantity before the first step.
  private func plan(
    _ pruner: Pruner, _ run: Run, _ dense: Network, _ calibration: Calibration?
  ) throws -> (Plan, Network, Double) {
    var pruner = pruner
    let denseFile = run.folder.path(run.findings.before ?? "0-start.onnx")
    switch pruner.target.quantity {
    case .params, .macs, .sparsity, .effectiveSparsity:
      let start = try dense.cost().total
      pruner.target = try target(from: start)
      let plan = try pruner.plan(for: run.network, on: calibration)
      return (plan, try run.network.cut(keeping: plan.kept), stage.pruner.target.measure(start))
    case .units, .threshold:
      let plan = try pruner.plan(for: run.network, on: calibration)
      return (plan, try run.network.cut(keeping: plan.kept), plan.outcome.before)
    case .bytes:
      let before = try FileBytes.size(of: denseFile)
      pruner.target = try target(from: Double(before))
      let (plan, small) = try pruner.plan(for: run.network, on: calibration) { network in
        try run.model(of: network).fileByteCount()
      }
      return (plan, small, Double(before))
    case .latency:
      let (runtime, note) = try MeasuringRuntime.standard()
      if let note { run.observer.noted(note) }
      let meter = try LatencyMeter(
        beside: denseFile, in: runtime, batch: stage.batch, threads: stage.threads,
        folder: run.folder.path("checkpoint"), model: run.model
      ) { place, reading in
        run.observer.noted(
          "\(title): measurement \(place.number) of at most \(place.most): \(reading.ratio) of dense"
        )
      }
      run.observer.noted("\(title): latency is measured in \(meter.conditions)")
      let before = try meter.compare(denseFile).first?.summary.median ?? 0
      pruner.target = try target(from: before)
      let plan = try pruner.plan(for: run.network, on: calibration, meter: meter)
      return (plan, try run.network.cut(keeping: plan.kept), before)
    }
  }

  /// Says so where a stage leaves the network as it was.
  private func noteNothing(in run: inout Run) {
    guard step == stage.schedule.steps else { return }
    run.note(
      "\(title): nothing leaves, as what \(stage.pruner.target) asks for is there already")
  }

  /// Says so where all weights of a layer have left, so that nothing passes it any more.
  private func noteEmptied(_ masks: ElementMasks, in run: inout Run) {
    let empty = masks.kept.filter { name, kept in
      !kept.contains(true) && run.masks.kept[name]?.contains(true) != false
    }.keys.sorted()
    guard !empty.isEmpty else { return }
    run.note(
      "\(title): nothing is left of \(empty.joined(separator: ", ")), so that what comes in there no longer "
        + "reaches the output")
  }

  private func mask(_ run: inout Run) throws {
    var pruner = stage.pruner
    pruner.seed = run.seed
    pruner.marks = run.marks.mapValues(\.network)
    pruner.effective = EffectiveSparsity.ofPaths
    let calibration = try stage.calibration.load(for: title, in: run)
    let masks = try pruner.masks(
      for: run.network, after: run.masks, along: stage.schedule.part(steps), on: calibration)
    var masked = try run.network.masked(by: masks)
    if let reconstruction = stage.calibration.reconstruction {
      let survey = Survey(
        run.network, masks: run.masks, seed: run.taskSeed,
        for: type(of: reconstruction).name, on: calibration)
      let found = try reconstruction.reconstructed(survey, keeping: masks)
      masked = found.network
      run.findings.measures.merge(found.measures) { $1 }
    }
    let repair = try stage.calibration.repair(
      masked, of: run.network, keeping: [], on: calibration, seed: run.taskSeed)
    run.network = repair?.steps.last?.network ?? masked
    if let repair { run.findings.note(repair, of: title) }
    run.findings.note(
      masks, after: run.masks, asked: stage.pruner.target, of: stage.granularity)
    noteEmptied(masks, in: &run)
    if run.findings.reason == nil,
      masks.kept.allSatisfy({ run.masks.kept[$0] == $1 || !$1.contains(false) })
    {
      noteNothing(in: &run)
    }
    run.masks = masks
    // What steps before the last leave is no shortfall.
    if step < stage.schedule.steps { run.findings.reason = nil }
    if let reason = run.findings.reason { run.note("\(title): \(reason)") }
    if stage.pruner.target.quantity == .effectiveSparsity {
      run.findings.achieved = try EffectiveSparsity.ofPaths(run.network)
    }
  }
}
