// The metrics of a run so far, as a checkpoint keeps them.

/// The metrics of a run so far.
struct TrainingHistory: Codable, Equatable {
  /// Every whole epoch.
  var epochs: [EpochRecord] = []
  /// The sum of the losses of this epoch's examples.
  private(set) var lossSum = 0.0
  /// How many of them were classified correctly; `nil` where targets are not classes.
  private(set) var correct: Int?
  /// How many examples this epoch has seen.
  private(set) var count = 0

  /// Counts a step of `count` examples.
  mutating func add(loss: Double, correct: Int?, count: Int) {
    lossSum += loss * Double(count)
    if let correct { self.correct = (self.correct ?? 0) + correct }
    self.count += count
  }

  /// The mean loss of the epoch so far.
  var meanLoss: Double { count > 0 ? lossSum / Double(count) : 0 }

  /// The accuracy of the epoch so far.
  var accuracy: Double? {
    correct.flatMap { count > 0 ? Double($0) / Double(count) : nil }
  }

  /// Ends an epoch.
  mutating func close(_ record: EpochRecord) {
    epochs.append(record)
    (lossSum, correct, count) = (0, nil, 0)
  }
}
