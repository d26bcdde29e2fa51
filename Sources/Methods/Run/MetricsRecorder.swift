// Turns what the trainer reports into lines of metrics.jsonl and into progress.

import Training

/// Turns what the trainer reports into lines of `metrics.jsonl` and into progress.
final class MetricsRecorder {
  private let folder: RunFolder
  private let observer: any RunObserver
  private let task: String
  private let taskIndex: Int
  private let stepsPerEpoch: Int
  private var totalSteps = 0
  /// The first failure to write; training is not stopped in the middle of a step for it.
  private(set) var failure: RecipeError?

  /// A line within an epoch is written every so many steps.
  private static let interval = 50

  init(_ run: Run, task: String, stepsPerEpoch: Int) {
    folder = run.folder
    observer = run.observer
    self.task = task
    taskIndex = run.taskIndex
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// Drops the lines of this task beyond `step`: they were written after the checkpoint.
  func rewind(to step: Int) throws(RecipeError) {
    try folder.keepMetrics { $0.taskIndex < taskIndex || $0.step <= step }
  }

  func observe(_ event: TrainingEvent) {
    switch event {
    case .started(let record): totalSteps = record.totalSteps
    case .step(let record):
      observer.progressed(record, of: totalSteps)
      guard record.step % Self.interval == 0 else { return }
      write(
        MetricsLine(
          kind: "step", task: task, taskIndex: taskIndex,
          epoch: Double(record.step) / Double(stepsPerEpoch), step: record.step, rate: record.rate,
          loss: record.meanLoss, accuracy: record.accuracy))
    case .epoch(let record):
      write(
        MetricsLine(
          kind: "epoch", task: task, taskIndex: taskIndex, epoch: Double(record.epoch + 1),
          step: record.step, rate: record.rate, loss: record.loss, accuracy: record.accuracy,
          testLoss: record.validation?.loss, testAccuracy: record.validation?.accuracy))
    case .checkpoint, .ended: break
    }
  }

  private func write(_ line: MetricsLine) {
    do throws(RecipeError) { try folder.append(line) } catch { failure = failure ?? error }
  }
}
