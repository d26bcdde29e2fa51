// Samplers: the layers that pick their own channels of a shared input, by name.

import Network

/// In front of which layers a sampler stands while units are chosen; see `Network.sampling(inputsOf:)`.
///
/// A name or pattern fits a layer as in ``Exclusions``.
public struct Samplers: Sendable, Hashable {
  /// The layers; none where it is empty.
  public let patterns: [String]

  /// Samplers in front of what fits the patterns.
  public init(_ patterns: [String]) {
    self.patterns = patterns
  }

  /// The network with its samplers open.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)`` where a pattern fits no layer;
  ///   ``PruningError/network(_:)`` where a layer's input is not shared.
  public func opened(in network: Network) throws(PruningError) -> Network {
    guard !patterns.isEmpty else { return network }
    let layers = network.nodes.compactMap { node -> String? in
      guard ["Conv", "ConvTranspose", "Gemm", "MatMul"].contains(node.op),
        let weight = node.input(1), network.initializers[weight]?.role == .parameter
      else { return nil }
      return weight
    }
    for pattern in patterns
    where !layers.contains(where: { Exclusions.fits(pattern, parameter: $0) }) {
      throw .noSuch(part: "layer", name: pattern, known: layers.map(Exclusions.layer))
    }
    let chosen = layers.filter { layer in
      patterns.contains { Exclusions.fits($0, parameter: layer) }
    }
    return try Pruning.network { () throws(NetworkError) in try network.sampling(inputsOf: chosen) }
  }
}
