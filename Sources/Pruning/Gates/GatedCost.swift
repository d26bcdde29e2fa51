// What a gated network costs where channels that are zero for an example are not computed.
//
// X. Gao et al., "Dynamic Channel Pruning: Feature Boosting and Suppression", ICLR 2019, count the
// multiply-accumulates of an example so: a gated convolution computes its k winners only, and reads only the
// inputs that the gate before it has let pass,
//   MACs_l = k_l kh kw k_l-1 H' W'  +  C_l-1 H W + C_l-1 C_l,
// the last two terms being the saliency's own. With one density everywhere that falls as its square.

import Network

/// Multiply-accumulates of gated networks.
public enum GatedCost {
  /// What one example costs when all channels are computed, without the gates, and when those are skipped
  /// that gates have set to zero, with the gates.
  ///
  /// - Throws: ``PruningError/network(_:)`` where shapes contradict each other.
  public static func macs(of network: Network) throws(PruningError) -> (dense: Int, skipping: Int) {
    let inference = try Pruning.network { () throws(NetworkError) in try network.infer() }
    let nodes = network.cost(inference).nodes
    // How many channels of a value are not zero, where that is known to be fewer than all.
    var passing: [String: Int] = [:]
    var (dense, skipping) = (0, 0)
    for (node, cost) in zip(network.nodes, nodes) {
      guard let output = node.outputs.first else { continue }
      if node.name.contains("/gate/") {
        skipping += cost.macs
        if node.op == "Abs", let shape = inference.types[node.inputs[0]]?.shape {
          skipping += shape.dropFirst().reduce(1, *)
        }
        continue
      }
      dense += cost.macs
      if node.op == "Conv", let weight = node.input(1).flatMap({ network.initializers[$0] }) {
        let shape = weight.tensor.shape
        let groups = node.int("group", default: 1)
        let read = groups == 1 ? passing[node.inputs[0]] ?? shape[1] : shape[1]
        let made = winners(behind: node, in: network) ?? shape[0]
        skipping += cost.macs / (shape[0] * shape[1]) * made * read
        continue
      }
      skipping += cost.macs
      if node.op == "Mul", let factor = node.input(1), factor.hasSuffix("/gate/factor") {
        passing[output] = count(String(factor.dropLast("/factor".count)), in: network)
      } else if ["Relu", "MaxPool", "AveragePool", "Identity", "Dropout"].contains(node.op) {
        passing[output] = passing[node.inputs[0]]
      }
    }
    return (dense, skipping)
  }

  /// How many channels of a convolution pass its gate; `nil` where it has none.
  private static func winners(behind conv: Node, in network: Network) -> Int? {
    count("\(conv.name.isEmpty ? conv.outputs[0] : conv.name)/gate", in: network)
  }

  /// The number of winners of the gate called `gate`.
  private static func count(_ gate: String, in network: Network) -> Int? {
    network.initializers["\(gate)/count"]?.tensor.integers?.first
  }
}
