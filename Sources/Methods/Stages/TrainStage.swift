// The stage `train`: trains the network as it is, which is also how accuracy is recovered.

import Data
import Execution
import Network
import Pruning
import Torch
import Training

/// The stage `train`.
///
/// ```yaml
/// - train:
///     epochs: 5                      # or steps
///     batch: 64
///     optimizer: {sgd: {rate: 0.05, momentum: 0.9, weight-decay: 5e-4}}
///     schedule: cosine               # constant, step, multi-step, cosine, linear, one-cycle
///     warm-up: 0.5                   # epochs
///     loss: cross-entropy            # or distillation from the model before pruning
///     from: {epoch: 2}               # the place of the schedule where it begins
///     marks: {early: {step: 500}}    # moments whose network is kept; see MarkSettings
///     early-stop: {every: 100}       # when the loss on held-out examples is least; see EarlyStopSettings
///     drop-and-grow: {regrowth: gradient, every: 100}    # any of ``TrainingParts``
/// ```
struct TrainStage: Stage {
  static let name = "train"
  static let summary = "trains, or fine-tunes: epochs, optimizer, schedule, loss, augmentation"

  /// How long the whole schedule is; a training that begins in its middle has the rest of it.
  let length: TrainingLength
  /// Where in the schedule the training begins; `nil` for its start.
  let start: MarkSettings.Moment?
  let marking: MarkSettings
  let earlyStop: EarlyStopSettings?
  let batch: Int
  let optimizer: OptimizerSettings
  let schedule: ScheduleSettings
  let loss: LossSettings
  let augmentation: Augmentation
  let clipping: GradientClipping?
  let layout: Layout
  let evaluates: Bool
  /// What takes part in the training, beside the optimizer.
  let participants: [any TrainingPart]
  let parts: [String: String]
  let place: RecipeError.Place
  private let startPlace: RecipeError.Place

  init(_ settings: RecipeReader) throws(RecipeError) {
    let epochs = try settings.int("epochs", in: 1...100_000)
    let steps = try settings.int("steps", in: 1...Int(Int32.max))
    switch (epochs, steps) {
    case (let epochs?, nil): length = .epochs(epochs)
    case (nil, let steps?): length = .steps(steps)
    case (nil, nil):
      throw settings.missing("epochs", "how long to train; the key steps also says it")
    case (_?, _?):
      throw .combination(
        at: settings.place(of: "steps"), reason: "epochs says how long to train already")
    }
    if settings.keys.contains("from") {
      start = try MarkSettings.Moment(try settings.mapping("from"))
    } else {
      _ = settings.node("from")
      start = nil
    }
    marking = try MarkSettings(settings)
    earlyStop = try EarlyStopSettings.read(settings)
    place = settings.place
    startPlace = settings.place(of: "from")
    batch = try settings.int("batch", default: 64, in: 1...1_000_000)
    optimizer = try OptimizerSettings(settings)
    schedule = try ScheduleSettings(settings, rate: optimizer.rate)
    try Self.check(marking, in: length, settings)
    if case .epochs(let epochs) = length { try schedule.check(epochs: Double(epochs)) }
    loss = try LossSettings(settings)
    augmentation = try Self.augmentation(settings)
    clipping = try Self.clipping(settings)
    layout = try settings.choice("layout", default: .auto)
    evaluates = try settings.bool("evaluate", default: true)
    participants = try TrainingParts.read(settings)
    var parts = ["optimizer": optimizer.name, "rate": schedule.name, "loss": loss.name]
    for part in participants { parts.merge(part.parts) { "\($0), \($1)" } }
    if !participants.isEmpty {
      parts["training"] = participants.map { type(of: $0).name }.joined(separator: ", ")
    }
    self.parts = parts
  }

  /// Complains about moments after the training's end.
  private static func check(
    _ marking: MarkSettings, in length: TrainingLength, _ settings: RecipeReader
  ) throws(RecipeError) {
    for (name, moment) in marking.moments {
      switch (moment, length) {
      case (.step(let step), .steps(let steps)) where step > steps:
        throw .value(
          at: settings.place(of: "marks"), found: "the mark '\(name)' at step \(step)",
          expected: "a moment of the training, which has \(steps) steps")
      case (.epoch(let epoch), .epochs(let epochs)) where epoch > epochs:
        throw .value(
          at: settings.place(of: "marks"), found: "the mark '\(name)' at epoch \(epoch)",
          expected: "a moment of the training, which has \(epochs) epochs")
      default: break
      }
    }
  }

  private static func augmentation(_ settings: RecipeReader) throws(RecipeError) -> Augmentation {
    let reader = try settings.mapping("augment")
    var steps: [Augmentation.Step] = []
    if let padding = try reader.int("pad-crop", in: 1...1024) {
      steps.append(.padCrop(padding: padding))
    }
    if try reader.bool("flip", default: false) { steps.append(.horizontalFlip(probability: 0.5)) }
    try reader.finish()
    do throws(DataError) { return try Augmentation(steps) } catch {
      throw .combination(at: settings.place(of: "augment"), reason: "\(error)")
    }
  }

