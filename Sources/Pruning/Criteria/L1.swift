// L1 magnitude: the sum of a unit's absolute weights.
//
// H. Li, A. Kadav, I. Durdanovic, H. Samet, H. P. Graf, "Pruning Filters for Efficient ConvNets",
// ICLR 2017: s_o = sum over c, i, j of |W[o, c, i, j]|. For single weights this is the magnitude of
// S. Han, J. Pool, J. Tran, W. Dally, "Learning both Weights and Connections", NIPS 2015: s = |w|.
//
// Where layers are added up, their filters leave together. The paper lets the shortcut decide, the projection
// or what an identity carries, as its maps matter more than the residual's (`coupled: shortcut`); without it
// the weights of all layers count. Whether a sum leaves out the channels that earlier layers have lost, the
// paper's greedy choice against the independent one, is the word of ``GreedySelection``.

import Network

/// L1 magnitude: `s = sum |w|` over a unit's weights.
public struct L1: Criterion {
  public static let name = "l1"
  public static let summary = "sum of absolute weights (Li et al. 2017; Han et al. 2015)"

  /// Whose weights score a unit that several layers make.
  public enum Coupled: String, Sendable, CaseIterable {
    /// Those of all of them.
    case all
    /// Those of the layer nearest to the input: the one whose output the shortcut carries.
    case shortcut
  }

  /// Whose weights score a unit that several layers make.
  public private(set) var coupled = Coupled.all

  /// Sums over all layers that make a unit.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    coupled = try settings.choice("coupled", default: coupled)
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try subject.elements(of: name).map(abs)
  }

  public func unitScores(
    of group: Group, in subject: Subject
  ) throws(PruningError) -> [Double] {
    let deciding = coupled == .shortcut ? group.nearestMakers(in: subject.network) : nil
    return try group.sums(of: .absolute, by: deciding, in: subject)
  }
}

extension Group {
  /// For each unit the weight that makes it with the fewest layers between it and the input; of
  /// several, the first in the order of the network.
  fileprivate func nearestMakers(in network: Network) -> [String] {
    let makers = producers.filter { $0.role == .parameter }
    var depths: [String: Int] = [:]
    var layers: [String: (depth: Int, position: Int)] = [:]
    for (position, node) in network.nodes.enumerated() {
      let weights = node.inputs.filter {
        network.initializers[$0].map { $0.role == .parameter && $0.tensor.shape.count > 1 } ?? false
      }
      let depth = (node.uses.map { depths[$0] ?? 0 }.max() ?? 0) + (weights.isEmpty ? 0 : 1)
      for output in node.outputs { depths[output] = depth }
      for weight in weights where layers[weight] == nil { layers[weight] = (depth, position) }
    }
    return (0..<size).map { unit in
      let own = makers.filter { $0.units.contains(unit) }
      return own.min {
        (layers[$0.value] ?? (.max, 0)) < (layers[$1.value] ?? (.max, 0))
      }?.value ?? ""
    }
  }
}
