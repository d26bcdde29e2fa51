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

    let count = batchSize * Self.batches
    var random = RandomState(seed: 2)
    let size = architecture.input.reduce(count, *)
    let pixels = (0..<size).map { _ in Float(random.uniform() * 2 - 1) }
    let x = try NDArray(pixels, shape: [count] + architecture.input)
    let classes = 0..<Int64(architecture.classes)
    let y = try NDArray((0..<count).map { _ in random.class(in: classes) }, shape: [count])
    let loader = try DataLoader(
      ArrayDataset(name: "random examples", path: path, x: x, y: y), batchSize: batchSize,
      shuffles: false)

    var shared = ["x": x, "y": y]
    for (name, tensor) in [model.parameters, model.buffers].joined() {
      shared[name] = try NDArray(tensor.values(as: Float.self), shape: tensor.shape)
    }
    try NPZ.write(shared, to: path)

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

extension RandomState {
  /// A class number, all equally likely.
  fileprivate mutating func `class`(in classes: Range<Int64>) -> Int64 {
    Int64(uniform() * Double(classes.count))
  }
}
