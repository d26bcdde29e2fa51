// A schedule of one's own: each step removes half of what is still to be removed.

import Bonsai

/// After step `k` of `n` the fraction `1 - 2^-k` of what is to leave has left, after step `n` all of it.
struct Halving: PruningSchedule {
  static let name = "halving"
  static let summary = "half of what is still to leave, step by step"

  let steps: Int

  init(_ settings: PartSettings) throws(PruningError) {
    steps = try settings.int("steps", default: 4, in: 1...50)
  }

  func kept(after step: Int, target: Double) -> Double {
    step >= steps ? target : target + (1 - target) / Double(1 << max(step, 0))
  }
}
