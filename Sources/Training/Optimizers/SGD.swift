// Stochastic gradient descent with momentum.

import Torch

/// Stochastic gradient descent, with momentum as PyTorch defines it:
///
/// `g += decay p`; `m = momentum m + (1 - dampening) g` (at a parameter's first step `m = g`);
/// `p -= rate m`, or with Nesterov's momentum `p -= rate (g + momentum m)`.
///
/// Remembers `momentum` of each parameter. Sutskever et al., On the Importance of Initialization and
/// Momentum in Deep Learning, 2013.
public final class SGD: Optimizer {
  public let name = "sgd"
  /// How much of the last steps goes on.
  public let momentum: Double
  /// How much the gradient is weakened when it enters the momentum.
  public let dampening: Double
  /// Whether the gradient is taken where the momentum leads.
  public let isNesterov: Bool
  public let weightDecay: Double
  public let groups: [ParameterGroup]
  public let weightDecayExclusions: WeightDecayExclusions
  public let state = OptimizerState()

  /// Stochastic gradient descent; weight decay is an L2 penalty.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)``.
  public init(
    momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false, weightDecay: Double = 0,
    groups: [ParameterGroup] = [], weightDecayExclusions: WeightDecayExclusions = .none
  ) throws(TrainingError) {
    try require(momentum >= 0, "momentum", momentum, "0 or more")
    try require(weightDecay >= 0, "weight decay", weightDecay, "0 or more")
    try require(
      !nesterov || momentum > 0 && dampening == 0, "momentum", momentum,
      "above 0 and without dampening, since Nesterov's momentum is asked for")
    self.momentum = momentum
    self.dampening = dampening
    self.isNesterov = nesterov
    self.weightDecay = weightDecay
    self.groups = groups
    self.weightDecayExclusions = weightDecayExclusions
  }

  public func update(_ share: ParameterShare) throws(TorchError) {
    guard momentum != 0 else { return try fused(share, momenta: [], isFirstStep: false) }
    let isNew = share.names.map { state[$0, "momentum"] == nil }
    let momenta = try slot("momentum", of: share) { parameter throws(TorchError) in
      try parameter.emptyLike()
    }
    // Parameters seldom begin at different steps; then they take a call for each kind.
    for first in [true, false] {
      let indices = isNew.indices.filter { isNew[$0] == first }
      if indices.count == isNew.count {
        try fused(share, momenta: momenta, isFirstStep: first)
      } else if !indices.isEmpty {
        try fused(
          share.part(indices), momenta: indices.map { momenta[$0] }, isFirstStep: first)
      }
    }
  }

  private func fused(
    _ share: ParameterShare, momenta: [Tensor], isFirstStep: Bool
  ) throws(TorchError) {
    try Foreach.fusedSGD(
      share.parameters, gradients: share.gradients, momenta: momenta, rate: share.rate,
      momentum: momentum, weightDecay: share.weightDecay, dampening: dampening,
      nesterov: isNesterov, isFirstStep: isFirstStep)
  }
}
