// The key `early-stop` of the stage `train`: when the loss on held-out examples is least.

import Data
import Torch
import Training

/// The key `early-stop` of the stage `train`; see `EarlyStop`.
///
/// ```yaml
/// early-stop: {every: 100, holdout: 5000}    # steps; training examples that are not trained on
/// ```
/// Training goes on to its end; the iteration, the loss and the accuracy then are among the measures of
/// the task. Which examples are held out is the run's seed's to say: the same ones in all its trainings.
struct EarlyStopSettings {
  let every: Int
  let holdout: Int
  let place: RecipeError.Place

  /// What stands at `early-stop`; `nil` where nothing does.
  static func read(_ settings: RecipeReader) throws(RecipeError) -> EarlyStopSettings? {
    let isThere = settings.keys.contains("early-stop")
    let reader = try settings.mapping("early-stop")
    let every = try reader.int("every", default: 100, in: 1...Int(Int32.max), of: "steps")
    let holdout = try reader.int("holdout", default: 5000, in: 1...Int(Int32.max))
    try reader.finish()
    return isThere
      ? EarlyStopSettings(every: every, holdout: holdout, place: settings.place(of: "early-stop"))
      : nil
  }

  /// The examples to train on, and what watches the others.
  ///
  /// - Throws: ``RecipeError/value(at:found:expected:)`` where nothing would be left to train on.
  func split(
    _ examples: any Dataset, seed: UInt64, device: Device
  ) throws -> (train: any Dataset, watcher: EarlyStop?) {
    let parts = try HeldOutExamples.divide(
      examples, holdingOut: holdout, seed: seed, at: place)
    return (parts.rest, try EarlyStop(on: parts.held, every: every))
  }
}
