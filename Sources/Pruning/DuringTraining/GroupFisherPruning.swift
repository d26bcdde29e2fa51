// Group Fisher pruning: while a network trains, the channel whose shared mask matters least goes, one at a
// time.
//
// L. Liu, S. Zhang, Z. Kuang et al., "Group Fisher Pruning for Practical Network Compression", ICML 2021.
// At every step, for each channel i of a group of coupled layers,
//
//   s_i += sum over examples n of ( sum over the layers x that read it, and positions, of a dL/da )^2
//
// and every d steps the channel goes whose s_i over what its removal saves (GroupFisher) is least in the
// whole network; then all sums start again. It ends where the target is met. A channel that has gone is
// zero with its bias, scale and shift after every step, so that the network computes what the cut one will;
// a stage `prune` with `criterion: l2, target: {threshold: 0}` cuts what is zero. A value may be read by
// several layers, some of which pass it on: a dL/da of one reader is found by going backwards through that
// reader alone. In training mode normalisation mixes the examples of a batch; the paper accepts that. At
// least one channel of each group stays. Groups whose units must leave block by block are left alone.

import Execution
import Network
import Torch
import Training

/// Removes the channel of least Fisher information every few steps, until a target is met.
public final class GroupFisherPruning: Plugin {
  /// How small the network is to become.
  public let target: Target
  /// The steps from one removal to the next.
  public let every: Int
  /// What sums are divided by.
  public let criterion: GroupFisher
  /// What must not be pruned.
  public let exclusions: Exclusions

  /// The channels that have gone, by group, in their order.
  public private(set) var removed: [String: [Int]] = [:]
  /// Whether the target is met.
  public var isDone: Bool { wiring?.isDone ?? false }

  private var sums: [String: [Double]] = [:]
  private var wiring: Wiring?

  private struct Saved: Codable {
    let removed: [String: [Int]]
    let sums: [String: [Double]]
  }

  /// How the channels of a network are read, and what they cost.
  private struct Wiring {
    let groups: [Group]
    let ends: [UnitEnds.End]
    let readers: [Int: Model]
    let inference: Inference
    let limit: Double
    var isDone = false
  }

  /// Prunes by group Fisher information.
  ///
  /// - Throws: ``PruningError/combination(_:)`` for a target that is not of the parameters or the
  ///   multiply-accumulates.
  public init(
    target: Target, every: Int = 25, criterion: GroupFisher = GroupFisher(),
    exclusions: Exclusions = Exclusions()
  ) throws(PruningError) {
    guard [.macs, .params].contains(target.quantity) else {
      throw .combination(
        "group-fisher removes channels until a number of macs or params is met, not \(target)")
    }
    self.target = target
    self.every = max(1, every)
    self.criterion = criterion
    self.exclusions = exclusions
  }

  public var observedValues: Set<String> {
    guard let wiring, !wiring.isDone else { return [] }
    return Set(wiring.ends.map(\.value)).union(
      wiring.readers.values.flatMap { reader in
        reader.network.outputs.map(\.name)
          + reader.freeInputs.map(\.name).filter { unnamed.contains($0) }
      })
  }

  /// The values between nodes: neither inputs nor parts of the network.
  private var unnamed: Set<String> = []

  public func beforeStep(_ context: TrainingContext) throws(TrainingError) {
    if wiring == nil { wiring = try failing { () throws(PruningError) in try wire(context.model) } }
  }

  private func wire(_ model: Model) throws(PruningError) -> Wiring {
    let network = model.network
    let inference = try Pruning.network { () throws(NetworkError) in try network.infer() }
    let groups = try exclusions.allowed(of: network.coupling(inference)).filter { $0.blocks == 1 }
    let ends = UnitEnds(groups, in: network, inference).ends
    var readers: [Int: Model] = [:]
    for place in Set(ends.map(\.place.node)) {
      let alone = network.alone(network.nodes[place])
      readers[place] = try execution { () throws(ExecutionError) in
        try Model(alone, device: model.device)
      }
    }
    unnamed = Set(network.nodes.flatMap(\.outputs))
    var wiring = Wiring(
      groups: groups, ends: ends, readers: readers, inference: inference,
      limit: target.limit(before: network.cost(inference).total))
    wiring.isDone = try remaining(wiring, in: network) <= wiring.limit
    return wiring
  }

  /// What is left of the target's quantity.
  private func remaining(
    _ wiring: Wiring, in network: Network, without extra: (group: String, unit: Int)? = nil
  ) throws(PruningError) -> Double {
    try Pruning.network { () throws(NetworkError) in
      var kept: [Kept] = []
      for group in wiring.groups {
        var gone = Set(removed[group.name] ?? [])
        if let extra, extra.group == group.name { gone.insert(extra.unit) }
        kept.append(try Kept(group, units: (0..<group.size).filter { !gone.contains($0) }))
      }
      return target.measure(try network.cost(keeping: kept, wiring.inference))
    }
  }

  public func onLoss(_ loss: inout Tensor, _ context: TrainingContext) throws(TrainingError) {
    guard let wiring, !wiring.isDone, let batch = context.batch else { return }
    let total = loss
    let found = try failing { () throws(PruningError) in
      try engine { () throws(TorchError) in
        try statistics(wiring, context, batch.named(for: context.model), total)
      }
    }
    for (name, values) in found {
      sums[name] = sums[name].map { zip($0, values).map { $0 + $1 } } ?? values
    }
  }

