// Convolutions in one, two and three dimensions.

extension Tensor {
  /// The convolution (cross-correlation) of `[N, C, spatial...]` with `weight`.
  ///
  /// `weight` has the shape `[outputs, C / groups, kernel...]`, transposed
  /// `[C, outputs / groups, kernel...]`. Each of the lists holds one number for every spatial
  /// axis, or a single number for all of them. Output size:
  /// `(size + 2 padding - dilation (kernel - 1) - 1) / stride + 1`, rounded down.
  public func convolution(
    _ weight: Tensor, bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0],
    dilation: [Int] = [1], transposed: Bool = false, outputPadding: [Int] = [0], groups: Int = 1
  ) throws(TorchError) -> Tensor {
    try Operator.convolution.tensor(
      .tensor(self), .tensor(weight), .optional(bias), .ints(stride), .ints(padding),
      .ints(dilation), .bool(transposed), .ints(outputPadding), .int(groups))
  }
}

extension Operator {
  fileprivate static let convolution = Operator("convolution")
}
