// Meter: measures what no formula says, such as the latency of what is left.

import Network

/// A measured number and how far it can be trusted.
public struct Measured: Sendable, Hashable {
  /// The middle of what was measured.
  public let value: Double
  /// The ends of its confidence interval.
  public let lower: Double
  public let upper: Double

  /// A number between the ends of its interval.
  public init(_ value: Double, lower: Double, upper: Double) {
    (self.value, self.lower, self.upper) = (value, lower, upper)
  }

  /// How far the number may be off, as a fraction of it.
  public var noise: Double { value > 0 ? max(upper - value, value - lower) / value : 0 }
}

extension Measured: CustomStringConvertible {
  /// The number with its interval.
  public var description: String {
    "\(BudgetOutcome.number(value)) (\(BudgetOutcome.number(lower)) to "
      + "\(BudgetOutcome.number(upper)))"
  }
}

/// What a meter found out about one choice of units, measured in turns with the dense network.
public struct MeterReading: Sendable, Hashable {
  /// The quantity of the dense network, in the same turns.
  public let dense: Measured
  /// The quantity of what is left.
  public let amount: Measured
  /// What is left over the dense network: the fraction kept. A drift of the machine cancels in it.
  public let ratio: Measured

  /// What was found.
  public init(dense: Measured, amount: Measured, ratio: Measured) {
    (self.dense, self.amount, self.ratio) = (dense, amount, ratio)
  }
}

/// Measures what no formula says.
///
/// The search for a budget knows nothing of runtimes: who asks for a plan plugs in what measures.
public protocol Meter {
  /// Measures the dense network and `network` in turns.
  ///
  /// - Parameters:
  ///   - network: the network as it would be.
  ///   - effort: how long.
  ///   - place: which measurement of the search this is.
  /// - Throws: ``PruningError/measurement(reason:)``.
  func measure(
    _ network: Network, _ effort: MeterEffort, _ place: MeterPlace
  ) throws(PruningError) -> MeterReading
}

/// How long is measured.
public enum MeterEffort: Sendable, Hashable {
  /// To choose where to look next.
  case search
  /// To decide.
  case decision
}

/// Where in a search a measurement stands.
public struct MeterPlace: Sendable, Hashable {
  /// Which measurement this is, from 1.
  public let number: Int
  /// The most there may be.
  public let most: Int
  /// The fraction of the multiply-accumulates that the choice keeps.
  public let macs: Double
}
