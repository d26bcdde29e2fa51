// A criterion of one's own: the largest absolute weight of a unit.

import Bonsai

/// `s = max |w|` over a unit's weights.
struct Peak: Criterion {
  static let name = "peak"
  static let summary = "largest absolute weight"

  func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try subject.elements(of: name).map(abs)
  }

  func combine(_ scores: ArraySlice<Float>) -> Double { Double(scores.max() ?? 0) }
}
