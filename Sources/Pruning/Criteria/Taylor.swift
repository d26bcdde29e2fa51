// First-order Taylor expansion of the loss in a gate on each feature map.
//
// P. Molchanov, S. Tyree, T. Karras, T. Aila, J. Kautz, "Pruning Convolutional Neural Networks for
// Resource Efficient Inference", ICLR 2017:
//
//   T_k = mean over examples n of | 1/M sum over the M positions m of (dL_n / dz_m) z_m |
//
// with the absolute value for each example, after the mean over positions and before that over
// examples, and then, in each layer, T_k / sqrt(sum_j T_j^2) - lambda F, with F the floating-point
// operations of one map in millions (UnitCost) and lambda 0 unless set (the paper: 1e-3). The sum is the derivative of the loss by a
// gate on the map (Observer). Left open by the paper, decided here: coupled channels share one gate, so
// that their terms add up before the absolute value; maps are gated where the next layer reads them,
// after normalisation and activation; derivatives are taken in evaluation mode.

import Network
import Torch

/// `T = mean_n |mean_m dL_n/dz_m z_m|`, divided by the group's L2 norm.
public struct Taylor: Criterion {
  public static let name = "taylor"
  public static let summary =
    "|activation x gradient| of each map, over labelled data (Molchanov et al. 2017)"
  public static let needs: Evidence = .gates

  /// What a million floating-point operations of a map cost it in its score.
  public var lambda = 0.0

  /// The criterion without regard for costs.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    lambda = try settings.double("lambda", default: lambda)
  }

  public func observe(_ batch: Observation, _ sums: inout Sums) throws(TorchError) {
    for group in batch.groups {
      let derivatives = try batch.gates(of: group).abs().mean([0], type: .float64)
      try sums.add(derivatives / Double(batch.positions(of: group)), to: group.name)
    }
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    throw .scoresUnits(criterion: Self.name)
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    try mean(group.name, in: subject)
  }

  /// The paper's own: by the L2 norm instead of the mean, so that of a wide layer more is removed.
  public func comparable(_ scores: [Double]) -> [Double] {
    let norm = scores.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 ? scores.map { $0 / norm } : scores
  }
  public func comparable(
    _ scores: [Double], of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double] {
    let ranked = comparable(scores)
    if lambda == 0 { return ranked }
    let cost = try group.unitCost(in: subject.network).operations
    return ranked.map { $0 - lambda * cost / 1e6 }
  }
}
