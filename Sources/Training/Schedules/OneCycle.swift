// The rate rises to a peak and falls far below where it began.

import Foundation

/// One cycle: half a cosine wave up from `peak / startDivisor` to `peak`, then one down to
/// `peak / (startDivisor x finalDivisor)`.
///
/// Smith and Topin, Super-Convergence, 2018. As in PyTorch, the last of `total` steps has the final
/// rate.
public struct OneCycle: LearningRateSchedule, Hashable, Codable {
  /// The highest rate.
  public var peak: Double
  /// The part of the run in which the rate rises.
  public var risingFraction: Double
  /// How much lower the first rate is than the peak.
  public var startDivisor: Double
  /// How much lower the last rate is than the first.
  public var finalDivisor: Double

  /// One cycle with its highest rate `peak`.
  public init(
    peak: Double, risingFraction: Double = 0.3, startDivisor: Double = 25,
    finalDivisor: Double = 1e4
  ) {
    self.peak = peak
    self.risingFraction = risingFraction
    self.startDivisor = startDivisor
    self.finalDivisor = finalDivisor
  }

  public func value(at step: Int, of total: Int) -> Double {
    let start = peak / startDivisor
    let top = risingFraction * Double(total) - 1
    let last = Double(total - 1)
    let place = Double(step)
    if place <= top, top > 0 { return wave(from: start, to: peak, place / top) }
    let part = last > top ? min((place - top) / (last - top), 1) : 1
    return wave(from: peak, to: start / finalDivisor, part)
  }

  /// A point on half a cosine wave.
  private func wave(from start: Double, to end: Double, _ part: Double) -> Double {
    end + (start - end) * (1 + cos(.pi * part)) / 2
  }
}
