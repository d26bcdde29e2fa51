// Keeps gradients from growing too large.

import OrderedCollections
import Torch

/// How gradients are kept from growing too large.
public enum GradientClipping: Sendable, Hashable, Codable {
  /// All gradients together are scaled so that their norm is at most this.
  ///
  /// `g *= min(1, limit / (norm + 1e-6))`. Pascanu, Mikolov and Bengio, On the Difficulty of Training
  /// Recurrent Neural Networks, 2013.
  case norm(Double)
  /// Each element is limited to the range from minus this to this.
  case value(Double)

  /// The gradients, clipped. The tensors given stay as they are, since one tensor may be the gradient
  /// of two parameters.
  public func apply(
    _ gradients: OrderedDictionary<String, Tensor>
  ) throws(TorchError) -> OrderedDictionary<String, Tensor> {
    guard !gradients.isEmpty else { return gradients }
    let tensors = Array(gradients.values)
    let clipped: [Tensor]
    switch self {
    case .norm(let limit):
      let total = try Self.norm(of: tensors)
      let factor = try (limit / (total + 1e-6)).clamp(max: 1)
      clipped = try Operator.scaled.tensors(.tensors(tensors), .tensor(factor))
    case .value(let limit):
      clipped = try Operator.atMost.tensors(
        .tensors(Operator.atLeast.tensors(.tensors(tensors), .double(-limit))), .double(limit))
    }
    return OrderedDictionary(uniqueKeysWithValues: zip(gradients.keys, clipped))
  }

  /// The Euclidean norm of all elements of all tensors together.
  public static func norm(of tensors: [Tensor]) throws(TorchError) -> Tensor {
    try Tensor.stack(Foreach.norm(tensors)).norm()
  }

  /// Throws where the limit makes no sense.
  func check() throws(TrainingError) {
    let limit =
      switch self {
      case .norm(let limit), .value(let limit): limit
      }
    try require(limit > 0, "limit of gradient clipping", limit, "above 0")
  }
}

extension Operator {
  fileprivate static let scaled = Operator("_foreach_mul", "Tensor")
  fileprivate static let atLeast = Operator("_foreach_clamp_min", "Scalar")
  fileprivate static let atMost = Operator("_foreach_clamp_max", "Scalar")
}
