// Gradient regrowth: the weights come back that the loss asks for most.
//
// U. Evci et al., "Rigging the Lottery: Making All Tickets Winners" (RigL), ICML 2020:
// score(w) = |dL/dw|, the gradient that the weight would have if it were there.

import Torch

/// Removed weights come back where the loss falls fastest: `|dL/dw|`.
public struct GradientRegrowth: Regrowth {
  public static let name = "gradient"
  public static let summary = "the largest gradients (RigL, Evci et al. 2020)"
  public let needsGradients = true

  /// The regrowth; it has no settings.
  public init() {}

  public func scores(
    for weight: Tensor, gradient: Tensor?, _ generator: Generator
  ) throws(TorchError) -> Tensor {
    // A weight that the loss does not depend on has no gradient, and all its elements are equal.
    guard let gradient else { return try weight.detached().zerosLike() }
    return try gradient.abs()
  }
}
