// Erdős–Rényi densities: wide layers become sparser than narrow ones.
//
// The density of layer l is eps r_l, with
//   r_l = (n_in + n_out) / (n_in n_out)                    ER:  D. Mocanu et al. (SET), 2018
//   r_l = (n_in + n_out + w + h) / (n_in n_out w h)        ERK: U. Evci et al. (RigL), ICML 2020
// and eps such that the densities add up to the budget. A layer whose density would exceed 1 is dense,
// and eps is found anew for the others, until none exceeds.

/// Densities proportional to `(n_in + n_out) / (n_in n_out)`, dense layers capped at 1.
public struct ErdosRenyi: Allocation {
  public static let name = "er"
  public static let summary = "densities by layer width (Erdős–Rényi; SET, Mocanu et al. 2018)"

  /// The allocation; it has no settings.
  public init() {}

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    RandomGraph.counts(removing: fraction, from: candidates) { $0.prefix(2) }
  }
}

/// Densities proportional to `(n_in + n_out + w + h) / (n_in n_out w h)`, dense layers capped at 1.
public struct ErdosRenyiKernel: Allocation {
  public static let name = "erk"
  public static let summary = "densities by layer width and kernel (RigL, Evci et al. 2020)"

  /// The allocation; it has no settings.
  public init() {}

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    RandomGraph.counts(removing: fraction, from: candidates) { $0[...] }
  }
}

/// Densities of layers as of a random graph between their inputs and outputs.
enum RandomGraph {
  /// How many elements of each candidate stay.
  ///
  /// - Parameter extents: the extents of a weight that count; units without a shape count as a line,
  ///   and get the same density each.
  static func counts(
    removing fraction: Double, from candidates: [Candidate],
    _ extents: ([Int]) -> ArraySlice<Int>
  ) -> [Int] {
    let sizes = candidates.map { Double($0.scores.count) }
    let budget = (1 - min(1, max(0, fraction))) * sizes.reduce(0, +)
    let raw = candidates.map { candidate -> Double in
      let counted = extents(candidate.shape).map(Double.init)
      return counted.isEmpty ? 1 : counted.reduce(0, +) / counted.reduce(1, *)
    }
    var dense = Set<Int>()
    var scale = 0.0
    while dense.count < candidates.count {
      let open = candidates.indices.filter { !dense.contains($0) }
      let left = budget - dense.reduce(0) { $0 + sizes[$1] }
      scale = left / open.reduce(0) { $0 + raw[$1] * sizes[$1] }
      // The layers of the highest raw density become dense together, as in the authors' code.
      let most = open.map { raw[$0] }.max() ?? 0
      guard scale * most > 1 else { break }
      dense.formUnion(open.filter { raw[$0] == most })
    }
    let exact = candidates.indices.map { index in
      dense.contains(index) ? sizes[index] : max(0, scale * raw[index] * sizes[index])
    }
    return WholeCounts.nearest(to: exact, total: Int(budget.rounded()), most: candidates)
  }
}
