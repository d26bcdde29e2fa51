// Ideal gas quotas: layers give way as cylinders of gas do under one force.
//
// A. Vysogorets, J. Kempe, "Connectivity Matters: Neural Network Pruning Through the Lens of Effective
// Sparsity", JMLR 2023. A layer of n_l weights is a cylinder of gas whose volume is n_l and whose
// cross-section is 1 / n_l. All are pressed by the same force F; at a constant temperature volumes follow
// as
//   n_l -> n_l / (F n_l + 1),   so that the density of layer l is   d_l = 1 / (F n_l + 1),
// and F is such that the densities add up to the budget. Large layers give way most, no layer becomes
// dense before F is 0, and none empties while the budget lasts.

import Foundation

/// Densities `1 / (F n + 1)` of layers with n weights, with one force F for the whole network.
public struct IdealGas: Allocation {
  public static let name = "igq"
  public static let summary = "ideal gas quotas by layer size (Vysogorets and Kempe 2023)"

  /// The allocation; it has no settings.
  public init() {}

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    let sizes = candidates.map { Double($0.scores.count) }
    let total = sizes.reduce(0, +)
    let budget = ((1 - min(1, max(0, fraction))) * total).rounded()
    if budget >= total { return candidates.map(\.scores.count) }
    if budget <= 0 { return candidates.map { _ in 0 } }
    func left(_ force: Double) -> [Double] { sizes.map { $0 / (force * $0 + 1) } }
    // What is left falls with the force, and below 1 / F of every layer: m / F < budget from here on.
    var (low, high) = (0.0, Double(sizes.count) / budget)
    for _ in 0..<200 where low < high {
      let force = (low + high) / 2
      if force == low || force == high { break }
      if left(force).reduce(0, +) > budget { low = force } else { high = force }
    }
    return WholeCounts.nearest(to: left(high), total: Int(budget), most: candidates)
  }
}
