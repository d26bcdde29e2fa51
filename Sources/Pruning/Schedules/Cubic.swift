// The cubic schedule: fast while many weights are redundant, slow when few are left.
//
// M. Zhu and S. Gupta, "To prune, or not to prune", 2017:
//   s_k = s_f + (s_i - s_f) (1 - k / n)^3     after update k = 0, 1, ..., n.

import Foundation

/// Sparsity rises as a cubic from its initial to its final value.
public struct Cubic: PruningSchedule {
  public static let name = "cubic"
  public static let summary = "fast at first, slow at the end (Zhu and Gupta 2017)"

  public let steps: Int
  /// The fraction removed at the start.
  public let initial: Double

  /// Reaches the target `steps` steps after the start, where `initial` is removed.
  ///
  /// - Throws: ``PruningError/combination(_:)`` for no steps, or an impossible fraction.
  public init(steps: Int, initial: Double = 0) throws(PruningError) {
    guard steps >= 1 else {
      throw .combination("a cubic schedule needs at least one step, not \(steps)")
    }
    guard initial >= 0, initial < 1 else {
      throw .combination("a cubic schedule starts at a sparsity in [0, 1), not at \(initial)")
    }
    self.steps = steps
    self.initial = initial
  }

  public init(_ settings: PartSettings) throws(PruningError) {
    try self.init(
      steps: settings.int("steps", default: 20, in: 1...100_000),
      initial: settings.double("initial", default: 0, in: 0...1))
  }

  public func kept(after step: Int, target: Double) -> Double {
    let left = pow(1 - Double(min(max(step, 0), steps)) / Double(steps), 3)
    return target + (1 - initial - target) * left
  }
}