  private static func clipping(_ settings: RecipeReader) throws(RecipeError) -> GradientClipping? {
    let reader = try settings.mapping("clip")
    let norm = try reader.positive("norm")
    let value = try reader.positive("value")
    try reader.finish()
    if norm != nil, value != nil {
      throw .combination(
        at: settings.place(of: "clip"),
        reason: "gradients are clipped by norm or by value, not both")
    }
    return norm.map { .norm($0) } ?? value.map { .value($0) }
  }

  var tasks: [any RunTask] { [TrainTask(stage: self)] }

  var keepsForm: Bool { participants.allSatisfy(\.keepsForm) }

  var needsData: Bool { true }

  func rehearse(_ rehearsal: Rehearsal) throws {
    let weights = rehearsal.network.initializers.filter { $0.value.role == .parameter }.keys
    for part in participants {
      for pattern in part.patterns
      where !weights.contains(where: { NamePattern.matches($0, pattern) }) {
        throw PruningError.noSuch(part: "weight", name: pattern, known: Array(weights))
      }
      try part.rehearse(on: rehearsal.network)
      guard !part.needsSharedValues || rehearsal.sharesValues else {
        throw RecipeError.combination(
          at: place,
          reason:
            "\(type(of: part).name) trains values that weights share, and no stage before this one "
            + "makes them; write a stage share before it")
      }
    }
    try rehearseClock(rehearsal)
  }

  /// Whether what is stated in epochs and in steps fits the length of the training, where data tell how
  /// many steps an epoch has.
  private func rehearseClock(_ rehearsal: Rehearsal) throws {
    let isTimed =
      start != nil || !participants.isEmpty || schedule.last != nil || !marking.moments.isEmpty
    guard isTimed, let all = try rehearsal.trainingExamples() else { return }
    let examples = max(1, all - (earlyStop?.holdout ?? 0))
    let stepsPerEpoch = (examples + batch - 1) / batch
    let steps = try course(stepsPerEpoch: stepsPerEpoch).steps
    if case .steps(let whole) = length {
      try schedule.check(epochs: Double(whole) / Double(stepsPerEpoch))
    }
    _ = try marking.keeper(stepsPerEpoch: stepsPerEpoch, totalSteps: steps, at: place)
    for part in participants {
      try part.rehearse(steps: steps, stepsPerEpoch: stepsPerEpoch)
    }
    try rehearsePlugins(rehearsal, steps: steps, stepsPerEpoch: stepsPerEpoch)
  }

  /// Whether what takes part can begin at all, on the network of the start, with those weights under masks
  /// that a stage before this one masks. What works on shared values finds none yet.
  private func rehearsePlugins(
    _ rehearsal: Rehearsal, steps: Int, stepsPerEpoch: Int
  ) throws {
    let beginning = participants.filter { !$0.needsSharedValues }
    guard !beginning.isEmpty else { return }
    let model = try Model(rehearsal.network)
    var masks = ElementMasks()
    for name in rehearsal.masked {
      guard let weight = model.parameters[name] else { continue }
      masks.kept[name] = [Bool](repeating: true, count: weight.count)
    }
    try model.install(masks)
    let context = TrainingContext(
      model: model, optimizer: try optimizer.make(),
      generator: try Generator(seed: rehearsal.seed), totalSteps: steps,
      stepsPerEpoch: stepsPerEpoch)
    for part in beginning {
      try part.plugin(stepsPerEpoch: stepsPerEpoch, seed: rehearsal.seed).beforeRun(context)
    }
  }

  var marked: [String] { marking.moments.map(\.name) }

  /// What it is as a recovery, for the catalogue.
  var recovery: String { start == nil ? "fine-tune" : "rewind the rate" }

  /// The rates and the number of steps, of the schedule or of what is left of it.
  ///
  /// - Throws: ``RecipeError/value(at:found:expected:)`` where nothing is left.
  func course(
    stepsPerEpoch: Int
  ) throws(RecipeError) -> (schedule: any LearningRateSchedule, steps: Int) {
    let whole =
      switch length {
      case .epochs(let epochs): epochs * stepsPerEpoch
      case .steps(let steps): steps
      }
    let rates = schedule.make(rate: optimizer.rate, stepsPerEpoch: stepsPerEpoch)
    guard let skipped = start?.steps(perEpoch: stepsPerEpoch), skipped > 0 else {
      return (rates, whole)
    }
    guard skipped < whole else {
      throw .value(
        at: startPlace, found: "a start at step \(skipped)",
        expected: "one before the end of the schedule, which has \(whole) steps, "
          + "\(stepsPerEpoch) an epoch")
    }
    return (LateStart(skipping: skipped, of: rates), whole - skipped)
  }
}

/// Trains the network.
struct TrainTask: RunTask {
  let stage: TrainStage

  var title: String { "train" }

