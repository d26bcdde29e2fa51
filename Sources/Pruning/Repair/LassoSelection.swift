// Channels chosen by what rebuilds the layer behind them, layer by layer.
//
// Y. He, X. Zhang, J. Sun, "Channel Pruning for Accelerating Very Deep Neural Networks", ICCV 2017. For each
// group of channels, front to back, and the layers W that read them:
//   1. min over beta of 1/(2N) |Y - sum_i beta_i X_i W_i^T|^2 + lambda |beta|_1, lambda growing until as few
//      are left as are wanted: which channels stay (``Lasso``);
//   2. W by least squares on what stays (``Reconstruction``), into which beta goes, as any scale of X_i does.
// X is what reaches the layer in the network as it is pruned by then, Y what the layer gives in the original
// one without its bias. With A = sum x x^T and B = sum x y^T, which least squares needs anyway,
//   Z_i . Z_j = sum over the block (i, j) of A o (W W^T),   Z_i . y = sum over the block i of B o W,
// so no sample is kept. Channels that several layers read, a residual stream, are chosen for all of them
// together, or, as in the paper, by a sampler in front of each block (``Samplers``) while the stream stays;
// the last layer of a block makes good what the shortcut has lost (``ShortcutTarget``).

import Execution
import Network
import Torch

/// Chooses the channels of each group by LASSO, once their numbers are known, and fits the layers behind.
public struct LassoSelection: Sendable {
  /// The examples that are looked at.
  public let calibration: Calibration
  /// How many output positions of each example are samples.
  public let positions: Int
  /// Decides which.
  public let seed: UInt64

  /// A selection on `calibration`.
  public init(on calibration: Calibration, positions: Int = 10, seed: UInt64 = 0) {
    self.calibration = calibration
    self.positions = positions
    self.seed = seed
  }

  /// The plan with as many units of each group, chosen anew, and the network cut to it with the layers
  /// that lost inputs fitted.
  ///
  /// A group with no layer behind it that could be fitted keeps the units of `plan`.
  /// - Throws: the errors of reading the data and of running the networks.
  public func callAsFunction(
    _ plan: Plan, of original: Network
  ) throws(PruningError) -> (plan: Plan, network: Network, report: Reconstruction) {
    var network = original
    var done: [Kept] = []
    var report = Reconstruction(layers: [], skipped: [])
    for kept in plan.kept {
      guard !kept.removed.isEmpty else {
        done.append(kept)
        continue
      }
      let current = network
      let group = try counterpart(of: kept.group, in: current, original, done)
      let lasso = try lasso(for: group, in: network, original, done)
      // Blocks of equal size keep what the plan chose: their counts are not the LASSO's to change.
      let units = kept.group.blocks > 1 ? kept.units : lasso?.support(kept.units.count)
      let chosen = try Pruning.network { () throws(NetworkError) in
        try Kept(kept.group, units: units ?? kept.units)
      }
      done.append(chosen)
      let fitted = Set(kept.group.consumers.map(\.value))
      let list = done
      let cut = try Pruning.network { () throws(NetworkError) in
        try current.cut(keeping: [Kept(group, units: chosen.units)])
      }
      let found = try cut.reconstructed(
        like: original, keeping: list, on: calibration, positions: positions, seed: seed,
        only: fitted)
      network = found.network
      report.layers += found.report.layers
      report.skipped += found.report.skipped
    }
    return (plan.keeping(done), network, report)
  }

