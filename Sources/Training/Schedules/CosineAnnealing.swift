// The rate falls along half a cosine wave, or along a straight line.

import Foundation

/// `final + (rate - final) (1 + cos(pi step / total)) / 2`.
///
/// Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017, without the
/// restarts.
public struct CosineAnnealing: LearningRateSchedule, Hashable, Codable {
  /// The first rate.
  public var rate: Double
  /// The rate that the last step leads to.
  public var final: Double

  /// Half a cosine wave from `rate` to `final`.
  public init(_ rate: Double, final: Double = 0) {
    self.rate = rate
    self.final = final
  }

  public func value(at step: Int, of total: Int) -> Double {
    final + (rate - final) * (1 + cos(.pi * progress(step, total))) / 2
  }
}

/// `rate + (final - rate) step / total`.
public struct LinearDecay: LearningRateSchedule, Hashable, Codable {
  /// The first rate.
  public var rate: Double
  /// The rate that the last step leads to.
  public var final: Double

  /// A straight line from `rate` to `final`.
  public init(_ rate: Double, final: Double = 0) {
    self.rate = rate
    self.final = final
  }

  public func value(at step: Int, of total: Int) -> Double {
    rate + (final - rate) * progress(step, total)
  }
}

/// The part of the run that lies behind, from 0 to 1.
func progress(_ step: Int, _ total: Int) -> Double {
  total > 0 ? min(max(Double(step) / Double(total), 0), 1) : 1
}
