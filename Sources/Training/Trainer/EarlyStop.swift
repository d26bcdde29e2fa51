// The iteration at which the loss on held-out examples is least: where early stopping would stop.
//
// J. Frankle, M. Carbin, "The Lottery Ticket Hypothesis", ICLR 2019, section 1 and appendix C: the
// iteration of minimum validation loss stands for how fast a network learns; the loss is measured every
// 100 iterations on 5,000 examples that are not trained on. Training goes on to its end.

import Data
import Execution
import Torch

/// Watches the loss on held-out examples while a network trains, and remembers when it was least.
public final class EarlyStop: Plugin {
  /// The held-out examples as they were at the step of the least loss so far.
  public struct Best: Codable, Sendable, Equatable {
    public let step: Int
    public let loss: Double
    public let accuracy: Double?
  }

  /// Where the loss was least; `nil` before it was measured.
  public private(set) var best: Best?
  private let examples: any Dataset
  private let interval: Int

  /// Measures the loss on `examples` every `interval` steps and after the last one.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)`` for an interval below 1.
  public init(on examples: any Dataset, every interval: Int) throws(TrainingError) {
    try require(interval >= 1, "interval of early stopping", Double(interval), "1 or more")
    self.examples = examples
    self.interval = interval
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    guard context.step % interval == 0 || context.step == context.totalSteps else { return }
    let measured = try Evaluation(context.model, on: examples)
    if let best, best.loss <= measured.loss { return }
    best = Best(step: context.step, loss: measured.loss, accuracy: measured.accuracy)
  }

  public func savedState() throws(TrainingError) -> PluginState { try PluginState(best) }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    best = try state.value()
  }

  /// The iteration, the loss and the accuracy, by name.
  public var measures: [String: Double] {
    guard let best else { return [:] }
    var measures = ["early-stop iteration": Double(best.step), "early-stop loss": best.loss]
    measures["early-stop accuracy"] = best.accuracy
    return measures
  }
}
