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

  /// The power of two nearest to every element in its exponent, with its sign:
  /// `AP2(x) = sign(x) 2^round(log2 |x|)`, and 0 of 0. It has no gradient of use.
  ///
  /// M. Courbariaux et al., "Binarized Neural Networks", 2016, algorithms 3 and 4: a product with it is a
  /// shift.
  public func nearestPowerOfTwo() throws(TorchError) -> Tensor {
    try sign() * abs().log2().round().exp2()
  }

  /// ``nearestPowerOfTwo()`` with the gradient 1: `dL/dx = dL/dAP2(x)`.
  public func nearestPowerOfTwoStraightThrough() throws(TorchError) -> Tensor {
    let value = try detached()
    // The difference is exactly zero and carries the gradient.
    return try value.nearestPowerOfTwo() + (self - value)
  }
}
