// L2 magnitude: the Euclidean norm of a unit's weights.
//
// Y. He, G. Kang, X. Dong, Y. Fu, Y. Yang, "Soft Filter Pruning for Accelerating Deep Convolutional
// Neural Networks", IJCAI 2018: s_o = ||W[o]||_p with p = 2.

import Network

/// L2 magnitude: `s = sqrt(sum w^2)` over a unit's weights.
public struct L2: Criterion {
  public static let name = "l2"
  public static let summary = "Euclidean norm of the weights (He et al. 2018)"

  /// The criterion; it has no settings.
  public init() {}

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try subject.elements(of: name).map(abs)
  }

  public func combine(_ scores: ArraySlice<Float>) -> Double {
    scores.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  public func unitScores(
    of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double] {
    try group.sums(of: .square, in: subject).map { $0.squareRoot() }
  }
}
