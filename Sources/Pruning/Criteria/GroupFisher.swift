// Group Fisher: the squared derivative of each example's loss by the mask that coupled channels share.
//
// L. Liu, S. Zhang, Z. Kuang et al., "Group Fisher Pruning for Practical Network Compression", ICML 2021:
//
//   s_i = sum over examples n of ( sum over members x of the group and positions of a dL_n/da )^2
//       = sum_n (dL_n/dm_i)^2 at the shared mask m_i = 1,
//
// the sum over members inside the square, then divided by the memory that the channel's removal saves (the
// activations of the layers that make it, in millions) or by the multiply-accumulates (in billions). The
// paper accumulates over training steps and removes one channel every 25 (the training part
// `group-fisher`); as a criterion the examples are those of the calibration, and the network as it is.

import Network
import Torch

/// `s = sum_n (dL_n/dm)^2` over what the channel's removal saves.
public struct GroupFisher: Criterion {
  /// What scores are divided by.
  public enum Normalization: String, Sendable, CaseIterable {
    /// The activations that are saved, in millions.
    case memory
    /// The multiply-accumulates that are saved, in billions.
    case macs
    /// 1.
    case none
  }

  public static let name = "group-fisher"
  public static let summary =
    "squared derivative by a shared mask over memory saved, labelled data (Liu et al. 2021)"
  public static let needs: Evidence = .gates

  /// What scores are divided by.
  public var normalization = Normalization.memory

  /// The criterion as in the paper: by memory.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    normalization = try settings.choice("normalize", default: normalization)
  }

  public func observe(_ batch: Observation, _ sums: inout Sums) throws(TorchError) {
    for group in batch.groups {
      try sums.add(
        batch.gates(of: group).to(type: .float64).square().sum([0]), to: group.name)
    }
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    throw .scoresUnits(criterion: Self.name)
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    try mean(group.name, in: subject)
  }

  public func comparable(_ scores: [Double]) -> [Double] { scores }

  public func comparable(
    _ scores: [Double], of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double] {
    let saved = try saving(group, in: subject.network)
    return scores.map { $0 / saved }
  }

  /// What the removal of one unit of `group` saves, in the units of the paper.
  func saving(_ group: Group, in network: Network) throws(PruningError) -> Double {
    switch normalization {
    case .memory: max(try group.unitCost(in: network).activations, 1) / 1e6
    case .macs: max(try group.unitCost(in: network).macs, 1) / 1e9
    case .none: 1
    }
  }
}
