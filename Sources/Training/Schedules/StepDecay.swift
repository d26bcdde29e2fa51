// The rate falls by a factor, at equal distances or at given steps.

import Foundation

/// `rate x factor^(step / interval)`, with whole numbers divided.
public struct StepDecay: LearningRateSchedule, Hashable, Codable {
  /// The first rate.
  public var rate: Double
  /// How many steps a rate lasts.
  public var interval: Int
  /// What the rate is multiplied by.
  public var factor: Double

  /// The rate `rate`, multiplied by `factor` every `interval` steps.
  public init(_ rate: Double, every interval: Int, factor: Double = 0.1) {
    self.rate = rate
    self.interval = interval
    self.factor = factor
  }

  public func value(at step: Int, of total: Int) -> Double {
    rate * pow(factor, Double(step / max(interval, 1)))
  }
}

/// `rate x factor^(number of milestones reached)`.
public struct MultiStepDecay: LearningRateSchedule, Hashable, Codable {
  /// The first rate.
  public var rate: Double
  /// The steps at which the rate falls.
  public var milestones: [Int]
  /// What the rate is multiplied by at each milestone.
  public var factor: Double

  /// The rate `rate`, multiplied by `factor` at each of the steps `milestones`.
  public init(_ rate: Double, milestones: [Int], factor: Double = 0.1) {
    self.rate = rate
    self.milestones = milestones
    self.factor = factor
  }

  public func value(at step: Int, of total: Int) -> Double {
    rate * pow(factor, Double(milestones.count { $0 <= step }))
  }
}
