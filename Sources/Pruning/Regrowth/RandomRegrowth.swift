// Random regrowth: weights come back by chance.
//
// D. Mocanu et al., "Scalable Training of Artificial Neural Networks with Adaptive Sparse
// Connectivity inspired by Network Science" (SET), Nature Communications 2018:
// score(w) ~ U(0, 1).

import Torch

/// Removed weights come back at random, all with the same chance.
public struct RandomRegrowth: Regrowth {
  public static let name = "random"
  public static let summary = "at random (SET, Mocanu et al. 2018)"
  public let needsGradients = false

  /// The regrowth; it has no settings.
  public init() {}

  public func scores(
    for weight: Tensor, gradient: Tensor?, _ generator: Generator
  ) throws(TorchError) -> Tensor {
    try weight.detached().emptyLike().uniformInPlace(generator)
  }
}
