// What a list of measurements says: its quantiles, its mean, and how far the median can be trusted.

import Foundation

/// The summary of a sample of real numbers (times in seconds, ratios).
public struct SampleSummary: Sendable, Hashable, Codable {
  /// The number of measurements.
  public let count: Int
  /// The smallest measurement.
  public let minimum: Double
  /// The 5th percentile.
  public let p5: Double
  /// The 25th percentile.
  public let p25: Double
  /// The middle of the sorted measurements (the mean of the two middle ones for an even count).
  public let median: Double
  /// The 75th percentile.
  public let p75: Double
  /// The 95th percentile.
  public let p95: Double
  /// The largest measurement.
  public let maximum: Double
  /// The arithmetic mean.
  public let mean: Double
  /// A confidence interval of the median.
  public let medianInterval: MedianInterval

  /// Summarises measurements; `nil` where there are none or one is not finite.
  ///
  /// Percentiles interpolate linearly between the two nearest measurements (Hyndman and Fan's
  /// definition 7, NumPy's default).
  public init?(_ measurements: [Double]) {
    guard measurements.allSatisfy(\.isFinite) else { return nil }
    let sorted = measurements.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let ranks = MedianInterval.ranks(count: sorted.count)
    count = sorted.count
    minimum = first
    p5 = sorted.quantile(0.05)
    p25 = sorted.quantile(0.25)
    median = sorted.quantile(0.5)
    p75 = sorted.quantile(0.75)
    p95 = sorted.quantile(0.95)
    maximum = last
    mean = sorted.reduce(0, +) / Double(sorted.count)
    medianInterval = MedianInterval(
      lower: sorted[ranks.lower - 1], upper: sorted[ranks.upper - 1], confidence: ranks.confidence)
  }
}

/// A confidence interval of a median from order statistics: two of the measurements themselves.
///
/// Each independent measurement falls below the true median with probability 1/2, whatever the
/// distribution, so the interval from the r-th smallest to the r-th largest of n covers it with
/// probability 1 - 2 P(B < r), where B is binomial(n, 1/2). The narrowest such interval of at least
/// 95 % is taken. Below six measurements there is none; the whole range is given then, with the
/// smaller confidence it has.
public struct MedianInterval: Sendable, Hashable, Codable {
  /// The lower end.
  public let lower: Double
  /// The upper end.
  public let upper: Double
  /// The probability with which such an interval covers the median; 0.95 or more from six
  /// measurements on.
  public let confidence: Double

  /// The ranks (from 1) of the interval's ends among `count` sorted measurements.
  static func ranks(count: Int) -> (lower: Int, upper: Int, confidence: Double) {
    // P(B = k) by logarithms, since 2^-n underflows from a thousand measurements on.
    func probability(_ k: Int) -> Double {
      let ways: Double = logFactorial(count) - logFactorial(k) - logFactorial(count - k)
      return exp(ways - Double(count) * log(2.0))
    }
    var rank = 1
    var below = probability(0)
    while rank < (count + 1) / 2 {
      let next = below + probability(rank)
      if next > 0.025 { break }
      below = next
      rank += 1
    }
    return (rank, count - rank + 1, max(0, 1 - 2 * below))
  }
}

/// The natural logarithm of n!.
private func logFactorial(_ n: Int) -> Double { lgamma(Double(n) + 1) }

extension [Double] {
  /// The quantile of sorted numbers, interpolated between the two nearest. Not empty.
  fileprivate func quantile(_ fraction: Double) -> Double {
    let position = fraction * Double(count - 1)
    let index = Int(position)
    guard index + 1 < count else { return self[count - 1] }
    return self[index] + (position - Double(index)) * (self[index + 1] - self[index])
  }
}
