// The key `tune` of the stage `search`: how the network of an action is trained before it is judged.

import Data
import Execution
import Network
import Training

/// The key `tune` of the stage `search`: a few steps of training for the network that an action leaves,
/// before its accuracy is taken. Every action is trained from the same weights on the same batches.
///
/// ```yaml
/// tune: {steps: 20, batch: 64, optimizer: {sgd: {rate: 0.01, momentum: 0.9}}}
/// ```
struct TuningSettings {
  let steps: Int
  let batch: Int
  private let optimizer: OptimizerSettings

  /// What stands at `tune`; `nil` where nothing does.
  static func read(_ settings: RecipeReader) throws(RecipeError) -> TuningSettings? {
    guard settings.keys.contains("tune") else {
      _ = settings.node("tune")
      return nil
    }
    let reader = try settings.mapping("tune")
    let tuning = try TuningSettings(reader)
    try reader.finish()
    return tuning
  }

  private init(_ settings: RecipeReader) throws(RecipeError) {
    guard let steps = try settings.int("steps", in: 1...Int(Int32.max)) else {
      throw .missingKey(
        at: settings.place, key: "steps",
        expected: "how many steps each action's network is trained")
    }
    self.steps = steps
    batch = try settings.int("batch", default: 64, in: 1...1_000_000)
    optimizer = try OptimizerSettings(settings)
  }

  /// Trains `model` on `examples`, which are shuffled by `seed`.
  func train(_ model: Model, on examples: any Dataset, seed: UInt64) throws {
    let loader = try DataLoader(examples, batchSize: batch, shuffles: true, seed: seed)
    let trainer = try Trainer(
      model: model, loss: CrossEntropy(), optimizer: optimizer.make(),
      schedule: ConstantRate(optimizer.rate), loader: loader, length: .steps(steps), seed: seed)
    try trainer.run()
  }
}
