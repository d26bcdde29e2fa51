// Global allocation: one ranking over the whole network decides how much each layer gives up.
//
// Scores of layers of different size and scale are not comparable as they are: a filter of 500
// weights has a larger norm than one of 25. As the groups are ranked against each other, each group's
// scores are divided by their mean first (the scheme of P. Molchanov et al., ICLR 2017, divides by the
// layer's L2 norm to the same end). Single weights are ranked as they are, as in the literature on
// global magnitude pruning.

/// One ranking over all candidates: the lowest scores leave, wherever they are.
public struct Global: Allocation {
  public static let name = "global"
  public static let summary = "one ranking over the whole network"

  /// The allocation; it has no settings.
  public init() {}

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    let total = candidates.reduce(0) { $0 + $1.scores.count }
    let removed = min(total, max(0, Int((fraction * Double(total)).rounded())))
    if removed == 0 { return candidates.map(\.scores.count) }
    var ranking: [(score: Float, candidate: Int)] = []
    ranking.reserveCapacity(total)
    for (index, candidate) in candidates.enumerated() {
      for score in candidate.scores { ranking.append((score, index)) }
    }
    // Of equal scores those of earlier candidates leave first.
    ranking.sort { $0 < $1 }
    var counts = candidates.map(\.scores.count)
    for (_, candidate) in ranking[..<removed] { counts[candidate] -= 1 }
    return counts
  }
}
