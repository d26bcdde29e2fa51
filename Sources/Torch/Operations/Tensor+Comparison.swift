// Comparisons, choices and logic, element by element, with broadcasting.

extension Tensor {
  /// Whether `self == other`.
  public func equal(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.equal.tensor(.tensor(self), .tensor(other))
  }
  /// Whether `self == value`.
  public func equal(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.equalScalar.tensor(.tensor(self), .scalar(value))
  }
  /// Whether `self != other`.
  public func notEqual(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.notEqual.tensor(.tensor(self), .tensor(other))
  }
  /// Whether `self != value`.
  public func notEqual(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.notEqualScalar.tensor(.tensor(self), .scalar(value))
  }
  /// Whether `self < other`.
  public func less(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.less.tensor(.tensor(self), .tensor(other))
  }
  /// Whether `self < value`.
  public func less(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.lessScalar.tensor(.tensor(self), .scalar(value))
  }
  /// Whether `self <= other`.
  public func lessOrEqual(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.lessOrEqual.tensor(.tensor(self), .tensor(other))
  }
  /// Whether `self <= value`.
  public func lessOrEqual(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.lessOrEqualScalar.tensor(.tensor(self), .scalar(value))
  }
  /// Whether `self > other`.
  public func greater(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.greater.tensor(.tensor(self), .tensor(other))
  }
  /// Whether `self > value`.
  public func greater(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.greaterScalar.tensor(.tensor(self), .scalar(value))
  }
  /// Whether `self >= other`.
  public func greaterOrEqual(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.greaterOrEqual.tensor(.tensor(self), .tensor(other))
  }
  /// Whether `self >= value`.
  public func greaterOrEqual(_ value: Scalar) throws(TorchError) -> Tensor {
    try Operator.greaterOrEqualScalar.tensor(.tensor(self), .scalar(value))
  }

  /// Whether both tensors have the same shape and the same elements.
  public func isEqual(to other: Tensor) throws(TorchError) -> Bool {
    guard shape == other.shape else { return false }
    return try Operator.sameElements(.tensor(self), .tensor(other)).first?.scalar == .bool(true)
  }

  /// Whether all elements are close: `|self - other| <= absolute + relative * |other|`.
  public func isClose(
    to other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8
  ) throws(TorchError) -> Bool {
    let results = try Operator.allclose(
      .tensor(self), .tensor(other), .double(relative), .double(absolute))
    return results.first?.scalar == .bool(true)
  }

  /// The larger of both.
  public func maximum(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.maximum.tensor(.tensor(self), .tensor(other))
  }
  /// The smaller of both.
  public func minimum(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.minimum.tensor(.tensor(self), .tensor(other))
  }
  /// Each element limited to the given bounds.
  public func clamp(min: Scalar? = nil, max: Scalar? = nil) throws(TorchError) -> Tensor {
    try Operator.clamp.tensor(.tensor(self), .optional(min), .optional(max))
  }
  /// Each element limited to the bounds given element by element.
  public func clamp(min: Tensor?, max: Tensor?) throws(TorchError) -> Tensor {
    try Operator.clampTensor.tensor(.tensor(self), .optional(min), .optional(max))
  }

  /// Where `condition` holds the elements of `self`, elsewhere those of `other`.
  public func `where`(_ condition: Tensor, else other: Tensor) throws(TorchError) -> Tensor {
    try Operator.choose.tensor(.tensor(condition), .tensor(self), .tensor(other))
  }

  /// Whether both are true (not zero).
  public func logicalAnd(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.and.tensor(.tensor(self), .tensor(other))
  }
  /// Whether one or both are true (not zero).
  public func logicalOr(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.or.tensor(.tensor(self), .tensor(other))
  }
  /// Whether exactly one is true (not zero).
  public func logicalXor(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.xor.tensor(.tensor(self), .tensor(other))
  }
  /// Whether the element is false (zero).
  public func logicalNot() throws(TorchError) -> Tensor {
    try Operator.not.tensor(.tensor(self))
  }
}

extension Operator {
  fileprivate static let equal = Operator("eq", "Tensor")
  fileprivate static let equalScalar = Operator("eq", "Scalar")
  fileprivate static let notEqual = Operator("ne", "Tensor")
  fileprivate static let notEqualScalar = Operator("ne", "Scalar")
  fileprivate static let less = Operator("lt", "Tensor")
  fileprivate static let lessScalar = Operator("lt", "Scalar")
  fileprivate static let lessOrEqual = Operator("le", "Tensor")
  fileprivate static let lessOrEqualScalar = Operator("le", "Scalar")
  fileprivate static let greater = Operator("gt", "Tensor")
  fileprivate static let greaterScalar = Operator("gt", "Scalar")
  fileprivate static let greaterOrEqual = Operator("ge", "Tensor")
  fileprivate static let greaterOrEqualScalar = Operator("ge", "Scalar")
  fileprivate static let sameElements = Operator("equal")
  fileprivate static let allclose = Operator("allclose")
  fileprivate static let maximum = Operator("maximum")
  fileprivate static let minimum = Operator("minimum")
  fileprivate static let clamp = Operator("clamp")
  fileprivate static let clampTensor = Operator("clamp", "Tensor")
  fileprivate static let choose = Operator("where", "self")
  fileprivate static let and = Operator("logical_and")
  fileprivate static let or = Operator("logical_or")
  fileprivate static let xor = Operator("logical_xor")
  fileprivate static let not = Operator("logical_not")
}
