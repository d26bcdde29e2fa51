// A soft mask: trained factors of units or of whole branches, which a proximal method takes to zero.

import Execution
import Torch

/// The factors of one group of units, or the one factor of a branch.
public final class SoftMask {
  /// What the masks stand for.
  public let name: String
  /// The point y at which gradients are taken, `[units]`.
  public let point: Tensor
  /// The masks m themselves.
  public internal(set) var values: Tensor
  /// Those of the step before.
  var previous: Tensor

  init(_ name: String, count: Int, type: ScalarType, device: Device) throws(TorchError) {
    self.name = name
    point = try Tensor.ones([count], type: type, device: device).requireGradient()
    values = try point.detached().clone()
    previous = try values.clone()
  }

  /// One step of the fast iterative shrinkage-thresholding algorithm (Beck and Teboulle 2009):
  ///
  ///     m_k = S(y_k - rate g, rate strength),   S(v, t) = sign(v) max(0, |v| - t)
  ///     y_k+1 = m_k + (a_k - 1) / a_k+1 (m_k - m_k-1)
  ///
  /// - Parameter momentum: `(a_k - 1) / a_k+1`.
  /// - Returns: `(y_k - m_k) . (m_k - m_k-1)`, above 0 where the momentum leads astray.
  @discardableResult
  func step(
    _ gradient: Tensor, rate: Double, strength: Double, momentum: Double
  ) throws(TorchError) -> Double {
    try withoutGradients { () throws(TorchError) in
      let moved = try point - gradient * rate
      let shrunk = try moved.sign() * (moved.abs() - rate * strength).clamp(min: 0)
      previous = values
      values = shrunk
      let astray = try ((point - shrunk) * (shrunk - previous)).sum().scalar()
      _ = try point.copyInPlace(shrunk + (shrunk - previous) * momentum)
      return astray
    }
  }
}

/// `effective = weight x mask`, along an axis or as a whole: at y in training, at m otherwise.
public final class SoftMasked: Parametrization {
  /// The masks.
  public let mask: SoftMask
  /// The axis along which they lie; `nil` for one factor.
  public let axis: Int?
  /// Whether the masks are trained with this tensor, and not with another that shares them.
  public let owns: Bool

  init(_ mask: SoftMask, axis: Int?, owns: Bool) {
    self.mask = mask
    self.axis = axis
    self.owns = owns
  }

  public var variables: [String: Tensor] { owns ? ["mask": mask.point] : [:] }

  public func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    let values: Tensor = if case .training = mode { mask.point } else { mask.values }
    guard let axis else { return try weight * values }
    var shape = [Int](repeating: 1, count: weight.rank)
    shape[axis] = weight.shape[axis]
    return try weight * values.reshape(Shape(shape))
  }
}
