// SNIP: how much the loss of an untrained network feels each connection.
//
// N. Lee, T. Ajanthan, P. H. S. Torr, "SNIP: Single-shot Network Pruning based on Connection
// Sensitivity", ICLR 2019. With a gate c_j = 1 on each connection, w_j = c_j w_j,
//
//   s_j = |dL/dc_j| / sum_k |dL/dc_k|,   dL/dc_j = w_j dL/dw_j,
//
// on one batch (of 100 digits or 128 pictures) at initialisation by variance scaling; the connections
// with the highest s_j in the whole network stay. Over several batches derivatives are averaged before
// the absolute value, as in the paper's section on larger batches. Biases have no gates. One backward
// pass a batch, as in training: with the batch's own statistics, and dropout where there is some (the
// paper's networks have none).

import Network
import Torch

/// `s = |w dL/dw|` over its sum, from one batch at initialisation.
public struct SNIP: Criterion {
  public static let name = "snip"
  public static let summary =
    "|weight x gradient|, normalised, at initialisation (Lee et al. 2019)"
  public static let needs: Evidence = [.gradients, .batchStatistics]

  /// The criterion; it has no settings.
  public init() {}

  public func observe(_ batch: Observation, _ sums: inout Sums) throws(TorchError) {
    for (name, (weight, gradient)) in batch.gradients where weight.rank > 1 {
      try sums.add(weight * gradient, to: name)
    }
  }

  public func evidence(from survey: Survey) throws(PruningError) -> [String: [Double]] {
    let derivatives = try survey.observed(by: self)
    let total = derivatives.values.reduce(0) { sum, tensor in tensor.reduce(sum) { $0 + abs($1) } }
    return derivatives.mapValues { tensor in tensor.map { total > 0 ? abs($0) / total : 0 } }
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try mean(name, in: subject).map { Float($0) }
  }

  public func comparable(_ scores: [Double]) -> [Double] { scores }
}
