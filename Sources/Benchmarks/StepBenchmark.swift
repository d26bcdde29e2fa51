// How long a step of training takes, measured on the trainer that users run.

import Data
import Execution
import Network
import Torch
import Training

/// A network in training on random examples: SGD with momentum 0.9, rate 0.01, cross-entropy.
///
/// A step is all that ``Trainer`` does: the next batch from the loader, its copy into tensors,
/// forward, loss, backward, optimizer, counting of what was classified correctly.
final class StepBenchmark {
  private let trainer: Trainer
  private var marks: [(time: ContinuousClock.Instant, loss: Double)] = []

  /// Examples come again after so many batches.
  private static let batches = 8

  /// Makes a network of the catalogue ready to train.
  ///
  /// - Parameters:
  ///   - layout: how images lie in memory: `auto`, `contiguous` or `channels-last`.
  ///   - path: where its first weights and its examples (`x`, `y`) go, for the other program.
  init(_ name: String, batchSize: Int, layout: String, sharing path: String) throws {
    let architecture = try Architectures.named(name)
    let network = try architecture.network(seed: 1)
    guard let layout = Layout(rawValue: layout) else { throw BenchmarkError.noSuchLayout(layout) }
    let model = try Model(network, layout: layout.format(for: network))

    let examples = try RandomExamples(batchSize * Self.batches, for: architecture)
    let loader = try DataLoader(
      examples.dataset(path), batchSize: batchSize, shuffles: false)
    try examples.write(with: model, to: path)

    trainer = try Trainer(
      model: model, loss: CrossEntropy(), optimizer: SGD(momentum: 0.9),
      schedule: ConstantRate(0.01), loader: loader, length: .steps(1_000_000), seed: 1)
    trainer.observers.append { [unowned self] event in
      if case .step(let record) = event { marks.append((.now, record.loss)) }
    }
  }

  /// Trains one step that is not measured and `count` that are.
  ///
  /// - Returns: the seconds of each measured step, and the loss of every step.
  func measure(steps count: Int) throws(TrainingError) -> (seconds: [Double], losses: [Double]) {
    marks = []
    try trainer.run(until: trainer.step + 1 + count)
    let seconds = zip(marks, marks.dropFirst()).map { ($1.time - $0.time) / .seconds(1) }
    return (seconds, marks.map(\.loss))
  }
}
