// Trains a network step by step.

import Data
import Execution
import OrderedCollections
import Torch

/// How long a run is.
public enum TrainingLength: Sendable, Hashable {
  /// So many times over all examples.
  case epochs(Int)
  /// So many batches.
  case steps(Int)
}

/// Trains a model: one batch a step, forward, loss, backward, optimizer.
///
/// ```swift
/// let trainer = try Trainer(
///   model: model, loss: CrossEntropy(), optimizer: SGD(momentum: 0.9),
///   schedule: CosineAnnealing(0.05), loader: loader, length: .epochs(10), seed: 1)
/// try trainer.run()
/// let accuracy = try trainer.evaluate(test).accuracy
/// ```
/// The trainer does nothing else: masks, penalties and pruning are plug-ins, progress goes to
/// ``observers``. The same model, data and seed give the same bytes, also when the run is saved,
/// ended and taken up again in between. A trainer belongs to one thread.
public final class Trainer {
  /// The network in training.
  public let model: Model
  /// What is made small.
  public let loss: any Loss
  /// What changes the parameters.
  public let optimizer: any Optimizer
  /// The learning rate of each step.
  public let schedule: any LearningRateSchedule
  /// The batches.
  public let loader: DataLoader
  /// The steps of the whole run.
  public let totalSteps: Int
  /// Where random numbers of the run come from: dropout, plug-ins.
  public let generator: Generator
  /// How gradients are kept from growing too large.
  public let clipping: GradientClipping?
  /// What takes part, in this order.
  public let plugins: [any Plugin]

  /// Those who watch; called on the trainer's thread.
  public var observers: [(TrainingEvent) -> Void] = []
  /// Measured after each epoch, where there is one.
  public var validation: (any Dataset)?
  /// Where and how often the run is saved.
  public var checkpoints: CheckpointPolicy?
  /// A request to stop after the current step; any thread may make it.
  public let interruption = Interruption()

  /// What plug-ins see.
  public let context: TrainingContext
  var history = TrainingHistory()
  /// Whether the plug-ins have been told that the run begins, and that it is complete.
  var (hasBegun, isComplete) = (false, false)

  /// A trainer at the beginning of its run.
  ///
  /// - Throws: ``TrainingError/datasetShape(dataset:found:input:expected:)`` where the examples do
  ///   not fit the network, ``TrainingError/invalidOption(name:value:expected:)``.
  public init(
    model: Model, loss: any Loss, optimizer: any Optimizer, schedule: any LearningRateSchedule,
    loader: DataLoader, length: TrainingLength, seed: UInt64, clipping: GradientClipping? = nil,
    plugins: [any Plugin] = []
  ) throws(TrainingError) {
    try DatasetCheck.check(loader.dataset, fits: model)
    try clipping?.check()
    let steps =
      switch length {
      case .epochs(let epochs): epochs.multipliedReportingOverflow(by: loader.batchesPerEpoch)
      case .steps(let steps): (steps, false)
      }
    guard steps.0 >= 0, !steps.1 else {
      throw .invalidOption(name: "length", value: "\(length)", expected: "0 or more")
    }
    totalSteps = steps.0
    self.model = model
    self.loss = loss
    self.optimizer = optimizer
    self.schedule = schedule
    self.loader = loader
    self.clipping = clipping
    self.plugins = plugins
    let generator = try engine { () throws(TorchError) in
      try Generator(seed: seed, device: model.device)
    }
    self.generator = generator
    context = TrainingContext(
      model: model, optimizer: optimizer, generator: generator, totalSteps: totalSteps,
      stepsPerEpoch: loader.batchesPerEpoch)
  }

  /// The steps done.
  public var step: Int { context.step }

  /// Every whole epoch so far.
  public var epochs: [EpochRecord] { history.epochs }

  /// Trains to the end of the run, or until `limit` steps are done; call again to go on.
  ///
  /// Where checkpoints are kept, one is written at the end and at an interruption.
  ///
  /// - Throws: ``TrainingError/lossNotFinite(loss:step:epoch:rate:)`` before the parameters are
  ///   touched by such a loss, and whatever data, network and plug-ins throw.
  @discardableResult
  public func run(until limit: Int? = nil) throws(TrainingError) -> TrainingResult {
    let end = min(limit ?? totalSteps, totalSteps)
    if !hasBegun {
      hasBegun = true
      for plugin in plugins { try plugin.beforeRun(context) }
    }
    emit(
      .started(
        RunRecord(
          step: step, totalSteps: totalSteps, stepsPerEpoch: loader.batchesPerEpoch,
          examples: loader.dataset.count)))
    var pace = Pace(from: step)
    checkpoints?.clock.restart()
    while step < end, !mustStop {
      let position = DataLoader.Position(
        epoch: step / loader.batchesPerEpoch, batch: step % loader.batchesPerEpoch)
      let stream = loader.batches(from: position)
      while step < end, !mustStop,
        let batch = try data({ () throws(DataError) in try stream.next() })
      {
        try advance(with: batch, &pace)
        if step < totalSteps, checkpoints?.isDue(at: step, loader.batchesPerEpoch) == true {
          try saveCheckpoint()
        }
      }
    }
    if !isComplete, step == totalSteps || context.isStopped {
      for plugin in plugins { try plugin.afterRun(context) }
      isComplete = true
    }
    if checkpoints != nil, isComplete || interruption.isRequested { try saveCheckpoint() }
    let result = TrainingResult(step: step, isComplete: isComplete, epochs: history.epochs)
    emit(.ended(result))
    return result
  }

