// The hard concrete distribution: gates between 0 and 1 that are exactly 0 with a probability that can
// be differentiated.
//
// C. Louizos, M. Welling, D. P. Kingma, "Learning Sparse Neural Networks through L0 Regularization", ICLR
// 2018. With u uniform in (0, 1):
//   s = sigmoid((log u - log(1 - u) + log a) / beta),  s' = s (zeta - gamma) + gamma,  z = min(1, max(0, s'))
//   P(z != 0) = sigmoid(log a - beta log(-gamma / zeta))
// and, where the network is tested, z = min(1, max(0, sigmoid(log a) (zeta - gamma) + gamma)).

import Foundation
import Torch

/// The hard concrete distribution of gates, stretched to `(gamma, zeta)` and folded into [0, 1].
public struct HardConcrete: Sendable, Hashable {
  /// The temperature beta.
  public let temperature: Double
  /// The lower end gamma of the stretch, below 0.
  public let lower: Double
  /// The upper end zeta of the stretch, above 1.
  public let upper: Double

  /// The distribution with the paper's constants.
  public init(temperature: Double = 2.0 / 3, lower: Double = -0.1, upper: Double = 1.1) {
    self.temperature = temperature
    self.lower = lower
    self.upper = upper
  }

  /// The gates that the uniform numbers `u` stand for; gradients flow to `logAlpha`.
  public func sample(_ logAlpha: Tensor, _ u: Tensor) throws(TorchError) -> Tensor {
    let noise = try u.log() - (1 - u).log()
    let s = try ((noise + logAlpha) / temperature).sigmoid()
    return try stretched(s)
  }

  /// The gates of a network that is tested.
  public func tested(_ logAlpha: Tensor) throws(TorchError) -> Tensor {
    try stretched(logAlpha.sigmoid())
  }

  /// The probability that each gate is not 0.
  public func open(_ logAlpha: Tensor) throws(TorchError) -> Tensor {
    try (logAlpha - temperature * log(-lower / upper)).sigmoid()
  }

  private func stretched(_ s: Tensor) throws(TorchError) -> Tensor {
    try (s * (upper - lower) + lower).clamp(min: 0, max: 1)
  }
}
