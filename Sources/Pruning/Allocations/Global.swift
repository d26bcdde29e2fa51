// Global allocation: one ranking over the whole network decides how much each layer gives up.
//
// Scores of layers of different size and scale are not comparable as they are. How a group's scores
// become comparable is the criterion's word (``Criterion/comparable(_:)``): most are divided by the
// group's mean, those of Taylor by its L2 norm, as the paper has it. Single weights are ranked as they
// are, as in the literature on global magnitude pruning.

/// One ranking over all candidates: the lowest scores leave, wherever they are.
public struct Global: Allocation {
  public static let name = "global"
  public static let summary = "one ranking over the whole network"

  /// The allocation; it has no settings.
  public init() {}

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    var counts = candidates.map(\.scores.count)
    let total = counts.reduce(0, +)
    let removed = min(total, max(0, Int((fraction * Double(total)).rounded())))
    if removed == 0 || total == 0 { return counts }
    let lists = candidates.map(\.scores)
    let last = Selection.score(of: removed - 1, among: lists)
    var left = removed
    for (index, scores) in lists.enumerated() {
      let below = scores.count { $0 < last }
      counts[index] -= below
      left -= below
    }
    // Of equal scores those of earlier candidates leave first.
    for (index, scores) in lists.enumerated() where left > 0 {
      let equal = min(left, scores.count { $0 == last })
      counts[index] -= equal
      left -= equal
    }
    return counts
  }

  public func curve(of candidates: [Candidate]) -> (_ fraction: Double) -> [Int] {
    let sizes = candidates.map(\.scores.count)
    let total = sizes.reduce(0, +)
    var ranking: [(score: Float, candidate: Int)] = []
    ranking.reserveCapacity(total)
    for (index, candidate) in candidates.enumerated() {
      for score in candidate.scores { ranking.append((score, index)) }
    }
    // Of equal scores those of earlier candidates leave first.
    ranking.sort { $0 < $1 }
    return { fraction in
      let removed = min(total, max(0, Int((fraction * Double(total)).rounded())))
      var counts = sizes
      for (_, candidate) in ranking[..<removed] { counts[candidate] -= 1 }
      return counts
    }
  }
}