  /// Loss and accuracy on a data set, in evaluation mode.
  public func evaluate(
    _ dataset: any Dataset, batchSize: Int = 256
  ) throws(TrainingError) -> Evaluation {
    try Evaluation(model, on: dataset, loss: loss, batchSize: batchSize)
  }

  /// The evaluation at the end of an epoch; `nil` where there is nothing to evaluate on.
  private func validate() throws(TrainingError) -> Evaluation? {
    guard let validation else { return nil }
    for plugin in plugins { try plugin.beforeEvaluation(context) }
    let measured = try evaluate(validation)
    for plugin in plugins.reversed() { try plugin.afterEvaluation(context) }
    return measured
  }

  private var mustStop: Bool {
    isComplete || context.isStopped || interruption.isRequested
  }

  func emit(_ event: TrainingEvent) {
    for observer in observers { observer(event) }
  }

  /// One step, and the end of an epoch where it is the last one of an epoch.
  private func advance(with batch: Batch, _ pace: inout Pace) throws(TrainingError) {
    context.epoch = step / loader.batchesPerEpoch
    context.rate = schedule.value(at: step, of: totalSteps)
    let (loss, correct) = try update(with: batch)
    context.step += 1
    for plugin in plugins { try plugin.afterStep(context) }
    context.leaveStep()
    history.add(loss: loss, correct: correct, count: batch.count)
    pace.count(batch.count)
    emit(
      .step(
        StepRecord(
          step: step, epoch: context.epoch, loss: loss, meanLoss: history.meanLoss,
          accuracy: history.accuracy, rate: context.rate,
          examplesPerSecond: pace.examplesPerSecond,
          secondsLeft: pace.secondsLeft(at: step, of: totalSteps))))
    guard step % loader.batchesPerEpoch == 0 else { return }
    for plugin in plugins { try plugin.afterEpoch(context) }
    let measured = try validate()
    let record = EpochRecord(
      epoch: context.epoch, step: step, loss: history.meanLoss, accuracy: history.accuracy,
      rate: context.rate, validation: measured)
    history.close(record)
    emit(.epoch(record))
  }

  /// Forward, backward and the optimizer's step.
  private func update(with batch: Batch) throws(TrainingError) -> (loss: Double, correct: Int?) {
    let tensors = try TensorBatch(batch, for: model)
    context.batch = tensors
    var wanted = Set<String>()
    for plugin in plugins {
      try plugin.beforeStep(context)
      wanted.formUnion(plugin.observedValues)
    }
    let (output, observed) = try tensors.run(
      model, mode: .training(generator), observing: wanted)
    if step == 0 { try DatasetCheck.check(loader.dataset, fits: output) }
    context.output = output
    context.observed = observed
    var loss = try self.loss(output, on: tensors)
    for plugin in plugins { try plugin.onLoss(&loss, context) }
    guard loss.count == 1 else { throw .lossShape(shape: loss.shape) }
    let value = try engine { () throws(TorchError) in try loss.scalar() }
    guard value.isFinite else {
      throw .lossNotFinite(
        loss: value, step: step, epoch: context.epoch, rate: context.rate)
    }
    let trained = context.trained
    var gradients = try self.gradients(of: loss, trained)
    if let clipping {
      gradients = try engine { () throws(TorchError) in try clipping.apply(gradients) }
    }
    for plugin in plugins { try plugin.afterBackward(&gradients, context) }
    context.gradients = gradients
    try engine { () throws(TorchError) in
      try optimizer.step(trained, gradients: gradients, rate: context.rate)
    }
    let correct = try withoutGradients { () throws(TrainingError) in
      try Accuracy.correct(output, tensors)
    }
    return (value, correct)
  }

  /// The gradient of each trained tensor that the loss depends on.
  private func gradients(
    of loss: Tensor, _ trained: OrderedDictionary<String, Tensor>
  ) throws(TrainingError) -> OrderedDictionary<String, Tensor> {
    let found = try engine { () throws(TorchError) in
      try Torch.gradients(of: [loss], with: Array(trained.values), allowUnused: true)
    }
    var gradients = OrderedDictionary<String, Tensor>(minimumCapacity: found.count)
    for (name, gradient) in zip(trained.keys, found) {
      if let gradient { gradients[name] = gradient }
    }
    return gradients
  }
}
