// A schedule that is entered in the middle: what learning-rate rewinding repeats.
//
// A. Renda, J. Frankle, M. Carbin, "Comparing Rewinding and Fine-tuning in Neural Network Pruning",
// ICLR 2020: a pruned network keeps its final weights and is trained for t more epochs with the
// learning rates of the last t epochs of its training,
//   rate'(s) = rate(T - t + s)     for s = 0, 1, ..., t - 1 (in steps),
// of all of them where t = T. Weight rewinding to step k goes on with the schedule at k likewise.

/// The rates of a schedule from one of its steps on.
public struct LateStart: LearningRateSchedule {
  /// How many steps of the schedule are left out.
  public var skipped: Int
  /// The whole schedule.
  public var schedule: any LearningRateSchedule

  /// `schedule` without its first `skipped` steps.
  public init(skipping skipped: Int, of schedule: any LearningRateSchedule) {
    self.skipped = skipped
    self.schedule = schedule
  }

  public func value(at step: Int, of total: Int) -> Double {
    schedule.value(at: step + skipped, of: total + skipped)
  }
}
