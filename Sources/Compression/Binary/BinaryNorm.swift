// What follows the sums of a binary layer: bias and normalisation of a unit, folded into a threshold.
//
// M. Courbariaux et al., "Binarized Neural Networks", 2016, algorithm 5: a_k = sign(BatchNorm(s_k)). With
//   BatchNorm(s) = (s + bias - mean) gamma / sqrt(variance + epsilon) + beta
// the sign is that of gamma (s - r), r = mean - bias - beta sqrt(variance + epsilon) / gamma, and as sums
// of signs are whole numbers, one comparison of integers decides it.

import Foundation

/// The bias and the normalisation of one unit: `scale (s - center) + shift`.
struct BinaryNorm: Sendable, Hashable {
  /// `mean - bias`.
  let center: Double
  /// `gamma / sqrt(variance + epsilon)`.
  let scale: Double
  /// `beta`.
  let shift: Double
  /// Where the unit's value changes its sign; the centre where it never does.
  let root: Double

  /// What a unit gives that is not normalised.
  init(bias: Double) { (center, scale, shift, root) = (-bias, 1, 0, -bias) }

  /// - Returns: `nil` where the numbers are no finite ones.
  init?(
    bias: Double, mean: Double, variance: Double, epsilon: Double, gamma: Double, beta: Double
  ) {
    center = mean - bias
    scale = gamma / (variance + epsilon).squareRoot()
    shift = beta
    root = scale == 0 ? center : center - shift / scale
    guard center.isFinite, scale.isFinite, shift.isFinite, root.isFinite else { return nil }
  }

  /// What the unit gives for the sum `s`.
  func callAsFunction(_ s: Double) -> Double { scale * (s - center) + shift }

  /// -1, 0 or 1 as the value at `s` is below, at or above 0.
  func sign(of s: Double) -> Int {
    let side = scale == 0 ? shift : scale > 0 ? s - root : root - s
    return side > 0 ? 1 : side < 0 ? -1 : 0
  }
}

/// The whole numbers at which a unit's sign changes.
struct BinaryThreshold: Sendable, Hashable {
  /// The smallest sum above the root.
  private let above: Int32
  /// The largest sum below it.
  private let below: Int32
  /// Whether large sums give -1.
  private let falls: Bool

  /// The threshold of a unit.
  init(_ norm: BinaryNorm) {
    guard norm.scale != 0 else {
      // The same for every sum.
      above = norm.shift > 0 ? .min : .max
      below = norm.shift < 0 ? .max : .min
      falls = false
      return
    }
    let limit = Double(Int32.max)
    above = Int32(max(-limit, min(limit, norm.root.rounded(.down) + 1)))
    below = Int32(max(-limit, min(limit, norm.root.rounded(.up) - 1)))
    falls = norm.scale < 0
  }

  /// -1, 0 or 1.
  func sign(of sum: Int32) -> Int {
    let side = sum >= above ? 1 : sum <= below ? -1 : 0
    return falls ? -side : side
  }
}
