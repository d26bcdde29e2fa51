// Losses between predictions and targets.

extension Tensor {
  /// How the losses of the examples become one.
  public enum Reduction: Int, Sendable {
    case none = 0
    case mean = 1
    case sum = 2
  }

  /// The cross-entropy of logits `[N, classes, ...]` against class numbers or probabilities.
  ///
  /// With label smoothing `s` the target is `1 - s` of itself and `s` spread over all classes.
  public func crossEntropy(
    _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean, ignoring: Int = -100,
    labelSmoothing: Double = 0
  ) throws(TorchError) -> Tensor {
    try Operator.crossEntropy.tensor(
      .tensor(self), .tensor(target), .optional(weight), .int(reduction.rawValue),
      .int(ignoring), .double(labelSmoothing))
  }

  /// The negative of the log-probability `[N, classes, ...]` of each class number.
  public func negativeLogLikelihood(
    _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean, ignoring: Int = -100
  ) throws(TorchError) -> Tensor {
    try Operator.nll.tensor(
      .tensor(self), .tensor(target), .optional(weight), .int(reduction.rawValue),
      .int(ignoring))
  }

  /// The squared difference.
  public func meanSquaredError(
    _ target: Tensor, reduction: Reduction = .mean
  ) throws(TorchError) -> Tensor {
    try Operator.mse.tensor(.tensor(self), .tensor(target), .int(reduction.rawValue))
  }

  /// The absolute difference.
  public func absoluteError(
    _ target: Tensor, reduction: Reduction = .mean
  ) throws(TorchError) -> Tensor {
    try Operator.l1.tensor(.tensor(self), .tensor(target), .int(reduction.rawValue))
  }

  /// The Kullback-Leibler divergence `target * (log target - self)` of log-probabilities.
  ///
  /// `.mean` divides by the number of elements; divide `.sum` by the batch for the usual mean.
  public func klDivergence(
    _ target: Tensor, reduction: Reduction = .mean, logTarget: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operator.klDivergence.tensor(
      .tensor(self), .tensor(target), .int(reduction.rawValue), .bool(logTarget))
  }

  /// The cross-entropy of logits against targets between 0 and 1, each element for itself.
  public func binaryCrossEntropyWithLogits(
    _ target: Tensor, weight: Tensor? = nil, positiveWeight: Tensor? = nil,
    reduction: Reduction = .mean
  ) throws(TorchError) -> Tensor {
    try Operator.binaryCrossEntropy.tensor(
      .tensor(self), .tensor(target), .optional(weight), .optional(positiveWeight),
      .int(reduction.rawValue))
  }
}

extension Operator {
  fileprivate static let crossEntropy = Operator("cross_entropy_loss")
  fileprivate static let nll = Operator("nll_loss_nd")
  fileprivate static let mse = Operator("mse_loss")
  fileprivate static let l1 = Operator("l1_loss")
  fileprivate static let klDivergence = Operator("kl_div")
  fileprivate static let binaryCrossEntropy = Operator("binary_cross_entropy_with_logits")
}
