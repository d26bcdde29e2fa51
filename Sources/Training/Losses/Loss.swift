// What training makes small: the protocol of losses.

import Torch

/// A function of the network's predictions and the targets that training makes small.
public protocol Loss: AnyObject {
  /// The name shown to people.
  var name: String { get }

  /// The mean loss of a batch: a single number that gradients are taken of.
  ///
  /// - Parameters:
  ///   - output: the network's first output, `[B, ...]`.
  ///   - batch: the inputs and targets that belong to it.
  func callAsFunction(_ output: Tensor, on batch: TensorBatch) throws(TrainingError) -> Tensor

  /// The loss that is reported when the network is only evaluated; usually the loss itself.
  var evaluationLoss: any Loss { get }
}

extension Loss {
  public var evaluationLoss: any Loss { self }
}
