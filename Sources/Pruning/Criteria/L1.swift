// L1 magnitude: the sum of a unit's absolute weights.
//
// H. Li, A. Kadav, I. Durdanovic, H. Samet, H. P. Graf, "Pruning Filters for Efficient ConvNets",
// ICLR 2017: s_o = sum over c, i, j of |W[o, c, i, j]|. For single weights this is the magnitude of
// S. Han, J. Pool, J. Tran, W. Dally, "Learning both Weights and Connections", NIPS 2015: s = |w|.

import Network

/// L1 magnitude: `s = sum |w|` over a unit's weights.
public struct L1: Criterion {
  public static let name = "l1"
  public static let summary = "sum of absolute weights (Li et al. 2017; Han et al. 2015)"

  /// The criterion; it has no settings.
  public init() {}

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try subject.elements(of: name).map(abs)
  }

  public func unitScores(
    of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double] {
    try group.sums(of: .absolute, in: subject)
  }
}