  /// For each group the squared derivative by each channel's mask, summed over the examples.
  private func statistics(
    _ wiring: Wiring, _ context: TrainingContext, _ inputs: [String: Tensor], _ loss: Tensor
  ) throws(TorchError) -> [String: [Double]] {
    let model = context.model
    let places = wiring.readers.keys.sorted()
    let outputs = places.compactMap { place in
      context.observed[model.network.nodes[place].outputs[0]].map { (place, $0) }
    }
    let slopes = try gradients(
      of: [loss], with: outputs.map(\.1), keepGraph: true, allowUnused: true)
    var parts: [String: Tensor] = [:]
    for ((place, _), slope) in zip(outputs, slopes) {
      guard let slope, let reader = wiring.readers[place] else { continue }
      for end in wiring.ends where end.place.node == place {
        guard let value = context.observed[end.value] else { continue }
        var given: [String: Tensor] = [:]
        for info in reader.freeInputs {
          let value =
            context.observed[info.name] ?? inputs[info.name] ?? model.parameters[info.name]
            ?? model.buffers[info.name]
          given[info.name] = try value?.detached()
        }
        let leaf = try value.detached().requireGradient()
        given[end.value] = leaf
        let output: Tensor?
        do throws(ExecutionError) {
          output = try reader.run(given)[model.network.nodes[place].outputs[0]]
        } catch {
          throw .engine(operation: "group-fisher", arguments: [], message: "\(error)")
        }
        guard let output,
          let back = try gradients(
            of: [output], with: [leaf], at: [slope.detached()], allowUnused: true)[0]
        else { continue }
        let others = (1..<value.rank).filter { $0 != end.place.axis }
        let product = try (back * value.detached()).to(type: .float64)
        let masks = try others.isEmpty ? product : product.sum(others)
        for (index, member) in end.members {
          let group = wiring.groups[index]
          let indices = member.units.flatMap { member.indices(of: $0) }.map(Int64.init)
          let chosen = try masks.indexSelect(axis: 1, Tensor(indices, device: masks.device))
            .reshape([masks.shape[0], member.units.count, -1]).sum([2])
          let units = try Tensor(member.units.map(Int64.init), device: masks.device)
          let zeros = try Tensor.zeros(
            [masks.shape[0], group.size], type: .float64, device: masks.device)
          parts[group.name] = try (parts[group.name] ?? zeros).indexAdd(axis: 1, units, chosen)
        }
      }
    }
    var found: [String: [Double]] = [:]
    for (name, part) in parts {
      found[name] = try part.square().sum([0]).values(as: Double.self)
    }
    return found
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    guard var wiring else { return }
    if !wiring.isDone, context.step % every == 0 {
      let network = context.model.network
      wiring.isDone = try failing { () throws(PruningError) in
        try removeLeast(wiring, network)
        return try remaining(wiring, in: network) <= wiring.limit
      }
      self.wiring = wiring
    }
    for group in wiring.groups {
      guard let units = removed[group.name] else { continue }
      try tensors { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in
          for member in group.members where member.part != .consumer && member.role == .parameter {
            try Self.clear(units, of: member, in: context.model)
          }
        }
      }
    }
  }

  /// Removes the channel of least information over what it saves, and forgets all sums.
  private func removeLeast(_ wiring: Wiring, _ network: Network) throws(PruningError) {
    var least: (score: Double, group: String, unit: Int)?
    for group in wiring.groups {
      let gone = Set(removed[group.name] ?? [])
      guard let scores = sums[group.name], gone.count < group.size - 1 else { continue }
      var saved = 1.0
      if criterion.normalization == .macs,
        let unit = (0..<group.size).first(where: { !gone.contains($0) })
      {
        // With the other layers as narrow as they are by now.
        let whole = try remaining(wiring, in: network)
        saved =
          max(1, whole - (try remaining(wiring, in: network, without: (group.name, unit)))) / 1e9
      } else {
        saved = try criterion.saving(group, in: network)
      }
      for (unit, score) in scores.enumerated() where !gone.contains(unit) {
        if score / saved < least?.score ?? .infinity { least = (score / saved, group.name, unit) }
      }
    }
    if let least { removed[least.group, default: []].append(least.unit) }
    sums = [:]
  }

  /// Sets what channels have in a parameter to zero.
  private static func clear(
    _ units: [Int], of member: Group.Member, in model: Model
  ) throws(TorchError) {
    guard var weight = try model.parameters[member.value]?.detached() else { return }
    if let rows = member.block {
      weight = try weight.narrow(axis: 0, start: rows.lowerBound, length: rows.count)
    }
    for unit in units {
      let indices = member.indices(of: unit)
      if indices.isEmpty { continue }
      _ = try weight.narrow(axis: member.axis, start: indices.lowerBound, length: indices.count)
        .zeroInPlace()
    }
  }

  private func failing<R>(
    _ body: () throws(PruningError) -> R
  ) throws(TrainingError) -> R {
    do throws(PruningError) { return try body() } catch {
      throw .plugin(name: name, reason: "\(error)")
    }
  }

  public func savedState() throws(TrainingError) -> PluginState {
    try PluginState(Saved(removed: removed, sums: sums))
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    let saved: Saved = try state.value()
    (removed, sums) = (saved.removed, saved.sums)
  }
}
