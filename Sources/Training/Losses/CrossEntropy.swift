// Cross-entropy of class scores, with label smoothing.

import Torch

/// `-mean_b log softmax(output_b)[target_b]`, for outputs `[B, classes]`.
///
/// With label smoothing `s` the target distribution is `(1 - s) onehot + s / classes`
/// (Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2016).
public final class CrossEntropy: Loss {
  /// The part of the target that is spread over all classes, from 0 to 1.
  public let labelSmoothing: Double

  public let name = "cross-entropy"

  /// A cross-entropy.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)`` for a smoothing outside 0...1.
  public init(labelSmoothing: Double) throws(TrainingError) {
    guard (0...1).contains(labelSmoothing) else {
      throw .invalidOption(
        name: "label smoothing", value: "\(labelSmoothing)", expected: "from 0 to 1")
    }
    self.labelSmoothing = labelSmoothing
  }

  /// A cross-entropy without label smoothing.
  public init() { labelSmoothing = 0 }

  /// Evaluation reports the cross-entropy without smoothing.
  public var evaluationLoss: any Loss { labelSmoothing == 0 ? self : CrossEntropy() }

  public func callAsFunction(
    _ output: Tensor, on batch: TensorBatch
  ) throws(TrainingError) -> Tensor {
    guard batch.hasClasses, output.rank == 2, output.shape.first == batch.count else {
      throw .targetShape(loss: name, output: output.shape, targets: batch.targetDescription)
    }
    return try engine { () throws(TorchError) in
      try output.crossEntropy(batch.targets, labelSmoothing: labelSmoothing)
    }
  }
}
