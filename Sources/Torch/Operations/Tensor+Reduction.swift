// Sums, means, extremes and other values taken over axes. Negative axes count from the last.

extension Tensor {
  /// The sum over `axes`, all of them if nil.
  public func sum(
    _ axes: [Int]? = nil, keepAxes: Bool = false, type: ScalarType? = nil
  ) throws(TorchError) -> Tensor {
    try Operator.sum.tensor(.tensor(self), .optional(axes), .bool(keepAxes), .optional(type))
  }

  /// The mean over `axes`, all of them if nil.
  public func mean(
    _ axes: [Int]? = nil, keepAxes: Bool = false, type: ScalarType? = nil
  ) throws(TorchError) -> Tensor {
    try Operator.mean.tensor(.tensor(self), .optional(axes), .bool(keepAxes), .optional(type))
  }

  /// The variance over `axes`: squared deviations divided by the count less `correction`.
  public func variance(
    _ axes: [Int]? = nil, correction: Scalar = 1, keepAxes: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operator.variance.tensor(
      .tensor(self), .optional(axes), .scalar(correction), .bool(keepAxes))
  }

  /// The square root of `variance`.
  public func standardDeviation(
    _ axes: [Int]? = nil, correction: Scalar = 1, keepAxes: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operator.std.tensor(.tensor(self), .optional(axes), .scalar(correction), .bool(keepAxes))
  }

  /// The product of all elements.
  public func product() throws(TorchError) -> Tensor { try Operator.product.tensor(.tensor(self)) }

  /// The product over one axis.
  public func product(axis: Int, keepAxis: Bool = false) throws(TorchError) -> Tensor {
    try Operator.productAxis.tensor(.tensor(self), .int(axis), .bool(keepAxis))
  }

  /// The largest of all elements.
  public func max() throws(TorchError) -> Tensor { try Operator.max.tensor(.tensor(self)) }

  /// The largest elements along one axis, and where they stand.
  public func max(
    axis: Int, keepAxis: Bool = false
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    try Operator.maxAxis.pair(.tensor(self), .int(axis), .bool(keepAxis))
  }

  /// The smallest of all elements.
  public func min() throws(TorchError) -> Tensor { try Operator.min.tensor(.tensor(self)) }

  /// The smallest elements along one axis, and where they stand.
  public func min(
    axis: Int, keepAxis: Bool = false
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    try Operator.minAxis.pair(.tensor(self), .int(axis), .bool(keepAxis))
  }

  /// The largest elements over `axes`; the gradient is shared among equal ones.
  public func amax(_ axes: [Int] = [], keepAxes: Bool = false) throws(TorchError) -> Tensor {
    try Operator.amax.tensor(.tensor(self), .ints(axes), .bool(keepAxes))
  }

  /// The smallest elements over `axes`; the gradient is shared among equal ones.
  public func amin(_ axes: [Int] = [], keepAxes: Bool = false) throws(TorchError) -> Tensor {
    try Operator.amin.tensor(.tensor(self), .ints(axes), .bool(keepAxes))
  }

  /// Where the largest element stands along `axis`, in the flattened tensor if nil.
  public func argmax(axis: Int? = nil, keepAxis: Bool = false) throws(TorchError) -> Tensor {
    try Operator.argmax.tensor(.tensor(self), .optional(axis), .bool(keepAxis))
  }

  /// Where the smallest element stands along `axis`, in the flattened tensor if nil.
  public func argmin(axis: Int? = nil, keepAxis: Bool = false) throws(TorchError) -> Tensor {
    try Operator.argmin.tensor(.tensor(self), .optional(axis), .bool(keepAxis))
  }

  /// The vector norm `(sum |x|^order)^(1/order)` over `axes`, all of them if nil.
  ///
  /// Order 0 counts the elements that are not zero; infinity gives the largest absolute value.
  public func norm(
    order: Scalar = 2, _ axes: [Int]? = nil, keepAxes: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operator.norm.tensor(.tensor(self), .scalar(order), .optional(axes), .bool(keepAxes))
  }

  /// `log(sum(exp(self)))` over `axes`, without overflow.
  public func logSumExp(_ axes: [Int], keepAxes: Bool = false) throws(TorchError) -> Tensor {
    try Operator.logSumExp.tensor(.tensor(self), .ints(axes), .bool(keepAxes))
  }

  /// Whether all elements are true (not zero) over `axes`, all of them if nil.
  public func all(_ axes: [Int]? = nil, keepAxes: Bool = false) throws(TorchError) -> Tensor {
    try Operator.all.tensor(.tensor(self), .optional(axes), .bool(keepAxes))
  }

  /// Whether any element is true (not zero) over `axes`, all of them if nil.
  public func any(_ axes: [Int]? = nil, keepAxes: Bool = false) throws(TorchError) -> Tensor {
    try Operator.any.tensor(.tensor(self), .optional(axes), .bool(keepAxes))
  }

  /// How many elements are not zero, over `axes`, all of them if nil.
  public func countNonzero(_ axes: [Int]? = nil) throws(TorchError) -> Tensor {
    try notEqual(0).sum(axes)
  }

  /// The running sum along one axis.
  public func cumulativeSum(axis: Int) throws(TorchError) -> Tensor {
    try Operator.cumsum.tensor(.tensor(self), .int(axis))
  }

  /// The running product along one axis.
  public func cumulativeProduct(axis: Int) throws(TorchError) -> Tensor {
    try Operator.cumprod.tensor(.tensor(self), .int(axis))
  }
}

extension Operator {
  fileprivate static let sum = Operator("sum", "dim_IntList")
  fileprivate static let mean = Operator("mean", "dim")
  fileprivate static let variance = Operator("var", "correction")
  fileprivate static let std = Operator("std", "correction")
  fileprivate static let product = Operator("prod")
  fileprivate static let productAxis = Operator("prod", "dim_int")
  fileprivate static let max = Operator("max")
  fileprivate static let maxAxis = Operator("max", "dim")
  fileprivate static let min = Operator("min")
  fileprivate static let minAxis = Operator("min", "dim")
  fileprivate static let amax = Operator("amax")
  fileprivate static let amin = Operator("amin")
  fileprivate static let argmax = Operator("argmax")
  fileprivate static let argmin = Operator("argmin")
  fileprivate static let norm = Operator("linalg_vector_norm")
  fileprivate static let logSumExp = Operator("logsumexp")
  fileprivate static let all = Operator("all", "dims")
  fileprivate static let any = Operator("any", "dims")
  fileprivate static let cumsum = Operator("cumsum")
  fileprivate static let cumprod = Operator("cumprod")
}
