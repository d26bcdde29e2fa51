// Adam and AdamW: steps scaled by running moments of the gradient.

import Torch

/// Adam (Kingma and Ba, 2015), or with `isDecoupled` AdamW (Loshchilov and Hutter, 2019), as PyTorch
/// defines them:
///
/// `m = beta1 m + (1 - beta1) g`; `v = beta2 v + (1 - beta2) g^2`;
/// `p -= rate m' / (sqrt(v') + epsilon)` with `m' = m / (1 - beta1^t)`, `v' = v / (1 - beta2^t)`.
///
/// Weight decay adds `decay p` to the gradient; decoupled, it multiplies `p` by `1 - rate decay`.
/// Remembers `mean`, `square` and `step` of each parameter.
public final class Adam: Optimizer {
  /// How slowly the running mean and the running mean square follow.
  public let betas: (mean: Double, square: Double)
  /// What keeps the divisor from zero.
  public let epsilon: Double
  /// Whether weight decay stays out of the gradient's moments: AdamW.
  public let isDecoupled: Bool
  public let weightDecay: Double
  public let groups: [ParameterGroup]
  public let weightDecayExclusions: WeightDecayExclusions
  public let state = OptimizerState()

  public var name: String { isDecoupled ? "adamw" : "adam" }

  private init(
    _ betas: (mean: Double, square: Double), _ epsilon: Double, _ weightDecay: Double,
    _ isDecoupled: Bool, _ groups: [ParameterGroup], _ exclusions: WeightDecayExclusions
  ) throws(TrainingError) {
    try require((0..<1).contains(betas.mean), "beta of the mean", betas.mean, "from 0 to below 1")
    try require(
      (0..<1).contains(betas.square), "beta of the square", betas.square, "from 0 to below 1")
    try require(epsilon >= 0, "epsilon", epsilon, "0 or more")
    try require(weightDecay >= 0, "weight decay", weightDecay, "0 or more")
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.isDecoupled = isDecoupled
    self.groups = groups
    self.weightDecayExclusions = exclusions
  }

  /// Adam; weight decay is an L2 penalty.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)``.
  public convenience init(
    betas: (mean: Double, square: Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0, groups: [ParameterGroup] = [],
    weightDecayExclusions: WeightDecayExclusions = .none
  ) throws(TrainingError) {
    try self.init(betas, epsilon, weightDecay, false, groups, weightDecayExclusions)
  }

  /// AdamW; weight decay is decoupled from the gradient.
  ///
  /// - Throws: ``TrainingError/invalidOption(name:value:expected:)``.
  public convenience init(
    decoupledWeightDecay: Double, betas: (mean: Double, square: Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, groups: [ParameterGroup] = [],
    weightDecayExclusions: WeightDecayExclusions = .none
  ) throws(TrainingError) {
    try self.init(betas, epsilon, decoupledWeightDecay, true, groups, weightDecayExclusions)
  }

  public func update(_ share: ParameterShare) throws(TorchError) {
    let means = try slot("mean", of: share) { parameter throws(TorchError) in
      try parameter.zerosLike()
    }
    let squares = try slot("square", of: share) { parameter throws(TorchError) in
      try parameter.zerosLike()
    }
    let steps = try slot("step", of: share) { parameter throws(TorchError) in
      try Tensor.zeros([], device: parameter.device)
    }
    try Operator.increment.inPlace(.tensors(steps), .scalar(1))
    try Foreach.fusedAdam(
      share.parameters, gradients: share.gradients, means: means, squares: squares, steps: steps,
      rate: share.rate, beta1: betas.mean, beta2: betas.square, weightDecay: share.weightDecay,
      epsilon: epsilon, decoupled: isDecoupled)
  }
}

extension Operator {
  fileprivate static let increment = Operator("_foreach_add_", "Scalar")
}
