// Momentum regrowth: the weights come back that the loss has asked for over many steps.
//
// T. Dettmers, L. Zettlemoyer, "Sparse Networks from Scratch: Faster Training without Losing Performance"
// (SNFS), 2019:
//   M <- alpha M + (1 - alpha) dL/dw at each step, of all weights,    score(w) = |M|.
// The paper's alpha is the optimizer's momentum, 0.9. The authors' program reads the optimizer's own buffer;
// here the average is kept apart, so that it is the same with every optimizer.

import Torch

/// Removed weights come back where the smoothed gradient is largest: `|M|`.
public struct MomentumRegrowth: Regrowth {
  public static let name = "momentum"
  public static let summary = "the largest smoothed gradients (SNFS, Dettmers and Zettlemoyer 2019)"
  public let needsGradients = true

  /// The part alpha of the average that each step keeps.
  public private(set) var alpha = 0.9

  /// The regrowth with the paper's smoothing.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    alpha = try settings.double("alpha", default: alpha, in: 0...0.9999)
  }

  public var smoothing: Double? { alpha }

  public func scores(
    for weight: Tensor, gradient: Tensor?, _ generator: Generator
  ) throws(TorchError) -> Tensor {
    guard let gradient else { return try weight.detached().zerosLike() }
    return try gradient.abs()
  }
}
