// Operations that change a tensor's elements. Each returns the tensor itself.

extension Tensor {
  /// `self += alpha * other`.
  @discardableResult
  public func addInPlace(_ other: Tensor, alpha: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.add.inPlace(.tensor(self), .tensor(other), .scalar(alpha))
    return self
  }

  /// `self += value`.
  @discardableResult
  public func addInPlace(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.addScalar.inPlace(.tensor(self), .scalar(value))
    return self
  }

  /// `self -= alpha * other`.
  @discardableResult
  public func subtractInPlace(_ other: Tensor, alpha: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.subtract.inPlace(.tensor(self), .tensor(other), .scalar(alpha))
    return self
  }

  /// `self *= other`.
  @discardableResult
  public func multiplyInPlace(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.multiply.inPlace(.tensor(self), .tensor(other))
    return self
  }

  /// `self *= value`.
  @discardableResult
  public func multiplyInPlace(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.multiplyScalar.inPlace(.tensor(self), .scalar(value))
    return self
  }

  /// `self /= other`.
  @discardableResult
  public func divideInPlace(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.divide.inPlace(.tensor(self), .tensor(other))
    return self
  }

  /// `self += value * a * b`.
  @discardableResult
  public func addcmulInPlace(
    _ a: Tensor, _ b: Tensor, value: Scalar = 1
  ) throws(TorchError) -> Tensor {
    try Operator.addcmul.inPlace(.tensor(self), .tensor(a), .tensor(b), .scalar(value))
    return self
  }

  /// `self += value * a / b`.
  @discardableResult
  public func addcdivInPlace(
    _ a: Tensor, _ b: Tensor, value: Scalar = 1
  ) throws(TorchError) -> Tensor {
    try Operator.addcdiv.inPlace(.tensor(self), .tensor(a), .tensor(b), .scalar(value))
    return self
  }

  /// `self += weight * (end - self)`.
  @discardableResult
  public func lerpInPlace(_ end: Tensor, weight: Scalar) throws(TorchError) -> Tensor {
    try Operator.lerp.inPlace(.tensor(self), .tensor(end), .scalar(weight))
    return self
  }

  /// The square root of every element.
  @discardableResult
  public func sqrtInPlace() throws(TorchError) -> Tensor {
    try Operator.sqrt.inPlace(.tensor(self))
    return self
  }

  /// Every element limited to the given bounds.
  @discardableResult
  public func clampInPlace(min: Scalar? = nil, max: Scalar? = nil) throws(TorchError) -> Tensor {
    try Operator.clamp.inPlace(.tensor(self), .optional(min), .optional(max))
    return self
  }

  /// The elements of `source`, converted and broadcast as needed.
  @discardableResult
  public func copyInPlace(_ source: Tensor) throws(TorchError) -> Tensor {
    try Operator.copy.inPlace(.tensor(self), .tensor(source))
    return self
  }

  /// All elements 0.
  @discardableResult
  public func zeroInPlace() throws(TorchError) -> Tensor {
    try Operator.zero.inPlace(.tensor(self))
    return self
  }

  /// All elements `value`.
  @discardableResult
  public func fillInPlace(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.fill.inPlace(.tensor(self), .scalar(value))
    return self
  }

  /// `value` where `mask` is true.
  @discardableResult
  public func maskedFillInPlace(_ mask: Tensor, _ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.maskedFill.inPlace(.tensor(self), .tensor(mask), .scalar(value))
    return self
  }

  /// The slices of `source` at `indices` along `axis`.
  @discardableResult
  public func indexCopyInPlace(
    axis: Int, _ indices: Tensor, _ source: Tensor
  ) throws(TorchError) -> Tensor {
    try Operator.indexCopy.inPlace(
      .tensor(self), .int(axis), .tensor(indices), .tensor(source))
    return self
  }
}

extension Operator {
  fileprivate static let add = Operator("add_", "Tensor")
  fileprivate static let addScalar = Operator("add_", "Scalar")
  fileprivate static let subtract = Operator("sub_", "Tensor")
  fileprivate static let multiply = Operator("mul_", "Tensor")
  fileprivate static let multiplyScalar = Operator("mul_", "Scalar")
  fileprivate static let divide = Operator("div_", "Tensor")
  fileprivate static let addcmul = Operator("addcmul_")
  fileprivate static let addcdiv = Operator("addcdiv_")
  fileprivate static let lerp = Operator("lerp_", "Scalar")
  fileprivate static let sqrt = Operator("sqrt_")
  fileprivate static let clamp = Operator("clamp_")
  fileprivate static let copy = Operator("copy_")
  fileprivate static let zero = Operator("zero_")
  fileprivate static let fill = Operator("fill_", "Scalar")
  fileprivate static let maskedFill = Operator("masked_fill_", "Scalar")
  fileprivate static let indexCopy = Operator("index_copy_")
}
