// How the learning rate changes as training goes on.

/// The learning rate as a function of the step: pure, so that a resumed run goes on with exactly
/// the rates that would have followed.
///
/// Wherever a schedule speaks of a number of steps, an epoch is `batchesPerEpoch` of them.
public protocol LearningRateSchedule: Sendable {
  /// The learning rate at a step.
  ///
  /// - Parameters:
  ///   - step: the steps done before, from 0 to `total - 1`.
  ///   - total: the steps of the whole run.
  func value(at step: Int, of total: Int) -> Double
}

/// The same rate all the time.
public struct ConstantRate: LearningRateSchedule, Hashable, Codable {
  /// The rate.
  public var rate: Double

  /// The rate `rate` all the time.
  public init(_ rate: Double) { self.rate = rate }

  public func value(at step: Int, of total: Int) -> Double { rate }
}
