// Whole counts for exact ones: an apportionment by largest remainders.

/// Whole counts for exact ones.
enum WholeCounts {
  /// Whole numbers next to the exact ones whose sum is `total`: those with the largest remainders
  /// are rounded up.
  static func nearest(to exact: [Double], total: Int, most candidates: [Candidate]) -> [Int] {
    let most = candidates.map(\.scores.count)
    var counts = zip(exact, most).map { min($1, Int($0.rounded(.down))) }
    let order = exact.indices.sorted {
      (exact[$0] - exact[$0].rounded(.down), -$0) > (exact[$1] - exact[$1].rounded(.down), -$1)
    }
    var missing = total - counts.reduce(0, +)
    for index in order where missing > 0 && counts[index] < most[index] {
      counts[index] += 1
      missing -= 1
    }
    return counts
  }
}
