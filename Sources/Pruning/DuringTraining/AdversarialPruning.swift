// GAL: soft masks on channels or blocks, learned without labels against a discriminator.
//
// S. Lin, R. Ji, C. Yan, B. Zhang, L. Cao, Q. Ye, F. Huang, D. Doermann, "Towards Optimal Structured CNN
// Pruning via Generative Adversarial Learning", CVPR 2019. The network as it is when training begins is the
// baseline, with outputs f_b; the same with soft masks m is the generator, with outputs f_g(x, W, m). At each
// step a discriminator learns to tell f_b from f_g, and then
//   min over W, m of E[-log D(f_g)] + 1/2 E||f_b - f_g||^2 + lambda ||m||_1,
// W by the optimizer of the training (its weight decay is the paper's R(W)), m by FISTA (``SoftMask``) with
//   a_k = (1 + sqrt(1 + 4 a_k-1^2)) / 2.
// The momentum of FISTA nears 1, with which noisy gradients carry masks out of every bound; where a step goes
// against it, a begins anew (B. O'Donoghue, E. Candes, "Adaptive Restart for Accelerated Gradient Schemes",
// 2015, the gradient scheme). No label is used. Masks begin at 1, so that the generator begins as the baseline;
// ``DiscriminatorRegularizer`` has the paper's three regularisers. Channels that share a residual stream have
// one mask; a block's mask multiplies its branch, which ends in batch normalisation before the sum, and a
// branch's that of a concatenation all channels of what it brings.

import Execution
import Network
import OrderedCollections
import Torch
import Training

/// Learns soft masks, and the weights with them, from the outputs of the network as it was.
public final class AdversarialPruning: Plugin {
  /// What has a mask.
  public enum Structure: String, Sendable, Hashable, CaseIterable {
    /// Every channel that may leave.
    case channels
    /// Every branch of a concatenation, with all its channels.
    case branches
    /// Every residual block, as a whole.
    case blocks
  }

  /// What has a mask.
  public let structure: Structure
  /// The weight lambda of ``SoftMask``s.
  public let strength: Double
  /// The weight of the adversarial term.
  public let adversarial: Double
  /// What keeps the discriminator from winning too soon.
  public let regularizer: DiscriminatorRegularizer
  /// What must not be pruned.
  public let exclusions: Exclusions

  /// The masks, once training has begun.
  public private(set) var masks: [SoftMask] = []
  private var makers: [(mask: Int, parameter: String, axis: Int?)] = []
  private var owners: [String] = []
  private var baseline: Model?
  private var discriminator: Discriminator?
  private var acceleration = 1.0

  /// Prunes adversarially.
  public init(
    _ structure: Structure = .channels, strength: Double = 0.01, adversarial: Double = 1,
    regularizer: DiscriminatorRegularizer = .adversarial, exclusions: Exclusions = Exclusions()
  ) {
    self.regularizer = regularizer
    self.structure = structure
    self.strength = strength
    self.adversarial = adversarial
    self.exclusions = exclusions
  }

  /// How many masks are not zero, and how many there are.
  public func counts() throws(TorchError) -> (left: Int, all: Int) {
    var (left, all) = (0, 0)
    for mask in masks {
      left += Int(try mask.values.countNonzero().scalar())
      all += mask.values.count
    }
    return (left, all)
  }

