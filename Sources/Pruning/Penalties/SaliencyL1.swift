// L1 on the saliencies of gates: channels are asked for only where they matter.
//
// X. Gao et al., "Dynamic Channel Pruning: Feature Boosting and Suppression", ICLR 2019: the loss is
// increased by lambda sum over layers of ||g||_1, here the mean over the examples of a batch; lambda is 1e-8
// in the paper.

import Execution
import Network
import Torch

/// `lambda sum over gates of mean_b ||g_b||_1`.
public struct SaliencyL1: Penalty {
  public static let name = "l1-saliency"
  public static let summary = "L1 of the saliencies of feature boosting (Gao et al. 2019)"

  /// The weight lambda of the term.
  public let strength: Double

  /// Charges `strength` for each unit of saliency.
  public init(strength: Double = 1e-8) { self.strength = strength }

  public func observedValues(in network: Network) throws(PruningError) -> Set<String> {
    let names = Self.saliencies(of: network)
    guard !names.isEmpty else {
      throw .combination(
        "\(Self.name) charges for saliencies, and '\(network.name)' has no gates: write the stage gate "
          + "before the training")
    }
    return names
  }

  public func term(of model: Model, observed: [String: Tensor]) throws(TorchError) -> Tensor? {
    var sum: Tensor?
    for name in Self.saliencies(of: model.network).sorted() {
      guard let saliency = observed[name] else { continue }
      let term = try saliency.abs().sum() * (strength / Double(max(1, saliency.shape[0])))
      sum = try sum.map { (sum) throws(TorchError) in try sum + term } ?? term
    }
    return sum
  }

  private static func saliencies(of network: Network) -> Set<String> {
    Set(
      network.nodes.flatMap(\.outputs).filter { $0.hasSuffix("/gate\(FeatureBoosting.saliency)") })
  }
}
