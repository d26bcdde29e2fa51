// Straight-through estimators: steps whose gradient is that of what they stand for.

extension Tensor {
  /// The sign of every element, with the gradient of the hard hyperbolic tangent:
  /// `dL/dx = dL/dsign(x) 1[|x| <= 1]`.
  ///
  /// The sign's own gradient is zero wherever it exists. M. Courbariaux et al., "Binarized Neural
  /// Networks", 2016, equation 4.
  public func signStraightThrough() throws(TorchError) -> Tensor {
    let bounded = try clamp(min: -1, max: 1)
    // The difference is exactly zero and carries the gradient.
    return try sign().detached() + (bounded - bounded.detached())
  }
}
