// What running a network costs: parameters, multiply-accumulates, bytes moved.

import OrderedCollections

/// What one run of a network, or of one node, costs.
///
/// - *Multiply-accumulates*: one multiplication and one addition count as one. Only convolutions and
///   matrix products count; biases, normalisation and activations do not. (Many papers write "FLOPs"
///   for this number, some for twice this number.)
/// - *Bytes moved*: each node reads its inputs and its parameters once and writes its outputs once;
///   nothing is fused and nothing stays in a cache.
public struct Cost: Sendable, Hashable {
  /// Trainable parameters.
  public var parameters: Int
  /// Multiply-accumulates of one run.
  public var macs: Int
  /// Bytes moved by one run.
  public var bytesMoved: Int
  /// Bytes of all tensors the network carries: the bulk of its file.
  public var weightBytes: Int

  /// A cost.
  public init(parameters: Int = 0, macs: Int = 0, bytesMoved: Int = 0, weightBytes: Int = 0) {
    self.parameters = parameters
    self.macs = macs
    self.bytesMoved = bytesMoved
    self.weightBytes = weightBytes
  }
}

/// The cost of a network, as a whole and by node.
public struct NetworkCost: Sendable {
  /// The whole network; a parameter used twice counts once.
  public let total: Cost
  /// Each node by itself, in the network's order; a parameter used twice counts at each use.
  public let nodes: [Cost]
}

extension Network {
  /// The cost of one run on a single input (or on the extents that `binding` gives).
  ///
  /// - Throws: ``NetworkError`` where the shapes contradict each other.
  public func cost(binding: [String: Int] = [:]) throws(NetworkError) -> NetworkCost {
    cost(try infer(binding: binding))
  }

  /// The cost of one run on the extents of `inference`.
  public func cost(_ inference: Inference) -> NetworkCost {
    let nodes = inference.views.map { view in
      var cost = Cost(macs: Operators.of(view.node)?.macs(view) ?? 0)
      for type in view.inputs + view.outputs {
        guard let type, let count = type.shape.elementCount else { continue }
        cost.bytesMoved += type.element.byteCount(of: count)
      }
      for name in Set(view.node.inputs) {
        guard let used = initializers[name] else { continue }
        cost.weightBytes += used.tensor.bytes.count
        if used.role == .parameter { cost.parameters += used.tensor.count }
      }
      return cost
    }
    let total = Cost(
      parameters: parameterCount,
      macs: nodes.reduce(0) { $0 + $1.macs },
      bytesMoved: nodes.reduce(0) { $0 + $1.bytesMoved },
      weightBytes: initializers.values.reduce(0) { $0 + $1.tensor.bytes.count })
    return NetworkCost(total: total, nodes: nodes)
  }
}
