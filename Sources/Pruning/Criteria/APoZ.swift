// Average percentage of zeros.
//
// H. Hu, R. Peng, Y.-W. Tai, C.-K. Tang, "Network Trimming: A Data-Driven Neuron Pruning Approach
// towards Efficient Deep Architectures", 2016: APoZ_k = mean over examples and positions of [a = 0],
// after the activation; neurons that are mostly zero are removed. The score is what is left, 1 - APoZ,
// so that the highest stay. It tells units apart where the activation gives exact zeros (ReLU).

import Network
import Torch

/// `s = 1 - APoZ = mean [a != 0]` over the examples and positions of a unit.
public struct APoZ: Criterion {
  public static let name = "apoz"
  public static let summary =
    "fraction of activations that are not zero, over data without labels (Hu et al. 2016)"
  public static let needs: Evidence = .activations

  /// The criterion; it has no settings.
  public init() {}

  public func observe(_ batch: Observation, _ sums: inout Sums) throws(TorchError) {
    for group in batch.groups {
      try sums.add(
        batch.overUnits(of: group) { (values) throws(TorchError) in
          try values.equal(0).to(type: .float64).mean([1])
        }, to: group.name)
    }
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    throw .scoresUnits(criterion: Self.name)
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    try mean(group.name, in: subject).map { 1 - $0 }
  }
}