  // MARK: training

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    try install(in: context, try snapshot(of: context.model))
  }

  private func snapshot(of model: Model) throws(TrainingError) -> Network {
    do throws(ExecutionError) { return try model.snapshot() } catch { throw .execution(error) }
  }

  private func install(
    in context: TrainingContext, _ network: Network
  ) throws(TrainingError) {
    let model = context.model
    do throws(ExecutionError) {
      baseline = try Model(
        network, device: model.device, type: model.parameters.values.first?.type,
        layout: model.layout)
    } catch {
      throw .execution(error)
    }
    do throws(PruningError) {
      switch structure {
      case .channels: try maskChannels(of: model)
      case .branches: try maskBranches(of: model)
      case .blocks: try maskBlocks(of: model)
      }
    } catch {
      throw .plugin(name: name, reason: "\(error)")
    }
    guard !masks.isEmpty else {
      let reason =
        switch structure {
        case .channels: "no channel may leave"
        case .branches: "no concatenation has convolutions behind it; use structure: channels"
        case .blocks:
          "no branch ends in batch normalisation before a sum; use structure: channels"
        }
      throw .plugin(name: name, reason: reason)
    }
  }

  private func maskChannels(of model: Model) throws(PruningError) {
    let coupling = try Pruning.network { () throws(NetworkError) in try model.network.coupling() }
    for group in try exclusions.allowed(of: coupling) {
      var places: [(String, Int?)] = []
      for member in group.producers
      where member.role == .parameter && member.block == nil && member.width == 1
        && member.units == 0..<group.size && member.start == 0 && member.stride == 1
      {
        guard let node = model.network.nodes.first(where: { $0.input(1) == member.value }) else {
          continue
        }
        places += self.places(of: node, in: model, axes: (member.axis, 0))
        makers.append((masks.count, member.value, member.axis))
      }
      try add(group.name, count: group.size, places, to: model)
    }
  }

  /// What a mask multiplies so that all a layer gives is multiplied: its normalisation's scale and
  /// shift, or its weight and bias.
  private func places(
    of node: Node, in model: Model, axes: (weight: Int?, bias: Int?)
  ) -> [(String, Int?)] {
    if let norm = model.network.norm(behind: node) {
      return norm.inputs[1...2].map { ($0, axes.bias) }
    }
    let weight = node.input(1).map { [($0, axes.weight)] } ?? []
    let bias = node.input(2).flatMap { model.parameters[$0] == nil ? nil : ($0, axes.bias) }
    return weight + (bias.map { [$0] } ?? [])
  }

  private func maskBranches(of model: Model) throws(PruningError) {
    let network = model.network
    var known: Set<String> = []
    for join in network.nodes where join.op == "Concat" {
      for input in join.inputs {
        // Back through what leaves zeros as they are, to the layer that makes the branch.
        var value = input
        var maker: Node?
        while let node = network.nodes.first(where: { $0.outputs.contains(value) }) {
          if node.op == "Conv" {
            maker = node
            break
          }
          value = node.inputs[0]
          let isNorm =
            node.op == "BatchNormalization"
            && network.nodes.contains { $0.op == "Conv" && $0.outputs.contains(value) }
          guard isNorm || ["Relu", "MaxPool", "AveragePool"].contains(node.op) else { break }
        }
        guard let maker, let weight = maker.input(1), known.insert(weight).inserted,
          !exclusions.excludes(parameter: weight)
        else { continue }
        makers.append((masks.count, weight, nil))
        try add(maker.name, count: 1, places(of: maker, in: model, axes: (nil, nil)), to: model)
      }
    }
  }

  private func maskBlocks(of model: Model) throws(PruningError) {
    for node in model.network.nodes where node.op == "Conv" {
      guard let weight = node.input(1), let norm = model.network.norm(behind: node),
        ShortcutTarget(behind: node, in: model.network) != nil,
        !exclusions.excludes(parameter: weight)
      else { continue }
      makers.append((masks.count, weight, nil))
      try add(node.name, count: 1, norm.inputs[1...2].map { ($0, nil) }, to: model)
    }
  }

  private func add(
    _ name: String, count: Int, _ places: [(String, Int?)], to model: Model
  ) throws(PruningError) {
    guard let first = places.first, let type = model.parameters[first.0]?.type else { return }
    let mask = try engine { () throws(TorchError) in
      try SoftMask(name, count: count, type: type, device: model.device)
    }
    for (index, place) in places.enumerated() {
      guard model.parametrizations[place.0] == nil else {
        throw .combination("'\(place.0)' is masked already; soft masks want a dense network")
      }
      model.parametrizations[place.0] = SoftMasked(mask, axis: place.1, owns: index == 0)
    }
    masks.append(mask)
    owners.append(first.0)
  }

  public func onLoss(
    _ loss: inout Tensor, _ context: TrainingContext
  ) throws(TrainingError) {
    guard let baseline, let batch = context.batch, let output = context.output else { return }
    let target = try withoutGradients { () throws(TrainingError) in
      try batch.output(of: baseline)
    }
    loss = try tensors { () throws(TorchError) in
      let (real, made) = (try target.flatten(from: 1), try output.flatten(from: 1))
      let judge = try judge(of: real.shape[1], real.type, context)
      _ = try judge.learn(
        real: real, made: made, rate: context.rate, regularizer: regularizer)
      let match = try (real - made).square().sum() * (0.5 / Double(batch.count))
      return try match + (judge(made) * -1.0).softplus().mean() * adversarial
    }
  }

  private func judge(
    of features: Int, _ type: ScalarType, _ context: TrainingContext
  ) throws(TorchError) -> Discriminator {
    if let discriminator { return discriminator }
    let made = try Discriminator(
      features: features, type: type, device: context.model.device, context.generator)
    discriminator = made
    return made
  }

  public func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {
    let next = (1 + (1 + 4 * acceleration * acceleration).squareRoot()) / 2
    var astray = 0.0
    for (mask, owner) in zip(masks, owners) {
      guard let gradient = gradients.removeValue(forKey: "\(owner):mask") else { continue }
      astray += try tensors { () throws(TorchError) in
        try mask.step(
          gradient, rate: context.rate, strength: strength, momentum: (acceleration - 1) / next)
      }
    }
    acceleration = astray > 0 ? 1 : next
  }

  /// What makes a unit whose mask is zero becomes zero with it, so that it can be cut.
  public func afterRun(_ context: TrainingContext) throws(TrainingError) {
    try tensors { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        for (mask, name, axis) in makers {
          guard let weight = context.model.parameters[name] else { continue }
          var shape = [Int](repeating: 1, count: weight.rank)
          if let axis { shape[axis] = weight.shape[axis] }
          let open = try masks[mask].values.notEqual(0).to(type: weight.type)
          _ = try weight.multiplyInPlace(open.reshape(Shape(shape)))
        }
      }
    }
  }

  // MARK: going on

  public func savedState() throws(TrainingError) -> PluginState {
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for mask in masks {
      tensors["mask/\(mask.name)"] = mask.values
      tensors["previous/\(mask.name)"] = mask.previous
    }
    for (name, tensor) in discriminator?.state ?? [:] { tensors["discriminator/\(name)"] = tensor }
    for (name, tensor) in baseline?.parameters ?? [:] { tensors["baseline/\(name)"] = tensor }
    for (name, tensor) in baseline?.buffers ?? [:] { tensors["baseline/\(name)"] = tensor }
    return try PluginState(acceleration, tensors: tensors)
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    try install(in: context, context.model.network)
    acceleration = try state.value()
    let device = context.model.device
    try tensors { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        for (name, tensor) in baseline?.parameters ?? [:] {
          if let saved = state.tensors["baseline/\(name)"] { _ = try tensor.copyInPlace(saved) }
        }
        for (name, tensor) in baseline?.buffers ?? [:] {
          if let saved = state.tensors["baseline/\(name)"] { _ = try tensor.copyInPlace(saved) }
        }
        for mask in masks {
          if let saved = state.tensors["mask/\(mask.name)"] {
            mask.values = try saved.to(device: device)
          }
          if let saved = state.tensors["previous/\(mask.name)"] {
            mask.previous = try saved.to(device: device)
          }
        }
      }
      if let first = state.tensors["discriminator/parameter:weight0"] {
        // What is drawn here is overwritten; the run's own numbers are left alone.
        let made = try Discriminator(
          features: first.shape[1], type: first.type, device: device,
          Generator(seed: 0, device: device))
        try made.restore { state.tensors["discriminator/\($0)"] }
        discriminator = made
      }
    }
  }
}
