// UnitCost: what one unit of a group costs the layers that make and use it.

import Network

/// What one unit of a group costs in one run on a single input.
struct UnitCost {
  /// Floating-point operations of the layers that make it: `2 H W (C_in K^2 + 1)` for a map of a
  /// convolution, `2 I - 1` for a neuron.
  var operations = 0.0
  /// Activations that it makes, over the layers that make it.
  var activations = 0.0
  /// Multiply-accumulates of the layers that make it and of those that use it up.
  var macs = 0.0
}

extension Group {
  /// What one unit costs, with the other units of the network as they are.
  func unitCost(in network: Network) throws(PruningError) -> UnitCost {
    let inference = try Pruning.network { () throws(NetworkError) in try network.infer() }
    let costs = network.cost(inference).nodes
    var cost = UnitCost()
    for (position, node) in network.nodes.enumerated() {
      for member in members where member.part != .carrier && member.role == .parameter {
        guard node.inputs.dropFirst().contains(member.value),
          let shape = network.initializers[member.value]?.tensor.shape, shape.count >= 2,
          let output = inference.types[node.outputs[0]]?.shape.reduce(1, *)
        else { continue }
        let share = Double(member.width) / Double(shape[member.axis])
        let macs = Double(costs[position].macs) * share
        cost.macs += macs
        guard member.part == .producer else { continue }
        let made = Double(output) * share
        cost.activations += made
        cost.operations += node.op == "Conv" ? 2 * (macs + made) : 2 * macs - made
      }
    }
    return cost
  }
}
