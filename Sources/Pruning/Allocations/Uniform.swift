// Uniform allocation: every layer gives up the same fraction, or fractions in a stated proportion.
//
// Iterative pruning removes a fraction p of what is left in every round. J. Frankle and M. Carbin ("The
// Lottery Ticket Hypothesis", ICLR 2019) take 20 % of most layers and 10 % of the output layer, so that
// after k rounds (1 - p_l)^k is left of layer l. With f removed of a layer without a rate of its own,
// k = log(1 - f) / log(1 - p), and layer l keeps
//
//   (1 - f)^(log(1 - p_l) / log(1 - p)),
//
// whatever the rounds are. The whole network's sparsity then differs a little from f; what is reached is
// reported.

import Foundation
import Training

/// Every candidate gives up the same fraction of its units: `n_l = n_l' - round(f n_l')`.
public struct Uniform: Allocation {
  public static let name = "uniform"
  public static let summary = "the same fraction of every layer; rates say otherwise of some"

  /// What a round removes of what is left of a layer without a rate of its own.
  public let rate: Double
  /// What a round removes of layers whose names fit a pattern; the first that fits counts.
  public let rates: [(pattern: String, rate: Double)]

  /// The same fraction of every layer.
  public init() { (rate, rates) = (0.2, []) }

  /// Fractions in the proportion of rates by round.
  ///
  /// - Throws: ``PruningError/combination(_:)`` for a rate outside of (0, 1), or of 0 in ``rate``.
  public init(rate: Double, rates: [(pattern: String, rate: Double)]) throws(PruningError) {
    for value in [rate] + rates.map(\.rate) where value < 0 || value >= 1 {
      throw .combination("a round removes a fraction in [0, 1) of what is left, not \(value)")
    }
    guard rate > 0 else {
      throw .combination(
        "rates of single layers are relative to the rate of the others, which is 0")
    }
    self.rate = rate
    self.rates = rates
  }

  public var patterns: [String] { rates.map(\.pattern) }

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    candidates.map { candidate in
      let size = candidate.scores.count
      let removed = removed(of: candidate.name, at: fraction)
      return size - Int((removed * Double(size)).rounded())
    }
  }

  /// What the layer `name` gives up where those without a rate of their own give up `fraction`.
  private func removed(of name: String, at fraction: Double) -> Double {
    guard let own = rates.first(where: { Exclusions.fits($0.pattern, parameter: name) }) else {
      return fraction
    }
    return 1 - pow(1 - min(1, max(0, fraction)), log(1 - own.rate) / log(1 - rate))
  }
}
