// What became of a budget: asked, reached, how far off, and why it could not be nearer.

/// What became of a budget.
public struct BudgetOutcome: Sendable, Hashable {
  /// Why more than ``tolerance`` of the budget is left.
  public enum Reason: Sendable, Hashable {
    /// The network meets the target as it is; nothing leaves.
    case alreadyMet
    /// Every larger choice exceeds the budget; this is the one that exceeds it least.
    case nextStep(NextStep)
    /// The allocation's next larger choice was measured, and exceeds the budget.
    case nextChoice(measured: Measured)
    /// It cannot be told from the target: the measurement is not that exact.
    case withinNoise(Measured)
    /// The measurements that are allowed were used up.
    case outOfMeasurements(count: Int, smallestAbove: Measured?)
    /// Units that do not reach the threshold stay, as the groups would keep too few.
    case floor(groups: [String])
    /// It was met in the search, and is exceeded now that it was measured again and longer.
    case exceeded(Measured)
  }

  /// The cheapest of the steps by which a single group could keep more.
  public struct NextStep: Sendable, Hashable {
    /// The group.
    public let group: String
    /// How many units it keeps.
    public let kept: Int
    /// How many it would keep.
    public let next: Int
    /// What the network would cost then, in the quantity's unit.
    public let cost: Double
    /// Of how many units steps are multiples, by the rounding asked for.
    public let roundTo: Int
    /// Into how many blocks the group falls, of which equally many units stay.
    public let blocks: Int
  }

  /// The part of a budget that may be left without a reason.
  public static let tolerance = 0.01

  /// What was asked.
  public let target: Target
  /// The quantity before, in its unit (for sparsity, parameters).
  public let before: Double
  /// The most that may be left.
  public let asked: Double
  /// What is left.
  public let reached: Double
  /// What was reached in the target's own terms: a fraction, or an amount.
  public let achieved: Double
  /// How far ``achieved`` can be trusted, where it was measured.
  public let measured: Measured?
  /// Why the budget is not used up, or not met; `nil` where it is met within ``tolerance``.
  public let reason: Reason?

  /// What is left of the budget, as a fraction of it; negative where it is exceeded.
  public var difference: Double { (asked - reached) / max(asked, asked == 0 ? 1 : asked) }

  /// Whether the budget is met from below within ``tolerance``.
  public var isUsedUp: Bool { (0...Self.tolerance).contains(difference) }
}

extension BudgetOutcome.Reason: CustomStringConvertible {
  /// The reason in one sentence.
  public var description: String {
    switch self {
    case .alreadyMet:
      return "the network meets the target as it is; nothing leaves"
    case .nextStep(let step):
      let unit = step.next - step.kept == 1 ? "one more unit" : "one more step"
      var why: [String] = []
      if step.roundTo > 1 { why.append("rounding to \(step.roundTo)") }
      if step.blocks > 1 { why.append("\(step.blocks) blocks of equal size") }
      let because = why.isEmpty ? "" : " (\(why.joined(separator: ", ")))"
      return "the nearest feasible step: \(unit) of any group exceeds the budget; the cheapest is "
        + "'\(step.group)' from \(step.kept) to \(step.next) units\(because), which costs "
        + "\(BudgetOutcome.number(step.cost))"
    case .nextChoice(let measured):
      return "the nearest feasible step: the next larger choice measures \(measured)"
    case .withinNoise(let measured):
      return "within the noise of the measurement, which says \(measured)"
    case .outOfMeasurements(let count, let above):
      return "\(count) measurements were made, the most that are allowed"
        + (above.map { "; the smallest choice above measures \($0)" } ?? "")
    case .floor(let groups):
      return
        "units under the threshold stay in \(groups.map { "'\($0)'" }.joined(separator: ", ")): "
        + "the floor, rounding or blocks of equal size keep them"
    case .exceeded(let measured):
      return "met in the search, but measured again and longer it is \(measured)"
    }
  }

  /// The reason's name in JSON.
  public var name: String {
    switch self {
    case .alreadyMet: "already-met"
    case .nextStep: "next-step"
    case .nextChoice: "next-choice"
    case .withinNoise: "within-noise"
    case .outOfMeasurements: "out-of-measurements"
    case .floor: "floor"
    case .exceeded: "exceeded"
    }
  }
}

extension BudgetOutcome {
  /// A number as sentences hold it: whole where it is whole, else in four digits.
  static func number(_ value: Double) -> String {
    guard value.magnitude < 1e15, value != value.rounded() else { return "\(value)".whole }
    guard value != 0 else { return "0" }
    var (scale, size) = (1.0, value.magnitude)
    while size < 1000 { (scale, size) = (scale * 10, size * 10) }
    return "\((value * scale).rounded() / scale)"
  }
}

extension String {
  /// A whole number without the fraction that Swift writes.
  fileprivate var whole: String { hasSuffix(".0") ? String(dropLast(2)) : self }
}
