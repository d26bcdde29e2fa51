// LAMP: magnitude that can be compared between layers.
//
// J. Lee, S. Park, S. Mo, S. Ahn, J. Shin, "Layer-adaptive Sparsity for the Magnitude-based Pruning", ICLR
// 2021: with a layer's weights in rising order of their magnitude
//   s_u = w_u^2 / sum_{v >= u} w_v^2,
// so that the largest weight of each layer scores 1 and no layer empties while another has two weights left.
// One threshold for all layers then chooses how sparse each is. Weights that have left already are zero, and
// add nothing. Of equal magnitudes the one that stands first counts as
// the smaller.

import Network

/// LAMP: `s = w_u^2 / sum_{v >= u} w_v^2` over a layer's weights in the order of their magnitude.
public struct LAMP: Criterion {
  public static let name = "lamp"
  public static let summary = "magnitude, relative to what is larger in its layer (Lee et al. 2021)"

  /// The criterion; it has no settings.
  public init() {}

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    let squares = try subject.elements(of: name).map { Double($0) * Double($0) }
    let order = squares.indices.sorted {
      squares[$0] == squares[$1] ? $0 > $1 : squares[$0] > squares[$1]
    }
    var scores = [Float](repeating: 0, count: squares.count)
    var sum = 0.0
    for index in order {
      sum += squares[index]
      if squares[index] > 0 { scores[index] = Float(squares[index] / sum) }
    }
    return scores
  }

  /// Scores of layers can be compared as they are.
  public func comparable(_ scores: [Double]) -> [Double] { scores }
}
