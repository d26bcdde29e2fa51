// From numbers to positions along an axis, with ticks at round numbers.

import Foundation

/// From numbers to positions along an axis, with ticks at round numbers: 1, 2 or 5 times a power of
/// ten.
public struct Scale: Sendable, Equatable {
  /// The number at the axis's beginning.
  public let lower: Double
  /// The number at the axis's end; above `lower`.
  public let upper: Double
  /// True if equal distances are equal ratios.
  public let isLogarithmic: Bool
  /// The numbers that are marked, ascending, all within the axis.
  public let ticks: [Double]

  /// A linear axis over the finite numbers among `values`.
  ///
  /// - Parameters:
  ///   - count: about how many ticks, from 2.
  ///   - isTight: true to end exactly at the smallest and largest value; else the axis ends at
  ///     round numbers.
  public static func linear(_ values: [Double], count: Int = 5, isTight: Bool = false) -> Scale {
    var (lower, upper) = bounds(values) ?? (0, 1)
    if upper - lower <= max(upper.magnitude, lower.magnitude) * 1e-9 {
      let reach = lower == 0 ? 1 : lower.magnitude * 0.1
      (lower, upper) = (lower - reach, upper + reach)
    }
    let step = niceStep((upper - lower) / Double(max(1, count - 1)))
    if !isTight {
      lower = (lower / step + 1e-9).rounded(.down) * step
      upper = (upper / step - 1e-9).rounded(.up) * step
    }
    let first = Int((lower / step - 1e-9).rounded(.up))
    let last = Int((upper / step + 1e-9).rounded(.down))
    let ticks = first <= last ? (first...last).map { round(Double($0), times: step) } : []
    return Scale(lower: lower, upper: upper, isLogarithmic: false, ticks: ticks)
  }

  /// A logarithmic axis over the finite numbers above zero among `values`.
  public static func logarithmic(_ values: [Double], count: Int = 5) -> Scale {
    let (least, most) = bounds(values.filter { $0 >= 1e-290 }) ?? (0.1, 1)
    let decades = log10(most / least)
    let candidates: [Double]
    let exponents = Int(log10(least).rounded(.down) - 1)...Int(log10(most).rounded(.up) + 1)
    if decades <= Double(count) / 2 {
      candidates = exponents.flatMap { e in [1.0, 2, 5].map { power($0, e) } }
    } else {
      let stride = max(1, Int((decades / Double(count)).rounded(.up)))
      candidates = exponents.filter { $0.isMultiple(of: stride) }.map { power(1, $0) }
    }
    let finite = candidates.filter { $0 > 0 && $0.isFinite }
    let lower = finite.last { $0 <= least * (1 + 1e-9) } ?? least
    var upper = finite.first { $0 >= most * (1 - 1e-9) } ?? most
    if upper <= lower { upper = finite.first { $0 > lower } ?? lower * 10 }
    return Scale(
      lower: lower, upper: upper, isLogarithmic: true,
      ticks: finite.filter { $0 >= lower && $0 <= upper })
  }

  /// Where a number lies: 0 at the axis's beginning, 1 at its end, beyond these outside of it.
  public func position(of value: Double) -> Double {
    guard isLogarithmic else { return (value - lower) / (upper - lower) }
    return log10(max(value, .leastNormalMagnitude) / lower) / log10(upper / lower)
  }

  /// How many decimals tell neighbouring ticks apart.
  public var decimals: Int {
    guard let first = ticks.first, let second = ticks.dropFirst().first else { return 1 }
    let step = isLogarithmic ? first : second - first
    return min(12, max(0, Int(-log10(step * (1 + 1e-9)).rounded(.down))))
  }

  /// The smallest of 1, 2, 5, 10, 20, 50, ... that is not below `raw`, for `raw` of any power.
  static func niceStep(_ raw: Double) -> Double {
    let exponent = Int(log10(raw).rounded(.down))
    for factor in [1.0, 2, 5, 10] where power(factor, exponent) >= raw * (1 - 1e-9) {
      return power(factor, exponent)
    }
    return power(10, exponent)
  }

  private static func bounds(_ values: [Double]) -> (Double, Double)? {
    // Powers of ten beyond these are no numbers of their own any more.
    let finite = values.filter { $0.magnitude < 1e290 }.map { $0.magnitude < 1e-290 ? 0 : $0 }
    guard let lower = finite.min(), let upper = finite.max() else { return nil }
    return (lower, upper)
  }

  /// `factor` times a power of ten, as the nearest number to its decimal form.
  private static func power(_ factor: Double, _ exponent: Int) -> Double {
    exponent >= 0 ? factor * pow(10, Double(exponent)) : factor / pow(10, Double(-exponent))
  }

  /// `index` times `step`, as the nearest number to its decimal form: 0.3, not 0.30000000000000004.
  private static func round(_ index: Double, times step: Double) -> Double {
    step < 1 ? index / (1 / step).rounded() : index * step
  }
}
