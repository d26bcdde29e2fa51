// The layers that no choice of units makes smaller, each with the reason.

/// A layer that costs something and that nothing can leave.
public struct DenseLayer: Sendable, Hashable {
  /// The node, as messages name it.
  public let node: String
  /// Its multiply-accumulates.
  public let macs: Int
  /// Why its units must stay.
  public let reasons: [String]
}

extension Coupling {
  /// The layers of `network` that neither lose outputs nor inputs, whatever is chosen: none of the
  /// groups that can be pruned lies on what they read, carry or give.
  ///
  /// - Parameters:
  ///   - network: the network this is the coupling of.
  ///   - cost: its cost, node by node.
  public func denseLayers(of network: Network, _ cost: NetworkCost) -> [DenseLayer] {
    let free = Set(groups.flatMap(\.members).map(\.value))
    var reasons: [String: [String]] = [:]
    for group in frozen {
      for value in Set(group.members.map(\.value)) { reasons[value, default: []] += group.frozen }
    }
    return zip(network.nodes, cost.nodes).compactMap { node, cost in
      let values = node.inputs + node.outputs
      guard cost.macs > 0, !values.contains(where: free.contains) else { return nil }
      var known: [String] = []
      for reason in values.flatMap({ reasons[$0] ?? [] }) where !known.contains(reason) {
        known.append(reason)
      }
      if known.isEmpty { known = ["no axis of its weights makes units that could leave"] }
      return DenseLayer(node: node.label, macs: cost.macs, reasons: known)
    }
  }
}
