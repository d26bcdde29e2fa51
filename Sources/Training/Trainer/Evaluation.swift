// Loss and accuracy of a model on a data set.

import Data
import Execution
import Torch

/// Loss and accuracy of a model on a data set.
public struct Evaluation: Sendable, Codable, Equatable {
  /// The mean loss.
  public let loss: Double
  /// The part of the examples whose class has the highest score; `nil` where targets are not classes.
  public let accuracy: Double?
  /// The part of the examples whose class is among the five highest scores; `nil` with five classes
  /// or fewer.
  public let top5: Double?
  /// The number of examples.
  public let count: Int

  /// Measures `model` in evaluation mode on every example of a data set.
  ///
  /// - Parameters:
  ///   - loss: what is reported as the loss.
  ///   - batchSize: examples at a time; the result does not depend on it beyond rounding.
  public init(
    _ model: Model, on dataset: any Dataset, loss: any Loss = CrossEntropy(),
    batchSize: Int = 256
  ) throws(TrainingError) {
    try DatasetCheck.check(dataset, fits: model)
    let loader = try data { () throws(DataError) in
      try DataLoader.evaluation(dataset, batchSize: batchSize)
    }
    var (lossSum, correct, correct5, count) = (0.0, 0, 0, 0)
    var (hasClasses, hasTop5) = (false, false)
    let stream = loader.batches()
    try withoutGradients { () throws(TrainingError) in
      while let batch = try data({ () throws(DataError) in try stream.next() }) {
        let tensors = try TensorBatch(batch, for: model)
        let output = try tensors.output(of: model)
        if count == 0 { try DatasetCheck.check(dataset, fits: output) }
        let value = try loss.evaluationLoss(output, on: tensors)
        lossSum += try engine { () throws(TorchError) in
          try value.scalar() * Double(tensors.count)
        }
        if let right = try Accuracy.correct(output, tensors) {
          hasClasses = true
          correct += right
        }
        if let right = try Accuracy.correct(output, tensors, among: 5) {
          hasTop5 = true
          correct5 += right
        }
        count += tensors.count
      }
    }
    self.loss = lossSum / Double(count)
    accuracy = hasClasses ? Double(correct) / Double(count) : nil
    top5 = hasTop5 ? Double(correct5) / Double(count) : nil
    self.count = count
  }
}

/// Counting correct classifications.
enum Accuracy {
  /// How many examples have the highest score at their class; `nil` where outputs are not
  /// `[B, classes]` or targets not classes.
  static func correct(_ output: Tensor, _ batch: TensorBatch) throws(TrainingError) -> Int? {
    guard batch.hasClasses, output.rank == 2 else { return nil }
    return try engine { () throws(TorchError) in
      try Int(output.argmax(axis: 1).equal(batch.targets).sum().scalar())
    }
  }

  /// How many examples have their class among the `k` highest scores; `nil` with `k` classes or fewer.
  static func correct(
    _ output: Tensor, _ batch: TensorBatch, among k: Int
  ) throws(TrainingError) -> Int? {
    guard batch.hasClasses, output.rank == 2, output.shape[1] > k else { return nil }
    return try engine { () throws(TorchError) in
      let best = try output.topK(k, axis: 1).indices
      return try Int(best.equal(batch.targets.reshape([batch.count, 1])).sum().scalar())
    }
  }
}
