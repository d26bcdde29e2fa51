// Channels chosen by what rebuilds the layer behind them, layer by layer.
//
// Y. He, X. Zhang, J. Sun, "Channel Pruning for Accelerating Very Deep Neural Networks", ICCV 2017. For each
// group of channels, front to back, and the layers W that read them:
//   1. channels that the others make good without loss leave first (``Redundancy``);
//      then min over beta of 1/(2N) |Y - sum_i beta_i X_i W_i^T|^2 + lambda |beta|_1, lambda growing until as few
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
      // Blocks of equal size keep what the plan chose: their counts are not the LASSO's to change.
      let units =
        kept.group.blocks > 1
        ? kept.units
        : try support(kept.units.count, of: group, in: network, original, done)
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

  /// The `wanted` units of a group that rebuild best what the layers behind it give; `nil` where none of these
  /// layers can be looked at.
  private func support(
    _ wanted: Int, of group: Group, in network: Network, _ original: Network, _ done: [Kept]
  ) throws(PruningError) -> [Int]? {
    let readers = try readers(of: group, in: network, original, done)
    return try withoutGradients { () throws(PruningError) in
      try engine { () throws(TorchError) in
        guard let lasso = try Self.lasso(for: readers) else { return nil }
        var redundancy = try Redundancy(readers, units: group.size)
        let gone = Set(try redundancy?.first(group.size - wanted) ?? [])
        let left = (0..<group.size).filter { !gone.contains($0) }
        return lasso.part(left).support(wanted).map { left[$0] }
      }
    }
  }

  /// The LASSO of a group over all layers that read it; `nil` where none of them can be looked at.
  func lasso(
    for group: Group, in network: Network, _ original: Network, _ done: [Kept]
  ) throws(PruningError) -> Lasso? {
    let readers = try readers(of: group, in: network, original, done)
    return try withoutGradients { () throws(PruningError) in
      try engine { () throws(TorchError) in try Self.lasso(for: readers) }
    }
  }

  /// The layers behind a group that can be looked at, with their sums over the examples.
  private func readers(
    of group: Group, in network: Network, _ original: Network, _ done: [Kept]
  ) throws(PruningError) -> [LassoReader] {
    let run = try ReconstructionRun(
      network, original, calibration.fitting(network), positions: positions, seed: seed)
    let readers = group.consumers.filter { $0.role == .parameter }
    let types = try Pruning.network { () throws(NetworkError) in try original.infer().types }
    return try withoutGradients { () throws(PruningError) in
      var found: [LassoReader] = []
      for (position, node) in network.nodes.enumerated() {
        guard let member = readers.first(where: { node.inputs.contains($0.value) }),
          member.block == nil, let shape = types[node.outputs[0]]?.shape, !shape.isEmpty
        else { continue }
        let axis = node.op == "Conv" ? 1 : shape.count - 1
        let outputs = try Pruning.network { () throws(NetworkError) in
          try done.indices(of: node.outputs[0], axis: axis, extent: shape[axis])
        }
        guard let layer = try? LinearLayer(node, in: network, outputs: outputs),
          layer.groups == 1, let sums = try run.equations(of: layer, at: position)
        else { continue }
        found.append(
          LassoReader(
            sums.equations, sums.weights, member, units: group.size,
            places: max(1, layer.places)))
      }
      return found
    }
  }

  /// The sums of the LASSO over all readers.
  private static func lasso(for readers: [LassoReader]) throws(TorchError) -> Lasso? {
    var sums: (gram: Tensor, products: Tensor)?
    for reader in readers {
      let (g, q) = try reader.sums()
      sums =
        try sums.map { (sums) throws(TorchError) in
          (try sums.gram + g, try sums.products + q)
        } ?? (g, q)
    }
    guard let sums else { return nil }
    return Lasso(
      gram: try sums.gram.values(as: Double.self),
      products: try sums.products.values(as: Double.self))
  }
}

/// A layer behind a group of channels: its sums over the examples, and which of its inputs are whose.
struct LassoReader {
  let equations: NormalEquations
  /// The layer's weights `[inputs, outputs]`; the window's places lie inside a channel.
  let weights: Tensor
  /// The inputs of each unit.
  let inputs: [[Int]]

  /// A layer whose inputs of each unit are listed.
  init(_ equations: NormalEquations, _ weights: Tensor, inputs: [[Int]]) {
    self.equations = equations
    self.weights = weights
    self.inputs = inputs
  }

  /// A layer that reads a group of `units` through `member`.
  init(
    _ equations: NormalEquations, _ weights: Tensor, _ member: Group.Member, units: Int,
    places: Int
  ) {
    var inputs = [[Int]](repeating: [], count: units)
    for unit in member.units {
      inputs[unit] = member.indices(of: unit).flatMap { $0 * places..<($0 + 1) * places }
    }
    self.init(equations, weights, inputs: inputs)
  }

  /// G and q of the layer: sums over the blocks of its units.
  func sums() throws(TorchError) -> (Tensor, Tensor) {
    let (count, units) = (weights.shape[0], inputs.count)
    var owners = [Double](repeating: 0, count: units * count)
    var free = [Double](repeating: 1, count: count)
    for (unit, inputs) in inputs.enumerated() {
      for input in inputs {
        owners[unit * count + input] = 1
        free[input] = 0
      }
    }
    let p = try Tensor(owners, shape: [units, count], device: weights.device)
    // What belongs to no unit, the bias too, stays as it is and leaves the target.
    let rest = try weights * Tensor(free, shape: [count, 1], device: weights.device)
    let (a, b) = equations.sums
    let samples = Double(max(1, equations.samples * weights.shape[1]))
    let g = try p.mm(a * weights.mm(weights.transpose())).mm(p.transpose()) / samples
    let q = try p.mm(((b - a.mm(rest)) * weights).sum([1], keepAxes: true)).flatten() / samples
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
