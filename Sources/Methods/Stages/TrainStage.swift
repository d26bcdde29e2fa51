// The stage `train`: trains the network as it is, which is also how accuracy is recovered.

import Data
import Execution
import Network
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
/// ```
struct TrainStage: Stage {
  static let name = "train"
  static let summary = "trains, or fine-tunes: epochs, optimizer, schedule, loss, augmentation"

  enum Length { case epochs(Int), steps(Int) }

  let length: Length
  let batch: Int
  let optimizer: OptimizerSettings
  let schedule: ScheduleSettings
  let loss: LossSettings
  let augmentation: Augmentation
  let clipping: GradientClipping?
  let layout: Layout
  let evaluates: Bool
  let parts: [String: String]

  init(_ settings: RecipeReader) throws(RecipeError) {
    let epochs = try settings.int("epochs", in: 1...100_000)
    let steps = try settings.int("steps", in: 1...Int(Int32.max))
    switch (epochs, steps) {
    case (let epochs?, nil): length = .epochs(epochs)
    case (nil, let steps?): length = .steps(steps)
    default:
      throw .missingKey(
        at: settings.place, key: "epochs", expected: "how long to train, or the key steps does")
    }
    batch = try settings.int("batch", default: 64, in: 1...1_000_000)
    optimizer = try OptimizerSettings(settings)
    schedule = try ScheduleSettings(settings)
    loss = try LossSettings(settings)
    augmentation = try Self.augmentation(settings)
    clipping = try Self.clipping(settings)
    let layoutName = try settings.string("layout", default: "auto")
    guard let layout = Layout(rawValue: layoutName) else {
      throw .value(
        at: settings.place(of: "layout"), found: "'\(layoutName)'",
        expected: Layout.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.layout = layout
    evaluates = try settings.bool("evaluate", default: true)
    parts = ["optimizer": optimizer.name, "schedule": schedule.name, "loss": loss.name]
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
    let norm = try reader.double("norm", in: Double.leastNonzeroMagnitude...Double.infinity)
    let value = try reader.double("value", in: Double.leastNonzeroMagnitude...Double.infinity)
    try reader.finish()
    if let norm { return .norm(norm) }
    return value.map { .value($0) }
  }

  var tasks: [any RunTask] { [TrainTask(stage: self)] }
}

/// Trains the network.
struct TrainTask: RunTask {
  let stage: TrainStage

  var title: String { "train" }

  func perform(in run: inout Run) throws {
    let source = try run.requireData(for: title)
    let train = try source.load(.train)
    let test = try source.load(source.splitForEvaluation)
    let model = try run.model(stage.layout)
    let loader = try DataLoader(
      train, batchSize: stage.batch, shuffles: true, seed: run.taskSeed,
      augmentation: stage.augmentation)
    let epoch = loader.batchesPerEpoch
    let teacher = try stage.loss.needsTeacher ? run.teacher(stage.layout) : nil
    let trainer = try Trainer(
      model: model, loss: try stage.loss.make(teacher: teacher),
      optimizer: try stage.optimizer.make(),
      schedule: stage.schedule.make(rate: stage.optimizer.rate, stepsPerEpoch: epoch),
      loader: loader,
      length: {
        switch stage.length {
        case .epochs(let n): .epochs(n)
        case .steps(let n): .steps(n)
        }
      }(), seed: run.taskSeed, clipping: stage.clipping)
    if stage.evaluates { trainer.validation = test }
    let recorder = MetricsRecorder(run, task: title, stepsPerEpoch: epoch)
    trainer.observers.append(recorder.observe)
    trainer.checkpoints = CheckpointPolicy(
      folder: run.folder.path("checkpoint/training"), everySeconds: run.checkpointSeconds,
      everyEpoch: true)
    if try trainer.restore(fromFolder: run.folder.path("checkpoint/training")) {
      try recorder.rewind(to: trainer.step)
    }
    try trainer.run()
    if let error = recorder.failure { throw error }
    let measured: Evaluation =
      if stage.evaluates, let last = trainer.epochs.last, last.step == trainer.step,
        let evaluation = last.validation
      { evaluation } else { try trainer.evaluate(test) }
    run.record(accuracy: measured.accuracy, loss: measured.loss)
    run.network = try model.snapshot()
  }
}
