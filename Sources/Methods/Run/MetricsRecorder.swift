// Turns what the trainer reports into lines of metrics.jsonl and into progress.

import Training

/// Turns what the trainer reports into lines of `metrics.jsonl` and into progress.
final class MetricsRecorder {
  private let file: MetricsFile
  private let observer: any RunObserver
  private let task: String
  private let taskIndex: Int
  private let trainer: Trainer
  /// Why a line could not be written; training then ends after the step.
  private(set) var failure: RecipeError?

  /// A line within an epoch is written every so many steps.
  private static let interval = 50

  /// Watches `trainer`, taking back lines that were written after the step it stands at.
  init(_ run: Run, task: String, watching trainer: Trainer) throws(RecipeError) {
    file = run.folder.metrics
    observer = run.observer
    self.task = task
    taskIndex = run.taskIndex
    self.trainer = trainer
    try file.rewind(to: trainer.step, ofTask: taskIndex)
    trainer.observers.append { [weak self] in self?.observe($0) }
  }

  private func observe(_ event: TrainingEvent) {
    switch event {
    case .step(let record):
      observer.progressed(record, of: trainer.totalSteps)
      guard record.step % Self.interval == 0 else { return }
      write(
        MetricsLine(
          kind: "step", task: task, taskIndex: taskIndex,
          epoch: Double(record.step) / Double(trainer.loader.batchesPerEpoch), step: record.step,
          rate: record.rate, loss: record.meanLoss, accuracy: record.accuracy))
    case .epoch(let record):
      write(
        MetricsLine(
          kind: "epoch", task: task, taskIndex: taskIndex, epoch: Double(record.epoch + 1),
          step: record.step, rate: record.rate, loss: record.loss, accuracy: record.accuracy,
          testLoss: record.validation?.loss, testAccuracy: record.validation?.accuracy))
    case .started, .checkpoint, .ended: break
    }
  }

  private func write(_ line: MetricsLine) {
    do throws(RecipeError) { try file.append(line) } catch {
      failure = failure ?? error
      trainer.interruption.request()
    }
  }
}
