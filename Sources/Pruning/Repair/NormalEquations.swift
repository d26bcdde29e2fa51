// Least squares by normal equations that are added up sample by sample.

import Torch

/// Least squares `min over W of sum_s |y_s - W x_s|^2 + lambda |W - W0|^2`, from sums over samples.
///
/// What is kept is `A = sum x x^T` and `B = sum x y^T` in double precision, never the samples. The ridge
/// pulls towards the weights `W0` that are there, not towards 0, so that directions in which the
/// samples say nothing stay as they are; lambda is a fixed part of the mean of A's diagonal, and only
/// there to make A invertible: one step of iterative refinement takes most of its bias away again.
struct NormalEquations {
  /// Lambda over the mean of A's diagonal.
  static let ridge = 1e-10

  private var a: Tensor
  private var b: Tensor
  private var yy: Tensor
  /// How many samples there are.
  private(set) var samples = 0

  /// `A` and `B`.
  var sums: (a: Tensor, b: Tensor) { (a, b) }

  /// Nothing yet, for `inputs` unknowns of each of `outputs` sums.
  init(inputs: Int, outputs: Int, device: Device) throws(TorchError) {
    a = try Tensor.zeros([inputs, inputs], type: .float64, device: device)
    b = try Tensor.zeros([inputs, outputs], type: .float64, device: device)
    yy = try Tensor.zeros([], type: .float64, device: device)
  }

  /// Adds samples `x` [S, inputs] with targets `y` [S, outputs].
  mutating func add(_ x: Tensor, _ y: Tensor) throws(TorchError) {
    let (x, y) = (try x.to(type: .float64), try y.to(type: .float64))
    a = try a.addmm(x.transpose(), x)
    b = try b.addmm(x.transpose(), y)
    yy = try yy + y.square().sum()
    samples += x.shape[0]
  }

  /// The weights `[inputs, outputs]` that fit best, starting from `start`.
  ///
  /// - Throws: where A is not positive definite even so: the samples are not finite.
  func solve(from start: Tensor) throws(TorchError) -> Tensor {
    let count = a.shape[0]
    let mean = try a.diagonal().mean().scalar()
    let lambda = mean > 0 ? mean * Self.ridge : 1
    let triangle = try (a + Tensor.eye(count, type: .float64, device: a.device) * lambda).cholesky()
    var weights = start
    for _ in 0..<2 {
      weights = try weights + triangle.choleskySolve(b - a.mm(weights))
    }
    return weights
  }

  /// `sum |y|^2`.
  func total() throws(TorchError) -> Double { try yy.scalar() }

  /// `sum |y - W x|^2`, to the rounding of `total()`.
  func residual(of weights: Tensor) throws(TorchError) -> Double {
    let explained = try (weights * (b * 2.0 - a.mm(weights))).sum().scalar()
    return max(0, try yy.scalar() - explained)
  }
}
