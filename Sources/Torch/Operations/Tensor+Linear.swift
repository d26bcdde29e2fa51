// Products of matrices and vectors.

extension Tensor {
  /// The matrix product over the last two axes, broadcasting the others; vectors as NumPy has it.
  public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.matmul.tensor(.tensor(self), .tensor(other))
  }

  /// The product of two matrices.
  public func mm(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.mm.tensor(.tensor(self), .tensor(other))
  }

  /// The products of two stacks of matrices, `[B, n, m]` and `[B, m, p]`.
  public func bmm(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.bmm.tensor(.tensor(self), .tensor(other))
  }

  /// The inner product of two vectors.
  public func dot(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.dot.tensor(.tensor(self), .tensor(other))
  }

  /// The outer product of two vectors.
  public func outer(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operator.outer.tensor(.tensor(self), .tensor(other))
  }

  /// `beta * self + alpha * a @ b` for matrices `a` and `b`.
  public func addmm(
    _ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1
  ) throws(TorchError) -> Tensor {
    try Operator.addmm.tensor(
      .tensor(self), .tensor(a), .tensor(b), .scalar(beta), .scalar(alpha))
  }

  /// `self @ weight^T + bias`; `weight` has the shape `[outputs, inputs]`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws(TorchError) -> Tensor {
    try Operator.linear.tensor(.tensor(self), .tensor(weight), .optional(bias))
  }

  /// A sum of products written with Einstein's convention, such as `"bij,bjk->bik"`.
  public static func einsum(
    _ equation: String, _ tensors: Tensor...
  ) throws(TorchError) -> Tensor {
    try Operator.einsum.tensor(.string(equation), .tensors(tensors))
  }

  /// Attention, `softmax(q k^T * scale) v`, on `[batch, heads, length, width]`.
  ///
  /// The scale is `1/sqrt(width)` if nil; a Boolean mask lets true positions take part.
  public func scaledDotProductAttention(
    keys: Tensor, values: Tensor, mask: Tensor? = nil, causal: Bool = false, scale: Double? = nil
  ) throws(TorchError) -> Tensor {
    try Operator.attention.tensor(
      .tensor(self), .tensor(keys), .tensor(values), .optional(mask), 0.0, .bool(causal),
      .optional(scale))
  }
}

extension Operator {
  fileprivate static let matmul = Operator("matmul")
  fileprivate static let mm = Operator("mm")
  fileprivate static let bmm = Operator("bmm")
  fileprivate static let dot = Operator("dot")
  fileprivate static let outer = Operator("outer")
  fileprivate static let addmm = Operator("addmm")
  fileprivate static let linear = Operator("linear")
  fileprivate static let einsum = Operator("einsum")
  fileprivate static let attention = Operator("scaled_dot_product_attention")
}
