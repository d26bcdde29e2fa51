// Observer: runs a network on calibration batches with a gate on every unit.

import Execution
import Network
import Torch
import Training

/// Runs a network on calibration batches, in evaluation mode, with a gate on every unit.
///
/// Gates are factors of 1, one for each example and unit, that the unit's value is multiplied with
/// wherever it is used up; members of a group share theirs. The derivative of an example's loss by its
/// gate is `sum over places and positions of dL/da x a`, the same for every way the group is wired, and
/// the first-order change of the loss when the unit is removed. In evaluation mode examples do not mix
/// (batch normalisation uses its running statistics), so that the derivative of the mean loss by an
/// example's gate, times their number, is that of the example's own loss.
struct Observer {
  let calibration: Calibration
  private let groups: [Group]
  private let needs: Evidence
  private let ends: [UnitEnds.End]
  private let model: Model
  /// For each end its gate's input, and for each index along its axis the gate: a unit's position
  /// among those of all groups, or their number where no unit lies.
  private let gates: [(input: String, sources: Tensor)]
  private let offsets: [Int]
  private let total: Int
  private let mode: Mode

  init(
    _ groups: [Group], in network: Network, needs: Evidence, on calibration: Calibration,
    seed: UInt64 = 0
  ) throws(PruningError) {
    mode =
      try needs.contains(.batchStatistics)
      ? .training(engine { () throws(TorchError) in try Generator(seed: seed) }) : .evaluation
    let inference = try Pruning.network { () throws(NetworkError) in try network.infer() }
    let places = UnitEnds(groups, in: network, inference)
    ends = places.ends
    let seen = Set(ends.flatMap { $0.members.map(\.group) })
    if needs.contains(.gates) || needs.contains(.activations),
      let missing = groups.indices.first(where: { !seen.contains($0) })
    {
      throw .unobservable(group: groups[missing].name)
    }
    self.groups = groups
    self.needs = needs
    offsets = groups.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.size) }
    total = offsets.last ?? 0
    // Where the first axis is not the batch, gates can only be an example's own one at a time.
    let fitting = calibration.fitting(network)
    self.calibration =
      needs.contains(.gates) && !places.followBatch(of: network) ? fitting.by(1) : fitting
    guard needs.contains(.gates) else {
      gates = []
      model = try execution { () throws(ExecutionError) in
        try Model(network, device: calibration.device)
      }
      return
    }
    let (gated, inputs) = Self.gated(network, at: ends)
    model = try execution { () throws(ExecutionError) in
      try Model(gated, device: calibration.device)
    }
    var gates: [(input: String, sources: Tensor)] = []
    for (end, input) in zip(ends, inputs) {
      var sources = [Int64](repeating: Int64(total), count: end.extent)
      for (group, member) in end.members {
        for unit in member.units {
          for index in member.indices(of: unit) { sources[index] = Int64(offsets[group] + unit) }
        }
      }
      gates.append(
        (
          input,
          try engine { () throws(TorchError) in
            try Tensor(sources, device: calibration.device)
          }
        ))
    }
    self.gates = gates
  }

  /// The network with a product by an input of its own at each end.
  private static func gated(
    _ network: Network, at ends: [UnitEnds.End]
  ) -> (network: Network, inputs: [String]) {
    var result = network
    var inputs: [String] = []
    var products: [Int: [Node]] = [:]
    for (index, end) in ends.enumerated() {
      let (gate, product) = ("bonsai.gate.\(index)", "bonsai.gated.\(index)")
      result.inputs.append(ValueInfo(gate, nil, nil))
      inputs.append(gate)
      // A value may have units along two axes: then one product follows the other.
      let value = result.nodes[end.place.node].inputs[end.place.input]
      products[end.place.node, default: []].append(
        Node("Mul", name: product, inputs: [value, gate], outputs: [product]))
      result.nodes[end.place.node].inputs[end.place.input] = product
    }
    result.nodes = result.nodes.enumerated().flatMap { (products[$0] ?? []) + [$1] }
    return (result, inputs)
  }

  /// Runs batch `index` and takes what the criterion called `name` needs.
  func observe(_ index: Int, for name: String) throws(PruningError) -> Observation {
    let batch = try calibration.batch(index, for: model)
    let observed = groups.isEmpty ? [] : Set(ends.map(\.value))
    guard needs.needsLoss else {
      let values = try run(batch, [:], observing: observed)
      return Observation(groups: groups, ends: ends, values: values)
    }
    guard let loss = calibration.loss(of: batch) else {
      throw .needsLabels(criterion: name, data: calibration.dataset.name)
    }
    return try withGradients { () throws(PruningError) in
      let factors = try needs.contains(.gates) ? ones(batch.count) : nil
      let values = try run(batch, factors.map(inputs) ?? [:], observing: observed)
      guard let output = model.network.outputs.first.flatMap({ values[$0.name] }) else {
        throw .execution(.noSuchValue(name: "output"))
      }
      let mean = try training { () throws(TrainingError) in try loss(output, on: batch) }
      let weights = needs.contains(.gradients) ? Array(model.parameters) : []
      return try engine { () throws(TorchError) in
        let leaves = (factors.map { [$0] } ?? []) + weights.map(\.value)
        let found = try gradients(of: [mean], with: leaves, allowUnused: true)
        var observation = Observation(groups: groups, ends: ends, values: values)
        if let factors {
          // Without a way from the gates to the loss there is no derivative: it is 0.
          let zeros = try factors.detached().zerosLike()
          let derivative = found[0] ?? zeros
          for (position, group) in groups.enumerated() {
            observation.derivatives[group.name] =
              try derivative.narrow(
                axis: 1, start: offsets[position], length: group.size) * Double(batch.count)
          }
        }
        for (entry, gradient) in zip(weights, found.dropFirst(factors == nil ? 0 : 1)) {
          let weight = try entry.value.detached()
          let zeros = try weight.zerosLike()
          observation.gradients[entry.key] = (weight, gradient ?? zeros)
        }
        return observation
      }
    }
  }

  private func run(
    _ batch: TensorBatch, _ gates: [String: Tensor], observing: Set<String>
  ) throws(PruningError) -> [String: Tensor] {
    try execution { () throws(ExecutionError) in
      let inputs = batch.named(for: model).merging(gates) { $1 }
      return needs.needsLoss
        ? try model.run(inputs, mode: mode, observing: observing)
        : try withoutGradients { () throws(ExecutionError) in
          try model.run(inputs, mode: mode, observing: observing)
        }
    }
  }

  /// A gate for each example and unit, `[B, units of all groups]`.
  private func ones(_ count: Int) throws(PruningError) -> Tensor {
    try engine { () throws(TorchError) in
      let type = model.parameters.values.first?.type ?? .float32
      return try Tensor.ones([count, total], type: type, device: model.device).requireGradient()
    }
  }

  /// The gates as they lie at each end.
  private func inputs(_ factors: Tensor) throws(PruningError) -> [String: Tensor] {
    try engine { () throws(TorchError) in
      // One more column, which stays 1, for what no unit lies in.
      let column = try Tensor.ones([factors.shape[0], 1], type: factors.type, device: model.device)
      let all = try Tensor.cat([factors, column], axis: 1)
      var inputs: [String: Tensor] = [:]
      for (end, gate) in zip(ends, gates) {
        var shape = [Int](repeating: 1, count: end.rank)
        shape[0] = factors.shape[0]
        shape[end.place.axis] = end.extent
        inputs[gate.input] = try all.indexSelect(axis: 1, gate.sources).reshape(shape)
      }
      return inputs
    }
  }
}
