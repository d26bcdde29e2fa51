// How fast a run goes, and how long the rest of it will take.

/// How fast a run goes.
struct Pace {
  private let start = ContinuousClock.now
  private let firstStep: Int
  private var examples = 0

  /// Starts the clock at a step.
  init(from step: Int) { firstStep = step }

  /// Counts the examples of one more step.
  mutating func count(_ examples: Int) { self.examples += examples }

  private var seconds: Double {
    max((ContinuousClock.now - start) / .seconds(1), 1e-9)
  }

  /// Examples a second since the start.
  var examplesPerSecond: Double { Double(examples) / seconds }

  /// The seconds that the steps after `step` will take.
  func secondsLeft(at step: Int, of total: Int) -> Double {
    step > firstStep ? seconds * Double(total - step) / Double(step - firstStep) : 0
  }
}
