// Activation functions, element by element or normalised along an axis.

extension Tensor {
  /// `max(0, self)`.
  public func relu() throws(TorchError) -> Tensor {
    try Operator.relu.tensor(.tensor(self))
  }

  /// `min(6, max(0, self))`.
  public func relu6() throws(TorchError) -> Tensor {
    try Operator.relu6.tensor(.tensor(self))
  }

  /// `1 / (1 + exp(-self))`.
  public func sigmoid() throws(TorchError) -> Tensor {
    try Operator.sigmoid.tensor(.tensor(self))
  }

  /// The hyperbolic tangent.
  public func tanh() throws(TorchError) -> Tensor {
    try Operator.tanh.tensor(.tensor(self))
  }

  /// `self * sigmoid(self)`, also called swish.
  public func silu() throws(TorchError) -> Tensor {
    try Operator.silu.tensor(.tensor(self))
  }

  /// `self * tanh(softplus(self))`.
  public func mish() throws(TorchError) -> Tensor {
    try Operator.mish.tensor(.tensor(self))
  }

  /// The scaled exponential linear unit, which keeps mean 0 and variance 1.
  public func selu() throws(TorchError) -> Tensor {
    try Operator.selu.tensor(.tensor(self))
  }

  /// `self * relu6(self + 3) / 6`.
  public func hardswish() throws(TorchError) -> Tensor {
    try Operator.hardswish.tensor(.tensor(self))
  }

  /// `relu6(self + 3) / 6`, composed, because libtorch's own cannot be differentiated twice.
  public func hardsigmoid() throws(TorchError) -> Tensor {
    try (self + 3).relu6() / 6
  }

  /// `log(sigmoid(self))`, without overflow.
  public func logSigmoid() throws(TorchError) -> Tensor {
    try Operator.logSigmoid.tensor(.tensor(self))
  }

  /// `self` above zero, `slope * self` below.
  public func leakyRelu(slope: Scalar = 0.01) throws(TorchError) -> Tensor {
    try Operator.leakyRelu.tensor(.tensor(self), .scalar(slope))
  }

  /// `self` above zero, `slope * self` below, with one slope for each channel (axis 1) or one.
  public func prelu(_ slope: Tensor) throws(TorchError) -> Tensor {
    try Operator.prelu.tensor(.tensor(self), .tensor(slope))
  }

  /// `self` above zero, `alpha * (exp(self) - 1)` below.
  public func elu(alpha: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.elu.tensor(.tensor(self), .scalar(alpha))
  }

  /// `max(0, self) + min(0, alpha * (exp(self / alpha) - 1))`.
  public func celu(alpha: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.celu.tensor(.tensor(self), .scalar(alpha))
  }

  /// `self * Phi(self)` with the normal distribution function, exactly or by its `tanh` formula.
  public func gelu(approximate: Bool = false) throws(TorchError) -> Tensor {
    try Operator.gelu.tensor(.tensor(self), .string(approximate ? "tanh" : "none"))
  }

  /// Limited to the given bounds, -1 and 1 by default.
  public func hardtanh(min: Scalar = -1, max: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.hardtanh.tensor(.tensor(self), .scalar(min), .scalar(max))
  }

  /// `log(1 + exp(beta * self)) / beta`, linear above `threshold`.
  public func softplus(beta: Scalar = 1, threshold: Scalar = 20) throws(TorchError) -> Tensor {
    try Operator.softplus.tensor(.tensor(self), .scalar(beta), .scalar(threshold))
  }

  /// `exp(self)` divided by its sum along `axis`.
  public func softmax(axis: Int) throws(TorchError) -> Tensor {
    try Operator.softmax.tensor(.tensor(self), .int(axis))
  }

  /// The logarithm of `softmax`, without overflow.
  public func logSoftmax(axis: Int) throws(TorchError) -> Tensor {
    try Operator.logSoftmax.tensor(.tensor(self), .int(axis))
  }

  /// The first half along `axis` times the sigmoid of the second half.
  public func glu(axis: Int = -1) throws(TorchError) -> Tensor {
    try Operator.glu.tensor(.tensor(self), .int(axis))
  }
}

extension Operator {
  fileprivate static let relu = Operator("relu")
  fileprivate static let relu6 = Operator("relu6")
  fileprivate static let sigmoid = Operator("sigmoid")
  fileprivate static let tanh = Operator("tanh")
  fileprivate static let silu = Operator("silu")
  fileprivate static let mish = Operator("mish")
  fileprivate static let selu = Operator("selu")
  fileprivate static let hardswish = Operator("hardswish")
  fileprivate static let logSigmoid = Operator("log_sigmoid")
  fileprivate static let leakyRelu = Operator("leaky_relu")
  fileprivate static let prelu = Operator("prelu")
  fileprivate static let elu = Operator("elu")
  fileprivate static let celu = Operator("celu")
  fileprivate static let gelu = Operator("gelu")
  fileprivate static let hardtanh = Operator("hardtanh")
  fileprivate static let softplus = Operator("softplus")
  fileprivate static let softmax = Operator("softmax", "int")
  fileprivate static let logSoftmax = Operator("log_softmax", "int")
  fileprivate static let glu = Operator("glu")
}
