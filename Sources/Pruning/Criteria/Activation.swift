// Mean absolute activation.
//
// P. Molchanov et al., "Pruning Convolutional Neural Networks for Resource Efficient Inference", ICLR
// 2017, section 2.2, "Activation": a feature map whose values are small is of little use to what
// follows: s_k = mean over examples and positions of |a|. Units are looked at where the next layer
// reads them, after normalisation and activation; of a unit that is read in several places the mean is
// taken. No targets are needed.

import Network
import Torch

/// `s = mean |a|` over the examples and positions of a unit.
public struct Activation: Criterion {
  public static let name = "activation"
  public static let summary =
    "mean absolute activation, over data without labels (Molchanov et al. 2017)"
  public static let needs: Evidence = .activations

  /// The criterion; it has no settings.
  public init() {}

  public func observe(_ batch: Observation, _ sums: inout Sums) throws(TorchError) {
    for group in batch.groups {
      try sums.add(
        batch.overUnits(of: group) { (values) throws(TorchError) in try values.abs().mean([1]) },
        to: group.name)
    }
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    throw .scoresUnits(criterion: Self.name)
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    try mean(group.name, in: subject)
  }
}
