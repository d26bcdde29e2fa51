// Elementary functions of one tensor, element by element.

extension Tensor {
  /// The absolute value.
  public func abs() throws(TorchError) -> Tensor {
    try Operator.abs.tensor(.tensor(self))
  }

  /// -1, 0 or 1 by the sign.
  public func sign() throws(TorchError) -> Tensor {
    try Operator.sign.tensor(.tensor(self))
  }

  /// The square root; NaN below zero.
  public func sqrt() throws(TorchError) -> Tensor {
    try Operator.sqrt.tensor(.tensor(self))
  }

  /// The reciprocal of the square root.
  public func rsqrt() throws(TorchError) -> Tensor {
    try Operator.rsqrt.tensor(.tensor(self))
  }

  /// The square.
  public func square() throws(TorchError) -> Tensor {
    try Operator.square.tensor(.tensor(self))
  }

  /// `1 / self`.
  public func reciprocal() throws(TorchError) -> Tensor {
    try Operator.reciprocal.tensor(.tensor(self))
  }

  /// e to the power of each element.
  public func exp() throws(TorchError) -> Tensor {
    try Operator.exp.tensor(.tensor(self))
  }

  /// 2 to the power of each element.
  public func exp2() throws(TorchError) -> Tensor {
    try Operator.exp2.tensor(.tensor(self))
  }

  /// `exp(self) - 1`, exact also near zero.
  public func expm1() throws(TorchError) -> Tensor {
    try Operator.expm1.tensor(.tensor(self))
  }

  /// The natural logarithm.
  public func log() throws(TorchError) -> Tensor {
    try Operator.log.tensor(.tensor(self))
  }

  /// The logarithm to base 2.
  public func log2() throws(TorchError) -> Tensor {
    try Operator.log2.tensor(.tensor(self))
  }

  /// The logarithm to base 10.
  public func log10() throws(TorchError) -> Tensor {
    try Operator.log10.tensor(.tensor(self))
  }

  /// `log(1 + self)`, exact also near zero.
  public func log1p() throws(TorchError) -> Tensor {
    try Operator.log1p.tensor(.tensor(self))
  }

  /// The sine, in radians.
  public func sin() throws(TorchError) -> Tensor {
    try Operator.sin.tensor(.tensor(self))
  }

  /// The cosine, in radians.
  public func cos() throws(TorchError) -> Tensor {
    try Operator.cos.tensor(.tensor(self))
  }

  /// The tangent, in radians.
  public func tan() throws(TorchError) -> Tensor {
    try Operator.tan.tensor(.tensor(self))
  }

  /// The inverse sine, in radians.
  public func asin() throws(TorchError) -> Tensor {
    try Operator.asin.tensor(.tensor(self))
  }

  /// The inverse cosine, in radians.
  public func acos() throws(TorchError) -> Tensor {
    try Operator.acos.tensor(.tensor(self))
  }

  /// The inverse tangent, in radians.
  public func atan() throws(TorchError) -> Tensor {
    try Operator.atan.tensor(.tensor(self))
  }

  /// The hyperbolic sine.
  public func sinh() throws(TorchError) -> Tensor {
    try Operator.sinh.tensor(.tensor(self))
  }

  /// The hyperbolic cosine.
  public func cosh() throws(TorchError) -> Tensor {
    try Operator.cosh.tensor(.tensor(self))
  }

  /// The error function, `2/sqrt(pi) * integral of exp(-t^2) from 0`.
  public func erf() throws(TorchError) -> Tensor {
    try Operator.erf.tensor(.tensor(self))
  }

  /// The logarithm of the absolute value of the gamma function.
  public func lgamma() throws(TorchError) -> Tensor {
    try Operator.lgamma.tensor(.tensor(self))
  }

  /// The derivative of the logarithm of the gamma function.
  public func digamma() throws(TorchError) -> Tensor {
    try Operator.digamma.tensor(.tensor(self))
  }

  /// The largest whole number not above each element.
  public func floor() throws(TorchError) -> Tensor {
    try Operator.floor.tensor(.tensor(self))
  }

  /// The smallest whole number not below each element.
  public func ceil() throws(TorchError) -> Tensor {
    try Operator.ceil.tensor(.tensor(self))
  }

  /// The nearest whole number; halves go to the even one.
  public func round() throws(TorchError) -> Tensor {
    try Operator.round.tensor(.tensor(self))
  }

  /// The whole part, towards zero.
  public func truncate() throws(TorchError) -> Tensor {
    try Operator.truncate.tensor(.tensor(self))
  }

  /// What `truncate` cuts off.
  public func fraction() throws(TorchError) -> Tensor {
    try Operator.fraction.tensor(.tensor(self))
  }

  /// Whether each element is no number.
  public func isNaN() throws(TorchError) -> Tensor {
    try Operator.isNaN.tensor(.tensor(self))
  }

  /// Whether each element is infinite.
  public func isInfinite() throws(TorchError) -> Tensor {
    try Operator.isInfinite.tensor(.tensor(self))
  }

  /// Whether each element is a finite number.
  public func isFinite() throws(TorchError) -> Tensor {
    try Operator.isFinite.tensor(.tensor(self))
  }
}

extension Operator {
  fileprivate static let abs = Operator("abs")
  fileprivate static let sign = Operator("sign")
  fileprivate static let sqrt = Operator("sqrt")
  fileprivate static let rsqrt = Operator("rsqrt")
  fileprivate static let square = Operator("square")
  fileprivate static let reciprocal = Operator("reciprocal")
  fileprivate static let exp = Operator("exp")
  fileprivate static let exp2 = Operator("exp2")
  fileprivate static let expm1 = Operator("expm1")
  fileprivate static let log = Operator("log")
  fileprivate static let log2 = Operator("log2")
  fileprivate static let log10 = Operator("log10")
  fileprivate static let log1p = Operator("log1p")
  fileprivate static let sin = Operator("sin")
  fileprivate static let cos = Operator("cos")
  fileprivate static let tan = Operator("tan")
  fileprivate static let asin = Operator("asin")
  fileprivate static let acos = Operator("acos")
  fileprivate static let atan = Operator("atan")
  fileprivate static let sinh = Operator("sinh")
  fileprivate static let cosh = Operator("cosh")
  fileprivate static let erf = Operator("erf")
  fileprivate static let lgamma = Operator("lgamma")
  fileprivate static let digamma = Operator("digamma")
  fileprivate static let floor = Operator("floor")
  fileprivate static let ceil = Operator("ceil")
  fileprivate static let round = Operator("round")
  fileprivate static let truncate = Operator("trunc")
  fileprivate static let fraction = Operator("frac")
  fileprivate static let isNaN = Operator("isnan")
  fileprivate static let isInfinite = Operator("isinf")
  fileprivate static let isFinite = Operator("isfinite")
}
