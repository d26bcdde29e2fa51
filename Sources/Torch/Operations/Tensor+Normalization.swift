// Normalisations: shift and scale to mean 0 and variance 1 over some of the axes.

extension Tensor {
  /// Batch normalisation: over all axes but axis 1, the channels.
  ///
  /// In training the statistics are those of the batch, and the running ones move towards them by
  /// `momentum` (the variance with Bessel's correction). Otherwise the running statistics are used.
  /// Ioffe and Szegedy, Batch Normalization, 2015.
  public func batchNorm(
    weight: Tensor? = nil, bias: Tensor? = nil, runningMean: Tensor?, runningVariance: Tensor?,
    training: Bool, momentum: Double = 0.1, epsilon: Double = 1e-5
  ) throws(TorchError) -> Tensor {
    try Operator.batchNorm.tensor(
      .tensor(self), .optional(weight), .optional(bias), .optional(runningMean),
      .optional(runningVariance), .bool(training), .double(momentum), .double(epsilon), true)
  }

  /// Layer normalisation over the last axes, whose sizes `shape` names.
  public func layerNorm(
    _ shape: Shape, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
  ) throws(TorchError) -> Tensor {
    try Operator.layerNorm.tensor(
      .tensor(self), .ints(shape), .optional(weight), .optional(bias), .double(epsilon))
  }

  /// Group normalisation: over each of `groups` equal groups of channels and all later axes.
  public func groupNorm(
    groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
  ) throws(TorchError) -> Tensor {
    try Operator.groupNorm.tensor(
      .tensor(self), .int(groups), .optional(weight), .optional(bias), .double(epsilon))
  }

  /// Instance normalisation: over the axes after the channels, each example for itself.
  public func instanceNorm(
    weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
  ) throws(TorchError) -> Tensor {
    try Operator.instanceNorm.tensor(
      .tensor(self), .optional(weight), .optional(bias), nil, nil, true, 0.0, .double(epsilon),
      true)
  }
}

extension Operator {
  fileprivate static let batchNorm = Operator("batch_norm")
  fileprivate static let layerNorm = Operator("layer_norm")
  fileprivate static let groupNorm = Operator("group_norm")
  fileprivate static let instanceNorm = Operator("instance_norm")
}
