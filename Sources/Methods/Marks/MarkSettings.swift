// The key `marks` of the stage `train`: at which moments the network is kept.

import Training

/// The key `marks` of the stage `train`: at which moments of the training the network is kept.
///
/// ```yaml
/// marks: {early: {step: 500}, late: {epoch: 3}}
/// ```
struct MarkSettings {
  /// A moment of a training.
  enum Moment: Hashable {
    case step(Int)
    case epoch(Int)

    /// Reads `{step: 500}` or `{epoch: 3}`.
    init(_ reader: RecipeReader) throws(RecipeError) {
      let step = try reader.int("step", in: 0...Int(Int32.max))
      let epoch = try reader.int("epoch", in: 0...100_000)
      switch (step, epoch) {
      case (let step?, nil): self = .step(step)
      case (nil, let epoch?): self = .epoch(epoch)
      default:
        throw .combination(
          at: reader.place, reason: "a moment is one of step and epoch, such as {step: 500}")
      }
      try reader.finish()
    }

    /// How many steps are done then.
    func steps(perEpoch: Int) -> Int {
      switch self {
      case .step(let step): step
      case .epoch(let epoch): epoch * perEpoch
      }
    }
  }

  /// The names of the marks with their moments, in their order.
  let moments: [(name: String, moment: Moment)]

  init(_ settings: RecipeReader) throws(RecipeError) {
    let reader = try settings.mapping("marks")
    var moments: [(name: String, moment: Moment)] = []
    for name in reader.keys {
      guard Recipe.isPlain(name), name != Mark.startName else {
        throw .value(
          at: reader.place(of: name), found: "'\(name)'",
          expected: "a name of letters, digits, '-', '_' and '.' other than start, which every run "
            + "has")
      }
      moments.append((name, try Moment(try reader.mapping(name))))
    }
    self.moments = moments
  }

  /// What keeps the networks; `nil` where none is to be kept.
  ///
  /// - Throws: ``RecipeError/value(at:found:expected:)`` for a moment after the training's end.
  func keeper(
    stepsPerEpoch: Int, totalSteps: Int, at place: RecipeError.Place
  ) throws(RecipeError) -> MarkKeeper? {
    var steps: [String: Int] = [:]
    for (name, moment) in moments {
      let step = moment.steps(perEpoch: stepsPerEpoch)
      guard step <= totalSteps else {
        throw .value(
          at: place, found: "the mark '\(name)' at step \(step)",
          expected: "a moment of the training, which has \(totalSteps) steps")
      }
      steps[name] = step
    }
    return steps.isEmpty ? nil : MarkKeeper(steps)
  }
}
