// How long a training step takes, measured with the trainer itself on random pictures.

import Data
import Execution
import Network
import Torch

/// Measures training steps: the whole of them, from the prepared batch to the changed parameters.
///
/// The network is trained with SGD (momentum 0.9) on random examples of its input's shape. Steps are
/// measured in turns, so that another program can be measured in between.
public final class StepBenchmark {
  private let trainer: Trainer
  private var marks: [ContinuousClock.Instant] = []

  /// A benchmark of `network`, which takes numbers of a fixed shape and gives class scores.
  ///
  /// - Parameters:
  ///   - batchSize: examples a step.
  ///   - classes: the number of classes, at most the network's outputs.
  ///   - layout: the memory layout of images and convolution weights.
  ///   - plugins: what takes part in the steps.
  public init(
    _ network: Network, batchSize: Int, classes: Int = 10, layout: MemoryFormat = .contiguous,
    plugins: [any Plugin] = []
  ) throws(TrainingError) {
    let model = try execution { () throws(ExecutionError) in
      try Model(network, layout: layout)
    }
    let shape = (model.freeInputs.first?.shape ?? []).dropFirst().map { extent in
      if case .fixed(let n) = extent { n } else { 1 }
    }
    let loader = try data { () throws(DataError) in
      var random = RandomState(seed: 1)
      let count = batchSize * 16
      let values = (0..<shape.reduce(count, *)).map { _ in Float(random.uniform() * 2 - 1) }
      let dataset = try ArrayDataset(
        name: "random examples", path: "memory", x: NDArray(values, shape: [count] + shape),
        y: NDArray((0..<count).map { Int64($0 % classes) }, shape: [count]))
      return try DataLoader(dataset, batchSize: batchSize)
    }
    trainer = try Trainer(
      model: model, loss: CrossEntropy(), optimizer: SGD(momentum: 0.9),
      schedule: ConstantRate(0.01), loader: loader, length: .steps(.max), seed: 1,
      plugins: plugins)
    trainer.observers.append { [unowned self] event in
      if case .step = event { marks.append(.now) }
    }
  }

  /// Runs `count` steps after one that is not measured, and gives the seconds of each.
  public func seconds(ofSteps count: Int) throws(TrainingError) -> [Double] {
    marks = []
    try trainer.run(until: trainer.step + count + 1)
    return zip(marks, marks.dropFirst()).map { ($1 - $0) / .seconds(1) }
  }
}
