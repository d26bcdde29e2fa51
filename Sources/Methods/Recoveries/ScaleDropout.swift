// Dropout for sparse layers: less is dropped where fewer connections are left.
//
// S. Han, J. Pool, J. Tran, W. J. Dally, "Learning both Weights and Connections for Efficient Neural
// Networks", NIPS 2015, section 3.2: pruning has made a layer less likely to overfit, so that the dropout
// of its neurons while it is retrained is
//   D_r = D_o sqrt(C_r / C_o),
// with C_o the layer's connections at first and C_r those that are left. Dropout works on neurons, and
// connections go with the square of them, which is where the root comes from.

import Foundation
import Network
import Pruning

/// Scales the ratio of every dropout by what is left of the layer whose outputs it drops.
///
/// ```yaml
/// scale-dropout: {}
/// ```
/// The ratios before the first pruning are what is scaled, so that it can follow every step.
struct ScaleDropout: Recovery {
  static let name = "scale-dropout"
  static let summary = "dropout by the connections left, D sqrt(C_r / C_o) (Han et al. 2015)"

  init(_ settings: RecipeReader) throws(RecipeError) {}

  func rehearse(on network: Network) throws {
    guard !network.nodes.contains(where: { $0.op == "Dropout" }) else { return }
    throw PruningError.combination(
      "\(Self.name) scales dropout, and '\(network.name)' has none; use a network with dropout, or leave it out"
    )
  }

  func recover(_ run: inout Run) throws {
    let dense = try run.beginPruning()
    var network = run.network
    for index in network.nodes.indices where network.nodes[index].op == "Dropout" {
      let node = network.nodes[index]
      guard let before = dense.nodes.first(where: { $0.label == node.label }),
        let ratio = dense.dropoutRatio(of: before), let weight = dense.weight(behind: before),
        let first = dense.initializers[weight], let now = network.initializers[weight]
      else { continue }
      let all = Double(first.tensor.count) * (1 - dense.sparsity(of: [weight]))
      let left = Double(now.tensor.count) * (1 - network.sparsity(of: [weight]))
      let scaled = ratio * (left / max(all, 1)).squareRoot()
      if network.opset < 12 {
        network.nodes[index].set("ratio", .float(Float(scaled)))
      } else {
        let name = "\(node.outputs.first ?? node.name).ratio"
        network.initializers[name] = Initializer(
          TensorData(scalar: Float(scaled)), role: .constant)
        network.nodes[index].inputs = [node.inputs[0], name] + node.inputs.dropFirst(2)
      }
      run.findings.measures["dropout behind \(weight)"] = scaled
    }
    run.network = network
  }
}

extension Network {
  /// The ratio of a dropout; `nil` where it is computed.
  fileprivate func dropoutRatio(of node: Node) -> Double? {
    guard let name = node.input(1) else { return Double(node.float("ratio", default: 0.5)) }
    return initializers[name]?.tensor.reals?.first
  }

  /// The weight of the layer whose outputs come to `node`, through nodes without weights; `nil` where
  /// there is none.
  fileprivate func weight(behind node: Node) -> String? {
    var value = node.input(0)
    while let name = value, let maker = nodes.first(where: { $0.outputs.contains(name) }) {
      if let weight = maker.inputs.first(where: { isWeight($0) }) { return weight }
      value = maker.input(0)
    }
    return nil
  }
}
