// Sums, products and powers of tensors and numbers, element by element, with broadcasting.

extension Tensor {
  /// `self + alpha * other`.
  public func add(_ other: Tensor, alpha: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.add.tensor(.tensor(self), .tensor(other), .scalar(alpha))
  }

  /// `self - alpha * other`.
  public func subtract(_ other: Tensor, alpha: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.subtract.tensor(.tensor(self), .tensor(other), .scalar(alpha))
  }

  /// `self * other`.
  public func multiply(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.multiply.tensor(.tensor(self), .tensor(other))
  }

  /// `self / other`; integers give floats.
  public func divide(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.divide.tensor(.tensor(self), .tensor(other))
  }

  /// The quotient rounded: `floor` towards minus infinity, `trunc` towards zero.
  public func divide(_ other: Tensor, rounding: Rounding) throws(TorchError) -> Tensor {
    try Operator.divideRounded.tensor(.tensor(self), .tensor(other), .string(rounding.rawValue))
  }

  /// How a quotient becomes a whole number.
  public enum Rounding: String, Sendable {
    case floor
    case truncate = "trunc"
  }

  /// The remainder with the sign of `other`, as Python's `%`.
  public func remainder(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.remainder.tensor(.tensor(self), .tensor(other))
  }

  /// The remainder with the sign of `self`, as C's `fmod`.
  public func truncatedRemainder(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.fmod.tensor(.tensor(self), .tensor(other))
  }

  /// `self` to the power `exponent`.
  public func pow(_ exponent: Tensor) throws(TorchError) -> Tensor {
    try Operator.pow.tensor(.tensor(self), .tensor(exponent))
  }

  /// `self` to the power `exponent`.
  public func pow(_ exponent: Scalar) throws(TorchError) -> Tensor {
    try Operator.powScalar.tensor(.tensor(self), .scalar(exponent))
  }

  /// `base` to the power `self`.
  public func exponentiate(base: Scalar) throws(TorchError) -> Tensor {
    try Operator.powBase.tensor(.scalar(base), .tensor(self))
  }

  /// `self + value * a * b`.
  public func addcmul(_ a: Tensor, _ b: Tensor, value: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.addcmul.tensor(.tensor(self), .tensor(a), .tensor(b), .scalar(value))
  }

  /// `self + value * a / b`.
  public func addcdiv(_ a: Tensor, _ b: Tensor, value: Scalar = 1) throws(TorchError) -> Tensor {
    try Operator.addcdiv.tensor(.tensor(self), .tensor(a), .tensor(b), .scalar(value))
  }

  /// `self + weight * (end - self)`.
  public func lerp(_ end: Tensor, weight: Scalar) throws(TorchError) -> Tensor {
    try Operator.lerp.tensor(.tensor(self), .tensor(end), .scalar(weight))
  }
}

// MARK: - Operators

extension Tensor {
  /// The sum, element by element.
  public static func + (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try left.add(right)
  }
  /// Adds a number to every element.
  public static func + <N: TorchScalar>(left: Tensor, right: N) throws(TorchError) -> Tensor {
    try Operator.addScalar.tensor(.tensor(left), .scalar(right.scalar))
  }
  /// Adds a number to every element.
  public static func + <N: TorchScalar>(left: N, right: Tensor) throws(TorchError) -> Tensor {
    try right + left
  }

  /// The difference, element by element.
  public static func - (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try left.subtract(right)
  }
  /// Subtracts a number from every element.
  public static func - <N: TorchScalar>(left: Tensor, right: N) throws(TorchError) -> Tensor {
    try Operator.subtractScalar.tensor(.tensor(left), .scalar(right.scalar))
  }
  /// Subtracts every element from a number.
  public static func - <N: TorchScalar>(left: N, right: Tensor) throws(TorchError) -> Tensor {
    try Operator.rsubtract.tensor(.tensor(right), .scalar(left.scalar))
  }

  /// The product, element by element.
  public static func * (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try left.multiply(right)
  }
  /// Multiplies every element by a number.
  public static func * <N: TorchScalar>(left: Tensor, right: N) throws(TorchError) -> Tensor {
    try Operator.multiplyScalar.tensor(.tensor(left), .scalar(right.scalar))
  }
  /// Multiplies every element by a number.
  public static func * <N: TorchScalar>(left: N, right: Tensor) throws(TorchError) -> Tensor {
    try right * left
  }

  /// The quotient, element by element; integers give floats.
  public static func / (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try left.divide(right)
  }
  /// Divides every element by a number.
  public static func / <N: TorchScalar>(left: Tensor, right: N) throws(TorchError) -> Tensor {
    try Operator.divideScalar.tensor(.tensor(left), .scalar(right.scalar))
  }
  /// Divides a number by every element.
  public static func / <N: TorchScalar>(left: N, right: Tensor) throws(TorchError) -> Tensor {
    try right.reciprocal() * left
  }

  /// The negative of every element.
  public static prefix func - (operand: Tensor) throws(TorchError) -> Tensor {
    try Operator.negate.tensor(.tensor(operand))
  }
}

extension Operator {
  fileprivate static let add = Operator("add", "Tensor")
  fileprivate static let addScalar = Operator("add", "Scalar")
  fileprivate static let subtract = Operator("sub", "Tensor")
  fileprivate static let subtractScalar = Operator("sub", "Scalar")
  fileprivate static let rsubtract = Operator("rsub", "Scalar")
  fileprivate static let multiply = Operator("mul", "Tensor")
  fileprivate static let multiplyScalar = Operator("mul", "Scalar")
  fileprivate static let divide = Operator("div", "Tensor")
  fileprivate static let divideScalar = Operator("div", "Scalar")
  fileprivate static let divideRounded = Operator("div", "Tensor_mode")
  fileprivate static let remainder = Operator("remainder", "Tensor")
  fileprivate static let fmod = Operator("fmod", "Tensor")
  fileprivate static let negate = Operator("neg")
  fileprivate static let pow = Operator("pow", "Tensor_Tensor")
  fileprivate static let powScalar = Operator("pow", "Tensor_Scalar")
  fileprivate static let powBase = Operator("pow", "Scalar")
  fileprivate static let addcmul = Operator("addcmul")
  fileprivate static let addcdiv = Operator("addcdiv")
  fileprivate static let lerp = Operator("lerp", "Scalar")
}
