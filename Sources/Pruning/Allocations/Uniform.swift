// Uniform allocation: every layer gives up the same fraction.

/// Every candidate gives up the same fraction of its units: `n_l = n_l' - round(f n_l')`.
public struct Uniform: Allocation {
  public static let name = "uniform"
  public static let summary = "the same fraction of every layer"

  /// The allocation; it has no settings.
  public init() {}

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    candidates.map { $0.scores.count - Int((fraction * Double($0.scores.count)).rounded()) }
  }
}