  /// Says so where many weights are zero that the training makes something else of: a file says which
  /// weights are zero, and not that they should stay so.
  private func noteUnheldZeros(in run: inout Run) {
    guard run.taskIndex == 0, run.masks.kept.isEmpty else { return }
    let weights = run.network.initializers.filter { $0.value.role == .parameter }.keys
    let zeros = run.network.sparsity(of: Set(weights))
    guard zeros > 0.05 else { return }
    run.note(
      "\(title): \(Int((100 * zeros).rounded())) % of the model's weights are zero, and training changes them; "
        + "to keep them zero, begin with a stage prune: {granularity: element, criterion: l1, "
        + "target: {threshold: 0}}")
  }

  /// Says so where weights share values, as the stage `share` and signs leave them, and the training makes
  /// others of them.
  private func noteUnheldValues(in run: inout Run) {
    guard !stage.participants.contains(where: { [.form, .alone].contains($0.hold) }),
      run.taskIndex == 0 || run.doneStages.contains(where: \.sharesValues)
    else { return }
    let names = run.network.weightNames.filter { name in
      guard let numbers = run.network.initializers[name]?.tensor.reals else { return false }
      // Weights that share nothing have millions of values: no more are looked at than count.
      var (values, kept) = (Set<Double>(), 0)
      for number in numbers where number != 0 {
        kept += 1
        if values.count <= 256 { values.insert(number) }
      }
      // A weight of a few elements shares nothing; one value everywhere is how some are begun.
      return (2...256).contains(values.count) && 4 * values.count <= kept
    }
    guard !names.isEmpty else { return }
    run.note(
      "\(title): the weights of \(names.prefix(3).joined(separator: ", "))"
        + "\(names.count > 3 ? ", ..." : "") share few values, and training makes others of them; codebook: {} "
        + "trains the values (binary-weights: {} signs)")
  }

  func perform(in run: inout Run) throws -> Evaluation? {
    let source = try run.requireData(for: title)
    if stage.participants.contains(where: \.prunes) { _ = try run.beginPruning() }
    noteUnheldZeros(in: &run)
    noteUnheldValues(in: &run)
    let all = try source.load(.train)
    let (train, watcher) =
      try stage.earlyStop?.split(all, seed: run.seed, device: run.device) ?? (all, nil)
    let test = try source.load(source.splitForEvaluation)
    let model = try run.model(stage.layout)
    let loader = try DataLoader(
      train, batchSize: stage.batch, shuffles: true, seed: run.taskSeed,
      augmentation: stage.augmentation)
    let loss = try stage.loss.make { [run] in try run.teacher(stage.layout) }
    let plugins = try stage.participants.map {
      try $0.plugin(stepsPerEpoch: loader.batchesPerEpoch, seed: run.taskSeed)
    }
    let course = try stage.course(stepsPerEpoch: loader.batchesPerEpoch)
    let keeper = try stage.marking.keeper(
      stepsPerEpoch: loader.batchesPerEpoch, totalSteps: course.steps, at: stage.place)
    let trainer = try Trainer(
      model: model, loss: loss, optimizer: try stage.optimizer.make(), schedule: course.schedule,
      loader: loader, length: .steps(course.steps), seed: run.taskSeed, clipping: stage.clipping,
      plugins: plugins + (watcher.map { [$0] } ?? []) + (keeper.map { [$0] } ?? []))
    if stage.evaluates { trainer.validation = test }
    // Each task has a folder of its own: what an earlier one left is never taken for this one's.
    let checkpoints = run.folder.path("checkpoint/training-\(run.taskIndex)")
    trainer.checkpoints = CheckpointPolicy(
      folder: checkpoints, everySeconds: run.checkpointSeconds, everyEpoch: true)
    try trainer.restore(fromFolder: checkpoints)
    let recorder = try MetricsRecorder(run, task: title, watching: trainer)
    try withExtendedLifetime(recorder) { _ = try trainer.run() }
    if let error = recorder.failure { throw error }
    run.network = try model.snapshot()
    let masks = ElementMasks(kept: try model.elementMasks().kept, held: run.masks.held)
    for (target, granularity) in stage.participants.compactMap(\.asked) {
      run.findings.note(masks, after: run.masks, asked: target, of: granularity)
      if let reason = run.findings.reason { run.note("\(title): \(reason)") }
    }
    run.masks = masks
    for (name, network) in keeper?.networks ?? [:] { run.setMark(.named(name), network) }
    for (part, plugin) in zip(stage.participants, plugins) {
      run.findings.measures.merge(try part.measures(of: plugin)) { $1 }
      if let reason = try part.shortfall(of: plugin) { run.note("\(title): \(reason)") }
    }
    if let watcher { run.findings.measures.merge(watcher.measures) { $1 } }
    let done = trainer.epochs.last.flatMap { $0.step == trainer.step ? $0.validation : nil }
    let measured = try done ?? trainer.evaluate(test)
    // The end of a run reports cross-entropy, whatever was trained with.
    if loss.evaluationLoss is CrossEntropy { run.findings.evaluation = measured }
    return measured
  }
}
