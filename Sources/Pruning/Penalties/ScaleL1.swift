// L1 on the scales of batch normalisation: channels that do not matter lose their scale.
//
// Z. Liu, J. Li, Z. Shen, G. Huang, S. Yan, C. Zhang, "Learning Efficient Convolutional Networks through
// Network Slimming", ICCV 2017:
//   L = sum loss + lambda sum over the scales gamma of |gamma|,
// followed by its subgradient lambda sign(gamma), which is 0 at 0. lambda is 1e-4 for VGG, 1e-5 for
// ResNet and DenseNet. Afterwards the channels with the smallest |gamma| of the whole network leave
// (``BatchNormScale`` with the target `units`), and training, penalty and cut may be repeated.

import Execution
import Network
import Torch
import Training

/// `lambda sum |gamma|` over the scales of batch normalisation.
public struct ScaleL1: Penalty {
  public static let name = "l1-scale"
  public static let summary = "L1 of the scales of batch normalisation (Liu et al. 2017)"

  /// The weight lambda of the term.
  public let strength: Double
  /// Which scales, by name; `*` stands for any run of characters.
  public let patterns: [String]

  /// Charges `strength` for each unit of |gamma|.
  public init(strength: Double = 1e-4, scales patterns: [String] = ["*"]) {
    self.strength = strength
    self.patterns = patterns
  }

  public func observedValues(in network: Network) throws(PruningError) -> Set<String> {
    guard !scales(of: network).isEmpty else {
      throw .combination(
        "\(Self.name) shrinks scales of batch normalisation, and '\(network.name)' has none that is "
          + "called \(patterns.joined(separator: " or ")); use a network with batch normalisation, or "
          + "another penalty")
    }
    return []
  }

  public func term(of model: Model, observed: [String: Tensor]) throws(TorchError) -> Tensor? {
    let scales = scales(of: model.network).compactMap { model.parameters[$0] }
    guard !scales.isEmpty else { return nil }
    return try Tensor.cat(scales).abs().sum() * strength
  }

  public func measures(of model: Model) throws(TorchError) -> [String: Double] {
    let scales = scales(of: model.network).compactMap { model.parameters[$0] }
    guard !scales.isEmpty else { return [:] }
    let sizes = try Tensor.cat(scales).detached().abs()
    return [
      "scales in all": Double(sizes.count),
      "scales under \(Self.small)": try sizes.less(.double(Self.small)).to(type: .float64).sum()
        .scalar(),
    ]
  }

  /// What counts as nearly nothing of a scale that begins at 1.
  private static let small = 0.01

  private func scales(of network: Network) -> [String] {
    network.batchNormScales.filter { name in
      patterns.contains { NamePattern.matches(name, $0) }
    }
  }
}

extension Network {
  /// The scales of batch normalisation that are trained, in the order of the nodes.
  var batchNormScales: [String] {
    var names: [String] = []
    for node in nodes where node.op == "BatchNormalization" && node.inputs.count > 1 {
      let name = node.inputs[1]
      if initializers[name]?.role == .parameter, !names.contains(name) { names.append(name) }
    }
    return names
  }
}
