// First-order Taylor expansion of the loss in the weights, squared.
//
// P. Molchanov, A. Mallya, S. Tyree, I. Frosio, J. Kautz, "Importance Estimation for Neural Network
// Pruning", CVPR 2019: the squared change of the loss when the weight w goes is to first order
// (g w)^2 with g = dL/dw; the importance of a filter is the sum over its weights,
//
//   I = mean over batches of sum over w of (g w)^2
//
// (the paper's variant for independent weights; its others square the sum over the filter, or take
// g at a gate after the normalisation, which `taylor` does). Scores are compared over layers as they
// are: the paper shows that this criterion needs no normalisation.

import Network
import Torch

/// `I = mean over batches of sum (dL/dw w)^2` over a unit's weights; for single weights one term.
public struct TaylorWeight: Criterion {
  public static let name = "taylor-weight"
  public static let summary =
    "sum of (weight x gradient)^2, over labelled data (Molchanov et al. 2019)"
  public static let needs: Evidence = .gradients

  /// The criterion; it has no settings.
  public init() {}

  public func observe(_ batch: Observation, _ sums: inout Sums) throws(TorchError) {
    for (name, (weight, gradient)) in batch.gradients where weight.rank > 1 {
      // In double precision: the squares of small gradients are below what float32 resolves.
      try sums.add((weight * gradient).to(type: .float64).square(), to: name)
    }
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try mean(name, in: subject).map { Float($0) }
  }

  public func comparable(_ scores: [Double]) -> [Double] { scores }
}
