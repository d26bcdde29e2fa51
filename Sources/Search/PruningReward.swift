// What an action of a pruning agent is worth: accuracy kept within a bound, times filters removed.
//
// Q. Huang et al., "Learning to Prune Filters in Convolutional Neural Networks", WACV 2018:
//   R = psi phi,   psi = (b - (p* - p)) / b,   phi = log(N / C),
// where p* is the accuracy before, p that after (of a network that was fine-tuned, on examples that it was
// not trained on), b the largest drop that is tolerated, and C of N
// filters stay. An action whose drop exceeds b, or that leaves no filter, is worth -1, so that how bad
// a useless network is does not matter.

import Foundation

/// What keeping some units is worth.
public struct PruningReward: Sendable, Hashable, Codable {
  /// The largest drop of accuracy that is tolerated, as a fraction: the paper's b.
  public let bound: Double
  /// The accuracy before.
  public let accuracy: Double

  /// A reward for drops of up to `bound` from `accuracy`; `bound` is above 0.
  public init(bound: Double, accuracy: Double) {
    (self.bound, self.accuracy) = (bound, accuracy)
  }

  /// What it is worth to reach `accuracy` with `kept` of `count` units.
  public func callAsFunction(accuracy: Double, kept: Int, of count: Int) -> Double {
    let drop = self.accuracy - accuracy
    guard kept > 0, drop <= bound else { return -1 }
    return (bound - drop) / bound * log(Double(count) / Double(kept))
  }
}
