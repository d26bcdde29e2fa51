// The mean of squared differences, for targets that are numbers or classes.

import Torch

/// `mean (output - target)^2` over all elements.
///
/// Targets that are classes are compared as one-hot vectors.
public final class MeanSquaredError: Loss {
  public let name = "mean squared error"

  /// A mean squared error.
  public init() {}

  public func callAsFunction(
    _ output: Tensor, on batch: TensorBatch
  ) throws(TrainingError) -> Tensor {
    var target = batch.targets
    if batch.hasClasses, output.rank == 2, output.shape[0] == batch.count {
      target = try engine { () throws(TorchError) in
        let numbers = try Tensor.arange(to: .int(Int64(output.shape[1])), device: output.device)
        return try target.reshape([batch.count, 1]).equal(numbers).to(type: output.type)
      }
    }
    guard target.shape == output.shape else {
      throw .targetShape(loss: name, output: output.shape, targets: batch.targetDescription)
    }
    return try engine { () throws(TorchError) in try output.meanSquaredError(target) }
  }
}
