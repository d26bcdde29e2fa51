// The rate rises in a straight line before a schedule begins.

/// Rates that rise in a straight line for some steps, then another schedule.
///
/// Step `s` of `W` has `(s + 1) / W` of the following schedule's first rate, which is reached at the
/// last step of the warm-up. The following schedule counts its steps from the end of the warm-up.
/// Goyal et al., Accurate, Large Minibatch SGD, 2017.
public struct WarmUp: LearningRateSchedule {
  /// How many steps the warm-up lasts.
  public var steps: Int
  /// What follows.
  public var following: any LearningRateSchedule

  /// A warm-up of `steps` steps before `following`.
  public init(steps: Int, then following: any LearningRateSchedule) {
    self.steps = steps
    self.following = following
  }

  public func value(at step: Int, of total: Int) -> Double {
    // A schedule of no steps has no first rate: where the warm-up is all there is, it rises to that of one.
    let rest = max(total - steps, 1)
    return step < steps
      ? following.value(at: 0, of: rest) * Double(step + 1) / Double(steps)
      : following.value(at: step - steps, of: rest)
  }
}
