// Effective targets: so many weights leave that so many are removed or on no path any more.
//
// A. Vysogorets, J. Kempe, "Connectivity Matters", JMLR 2023: a method that is asked for an effective
// sparsity ranks weights as ever; its nominal sparsity is found by bisection, as the effective one never
// falls when more weights leave of one ranking. What is on no path need not be removed to be counted, so
// that fewer weights leave than the target says.

import Network

extension Pruner {
  /// The masks that remove the fewest weights by which the effective sparsity is reached.
  ///
  /// - Throws: ``PruningError/combination(_:)`` where nothing counts paths.
  func masks(
    reaching sparsity: Double, of network: Network, among candidates: [Candidate],
    after earlier: ElementMasks
  ) throws(PruningError) -> ElementMasks {
    guard let effective else {
      throw .combination(
        "the target \(target) needs someone who counts the paths of a network: set Pruner.effective, or "
          + "ask for sparsity=")
    }
    let counts = allocation.curve(of: candidates)
    let total = candidates.reduce(0) { $0 + $1.scores.count }
    func masks(removing number: Int) -> ElementMasks {
      ElementMasks(
        keeping: counts(Double(number) / Double(total)), of: candidates, after: earlier)
    }
    // Between a number of weights that is too small and one that is not.
    var (low, high) = (-1, total)
    while high - low > 1 {
      let middle = (low + high) / 2
      if try effective(network.masked(by: masks(removing: middle))) >= sparsity {
        high = middle
      } else {
        low = middle
      }
    }
    return masks(removing: high)
  }
}