  /// The group in the network as it is: it has all its units still, but where they lie among others that have
  /// left, they lie elsewhere, and are called otherwise.
  private func counterpart(
    of group: Group, in network: Network, _ original: Network, _ done: [Kept]
  ) throws(PruningError) -> Group {
    try Pruning.network { () throws(NetworkError) in
      let maker = group.members.first { $0.part == .producer && $0.role != nil }
      guard let maker, let extents = original.initializers[maker.value]?.tensor.shape else {
        throw .noSuch(kind: "group", name: group.name, known: [])
      }
      let left = try done.indices(of: maker.value, axis: maker.axis, extent: extents[maker.axis])
      let start = left.map { left in left.count { $0 < maker.start } } ?? maker.start
      let groups = try network.coupling().groups
      let found = groups.first { other in
        other.size == group.size
          && other.members.contains {
            $0.value == maker.value && $0.axis == maker.axis && $0.part == .producer
              && $0.start == start
          }
      }
      guard let found else {
        throw .noSuch(kind: "group", name: group.name, known: groups.map(\.name))
      }
      return found
    }
  }

  /// The LASSO of a group over all layers that read it; `nil` where none of them can be looked at.
  func lasso(
    for group: Group, in network: Network, _ original: Network, _ done: [Kept]
  ) throws(PruningError) -> Lasso? {
    let run = try ReconstructionRun(
      network, original, calibration.fitting(network), positions: positions, seed: seed)
    let readers = group.consumers.filter { $0.role == .parameter }
    let types = try Pruning.network { () throws(NetworkError) in try original.infer().types }
    return try withoutGradients { () throws(PruningError) in
      var gram: Tensor?
      var products: Tensor?
      for (position, node) in network.nodes.enumerated() {
        guard let member = readers.first(where: { node.inputs.contains($0.value) }),
          member.block == nil, let shape = types[node.outputs[0]]?.shape, !shape.isEmpty
        else { continue }
        let axis = node.op == "Conv" ? 1 : shape.count - 1
        let outputs = try Pruning.network { () throws(NetworkError) in
          try done.indices(of: node.outputs[0], axis: axis, extent: shape[axis])
        }
        guard let layer = try? LinearLayer(node, in: network, outputs: outputs),
          layer.groups == 1, let found = try run.equations(of: layer, at: position)
        else { continue }
        let (g, q) = try engine { () throws(TorchError) in
          try Self.sums(found.equations, found.weights, of: group, member, layer)
        }
        gram = try engine { () throws(TorchError) in
          try gram.map { (gram) throws(TorchError) in try gram + g } ?? g
        }
        products = try engine { () throws(TorchError) in
          try products.map { (products) throws(TorchError) in try products + q } ?? q
        }
      }
      guard let gram, let products else { return nil }
      return try engine { () throws(TorchError) in
        Lasso(
          gram: try gram.values(as: Double.self), products: try products.values(as: Double.self))
      }
    }
  }

  /// G and q of one layer: sums over the blocks of its units.
  private static func sums(
    _ equations: NormalEquations, _ weights: Tensor, of group: Group, _ member: Group.Member,
    _ layer: LinearLayer
  ) throws(TorchError) -> (Tensor, Tensor) {
    // To which unit each input belongs; the window's places lie inside a channel.
    let inputs = weights.shape[0]
    let inner = max(1, layer.places)
    var owners = [Double](repeating: 0, count: group.size * inputs)
    var free = [Double](repeating: 1, count: inputs)
    for unit in member.units {
      for index in member.indices(of: unit) {
        for place in index * inner..<(index + 1) * inner {
          owners[unit * inputs + place] = 1
          free[place] = 0
        }
      }
    }
    let p = try Tensor(owners, shape: [group.size, inputs], device: weights.device)
    // What belongs to no unit, the bias too, stays as it is and leaves the target.
    let rest = try weights * Tensor(free, shape: [inputs, 1], device: weights.device)
    let (a, b) = equations.sums
    let count = Double(max(1, equations.samples * weights.shape[1]))
    let g = try p.mm(a * weights.mm(weights.transpose())).mm(p.transpose()) / count
    let q = try p.mm(((b - a.mm(rest)) * weights).sum([1], keepAxes: true)).flatten() / count
    return (g, q)
  }
}

extension Plan {
  /// The plan with other units of the same number.
  func keeping(_ kept: [Kept]) -> Plan {
    Plan(
      kept: kept, coupling: coupling, target: target, before: before, after: after,
      outcome: outcome)
  }
}
