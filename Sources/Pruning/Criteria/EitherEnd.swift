// Either end: a unit is worth no more than the weaker of what makes it and what uses it.
//
// Penalties on structure (W. Wen et al., NIPS 2016; C. Louizos et al., ICLR 2018) set a unit to zero from
// either side: the weights that make it, a filter or the row of a matrix, or those that read it, a channel
// or a column. Score 0 says that the unit is of no use; with the target `threshold=0` exactly these leave.

import Network

/// `s = min(||makers||, ||users||)`, Euclidean norms over the layers of the group.
public struct EitherEnd: Criterion {
  public static let name = "either-end"
  public static let summary =
    "the smaller norm of what makes and what uses a unit (Wen et al. 2016)"

  /// The criterion; it has no settings.
  public init() {}

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try L2().elementScores(of: name, in: subject)
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    let makers = try group.sums(of: .square, in: subject)
    guard group.consumers.contains(where: { $0.role == .parameter }) else {
      return makers.map { $0.squareRoot() }
    }
    let users = try group.sums(of: .square, over: .consumer, in: subject)
    return zip(makers, users).map { min($0, $1).squareRoot() }
  }
}
