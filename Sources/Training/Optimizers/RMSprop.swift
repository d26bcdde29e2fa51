// RMSprop: steps divided by the running root mean square of the gradient.

import Torch

/// RMSprop (Tieleman and Hinton, 2012; Graves, Generating Sequences with Recurrent Neural Networks,
/// 2013, for the centred form), as PyTorch defines it:
///
/// `g += decay p`; `v = alpha v + (1 - alpha) g^2`; `a = sqrt(v) + epsilon`, or centred
/// `a = sqrt(v - mean^2) + epsilon` with `mean += (1 - alpha) (g - mean)`; `p -= rate g / a`, or with
/// momentum `m = momentum m + g / a`; `p -= rate m`.
///
/// Remembers `square`, and where they are used `mean` and `momentum`, of each parameter.
public final class RMSprop: Optimizer {
  public let name = "rmsprop"
  /// How slowly the running mean square follows.
  public let alpha: Double
  /// What keeps the divisor from zero.
  public let epsilon: Double
  /// How much of the last steps goes on.
  public let momentum: Double
  /// Whether the divisor is the deviation instead of the root mean square.
  public let isCentered: Bool
  public let weightDecay: Double
  public let groups: [ParameterGroup]
  public let weightDecayExclusions: WeightDecayExclusions
  public let state = OptimizerState()

  /// RMSprop; weight decay is an L2 penalty.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)``.
  public init(
    alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, centered: Bool = false,
    weightDecay: Double = 0, groups: [ParameterGroup] = [],
    weightDecayExclusions: WeightDecayExclusions = .none
  ) throws(TrainingError) {
    try require((0..<1).contains(alpha), "alpha", alpha, "from 0 to below 1")
    try require(epsilon >= 0, "epsilon", epsilon, "0 or more")
    try require(momentum >= 0, "momentum", momentum, "0 or more")
    try require(weightDecay >= 0, "weight decay", weightDecay, "0 or more")
    self.alpha = alpha
    self.epsilon = epsilon
    self.momentum = momentum
    self.isCentered = centered
    self.weightDecay = weightDecay
    self.groups = groups
    self.weightDecayExclusions = weightDecayExclusions
  }

  public func update(_ share: ParameterShare) throws(TorchError) {
    var gradients = share.gradients
    if share.weightDecay != 0 {
      gradients = try Operator.added.tensors(
        .tensors(gradients), .tensors(share.parameters), .double(share.weightDecay))
    }
    let squares = try zeros("square", of: share)
    try Foreach.multiply(squares, .double(alpha))
    try Foreach.addcmul(squares, gradients, gradients, value: .double(1 - alpha))
    let divisors: [Tensor]
    if isCentered {
      let means = try zeros("mean", of: share)
      try Foreach.lerp(means, gradients, weight: .double(1 - alpha))
      let variances = try Operator.productSubtracted.tensors(
        .tensors(squares), .tensors(means), .tensors(means), -1)
      divisors = try Foreach.sqrt(variances)
    } else {
      divisors = try Foreach.sqrt(squares)
    }
    try Operator.addScalar.inPlace(.tensors(divisors), .double(epsilon))
    if momentum > 0 {
      let momenta = try zeros("momentum", of: share)
      try Foreach.multiply(momenta, .double(momentum))
      try Foreach.addcdiv(momenta, gradients, divisors)
      try Foreach.add(share.parameters, momenta, alpha: .double(-share.rate))
    } else {
      try Foreach.addcdiv(share.parameters, gradients, divisors, value: .double(-share.rate))
    }
  }

  private func zeros(
    _ name: String, of share: ParameterShare
  ) throws(TorchError) -> [Tensor] {
    try slot(name, of: share) { parameter throws(TorchError) in try parameter.zerosLike() }
  }
}

extension Operator {
  fileprivate static let added = Operator("_foreach_add", "List")
  fileprivate static let productSubtracted = Operator("_foreach_addcmul", "Scalar")
  fileprivate static let addScalar = Operator("_foreach_add_", "Scalar")
}
