// AdaMax, and its form by shifts: steps scaled by the largest recent gradient.

import Foundation
import Torch

/// AdaMax (Kingma and Ba, 2015, algorithm 2):
///
/// `m = beta1 m + (1 - beta1) g`; `v = max(beta2 v, |g|)`;
/// `p -= rate / (1 - beta1^t) m / v`.
///
/// By shifts (Courbariaux et al., Binarized Neural Networks, 2016, algorithm 4) both factors of `m` are
/// powers of two, `AP2(rate / (1 - beta1^t))` and `AP2(1 / v)` with `AP2(x) = 2^round(log2 |x|)`, so that
/// a processor needs no multiplication for them. Weight decay adds `decay p` to the gradient. Remembers
/// `mean`, `norm` and `step` of each parameter.
public final class AdaMax: Optimizer {
  /// How slowly the running mean and the largest gradient follow.
  public let betas: (mean: Double, norm: Double)
  /// What keeps the divisor from zero.
  public let epsilon: Double
  /// Whether factors are rounded to powers of two.
  public let isShiftBased: Bool
  public let weightDecay: Double
  public let groups: [ParameterGroup]
  public let weightDecayExclusions: WeightDecayExclusions
  public let state = OptimizerState()

  public var name: String { isShiftBased ? "shift-adamax" : "adamax" }

  /// AdaMax; weight decay is an L2 penalty.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)``.
  public init(
    betas: (mean: Double, norm: Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    shiftBased: Bool = false, weightDecay: Double = 0, groups: [ParameterGroup] = [],
    weightDecayExclusions: WeightDecayExclusions = .none
  ) throws(TrainingError) {
    try require((0..<1).contains(betas.mean), "beta of the mean", betas.mean, "from 0 to below 1")
    try require((0..<1).contains(betas.norm), "beta of the norm", betas.norm, "from 0 to below 1")
    try require(epsilon > 0, "epsilon", epsilon, "above 0")
    try require(weightDecay >= 0, "weight decay", weightDecay, "0 or more")
    self.betas = betas
    self.epsilon = epsilon
    isShiftBased = shiftBased
    self.weightDecay = weightDecay
    self.groups = groups
    self.weightDecayExclusions = weightDecayExclusions
  }

  public func update(_ share: ParameterShare) throws(TorchError) {
    let means = try slot("mean", of: share) { p throws(TorchError) in try p.zerosLike() }
    let norms = try slot("norm", of: share) { p throws(TorchError) in try p.zerosLike() }
    let steps = try slot("step", of: share) { p throws(TorchError) in
      try Tensor.zeros([], device: p.device)
    }
    for index in share.names.indices {
      let (parameter, mean, norm) = (share.parameters[index], means[index], norms[index])
      var gradient = share.gradients[index]
      if share.weightDecay != 0 { gradient = try gradient + parameter * share.weightDecay }
      _ = try steps[index].copyInPlace(steps[index] + 1)
      let step: Double = try steps[index].scalar()
      _ = try mean.lerpInPlace(gradient, weight: .double(1 - betas.mean))
      _ = try norm.copyInPlace((norm * betas.norm).maximum(gradient.abs()))
      var rate = share.rate / (1 - pow(betas.mean, step))
      var inverse = try (norm + epsilon).reciprocal()
      if isShiftBased {
        rate = rate > 0 ? exp2(log2(rate).rounded()) : 0
        inverse = try inverse.nearestPowerOfTwo()
      }
      _ = try parameter.copyInPlace(parameter - mean * inverse * rate)
    }
  }
}
