// Pooling over windows, in as many dimensions as the kernel has numbers.

extension Tensor {
  /// The largest element of each window; `stride` is the kernel if nil.
  ///
  /// With `ceil` the last windows may stand over the edge. The kernel has one or two numbers, or
  /// three.
  public func maxPool(
    _ kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1],
    ceil: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operator.maxPool[Self.variant(kernel)].tensor(
      .tensor(self), .ints(kernel), .ints(stride ?? []), .ints(padding), .ints(dilation),
      .bool(ceil))
  }

  /// The largest element of each window, and where it stands in the flattened spatial axes.
  public func maxPoolWithIndices(
    _ kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1],
    ceil: Bool = false
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    try Operator.maxPoolIndices[Self.variant(kernel)].pair(
      .tensor(self), .ints(kernel), .ints(stride ?? []), .ints(padding), .ints(dilation),
      .bool(ceil))
  }

  /// The mean of each window; `countPadding` says whether zeros of the padding count.
  public func averagePool(
    _ kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceil: Bool = false,
    countPadding: Bool = true
  ) throws(TorchError) -> Tensor {
    try Operator.averagePool[Self.variant(kernel)].tensor(
      .tensor(self), .ints(kernel), .ints(stride ?? []), .ints(padding), .bool(ceil),
      .bool(countPadding))
  }

  /// Means over windows chosen so that the spatial axes get the sizes `size`.
  public func adaptiveAveragePool(_ size: [Int]) throws(TorchError) -> Tensor {
    try Operator.adaptiveAverage[Self.variant(size)].tensor(.tensor(self), .ints(size))
  }

  /// Largest elements of windows chosen so that the spatial axes get the sizes `size`, and where
  /// they stand.
  public func adaptiveMaxPool(
    _ size: [Int]
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    try Operator.adaptiveMax[Self.variant(size)].pair(.tensor(self), .ints(size))
  }

  /// Which of the operators for one, two and three dimensions fits a list; others are refused by
  /// the engine with its own words.
  private static func variant(_ list: [Int]) -> Int { Swift.min(Swift.max(list.count, 1), 3) - 1 }
}

extension Operator {
  fileprivate static let maxPool = (1...3).map { Operator("max_pool\($0)d") }
  fileprivate static let maxPoolIndices = [
    Operator("max_pool1d_with_indices"), Operator("max_pool2d_with_indices"),
    Operator("max_pool3d_with_indices"),
  ]
  fileprivate static let averagePool = (1...3).map { Operator("avg_pool\($0)d") }
  fileprivate static let adaptiveAverage = (1...3).map { Operator("adaptive_avg_pool\($0)d") }
  fileprivate static let adaptiveMax = (1...3).map { Operator("adaptive_max_pool\($0)d") }
}
