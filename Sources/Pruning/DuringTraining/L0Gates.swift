// L0 regularisation: gates on neurons and filters, whose expected number joins the loss.
//
// C. Louizos, M. Welling, D. P. Kingma, "Learning Sparse Neural Networks through L0 Regularization", ICLR
// 2018. Each group of weights W_j, what a filter makes or what reads an input neuron, is multiplied by a
// hard concrete gate z_j (``HardConcrete``), and
//   L = loss(W z) + sum_j P(z_j != 0) (lambda |W_j| + decay / 2 ||W_j||^2)
// is made small: lambda for each weight that is expected to be there (lambda is the paper's, divided by
// the number of examples), and the paper's combination with L2. All gates are drawn anew at each step and
// shared by its examples. log a begins at log((1 - p) / p) with deviation 0.01, p the drop rate, and is
// kept in [log 0.01, log 100], as in the authors' code, which tests with the average of the parameters over
// steps (`average: {decay: 0.999}`) and lets the pixels' gates begin with p = 0.2, the others with 0.5. Gates
// on outputs multiply the layer's bias too, so that a closed one silences its unit.

import Execution
import Foundation
import Network
import Torch
import Training

/// Trains hard concrete gates with the weights they multiply.
public final class L0Gates: Plugin {
  /// Gates on one side of the layers whose weights fit a pattern.
  public struct Rule: Sendable, Hashable {
    /// The names of the weights.
    public let pattern: String
    /// On what the gates are.
    public let side: LayerSide
    /// What each weight behind an open gate costs.
    public let strength: Double
    /// The probability p with which a gate begins closed.
    public let dropRate: Double

    /// Gates that cost `strength` for each weight they let through.
    public init(
      _ pattern: String, _ side: LayerSide, strength: Double, dropRate: Double = 0.5
    ) {
      self.pattern = pattern
      self.side = side
      self.strength = strength
      self.dropRate = dropRate
    }
  }

  /// Where gates are.
  public let rules: [Rule]
  /// How gates are distributed.
  public let distribution: HardConcrete
  /// The weight of the L2 term of gated weights.
  public let decay: Double

  /// The gates by weight, once training has begun.
  public private(set) var gates: [(weight: String, rule: Rule, gates: HardConcreteGates)] = []

  /// Gates by `rules`; of several that fit a weight the first holds.
  ///
  /// - Throws: `TrainingError.invalidOption`.
  public init(
    _ rules: [Rule], distribution: HardConcrete = HardConcrete(), decay: Double = 0
  ) throws(TrainingError) {
    for rule in rules where !(rule.dropRate > 0 && rule.dropRate < 1) {
      throw .invalidOption(
        name: "drop-rate", value: "\(rule.dropRate)", expected: "between 0 and 1")
    }
    guard distribution.temperature > 0, distribution.lower < 0, distribution.upper > 1 else {
      throw .invalidOption(
        name: "temperature", value: "\(distribution)",
        expected: "above 0, stretched from below 0 to above 1")
    }
    self.rules = rules
    self.distribution = distribution
    self.decay = decay
  }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    try install(in: context) { (count, rule) throws(TorchError) in
      let middle = log((1 - rule.dropRate) / rule.dropRate)
      return try Tensor.randn([count], context.generator, device: context.model.device) * 0.01
        + middle
    }
  }

  private func install(
    in context: TrainingContext, _ begin: (Int, Rule) throws(TorchError) -> Tensor
  ) throws(TrainingError) {
    let model = context.model
    for rule in rules
    where !model.parameters.keys.contains(where: { NamePattern.matches($0, rule.pattern) }) {
      throw .plugin(
        name: name,
        reason: "nothing is called '\(rule.pattern)'; the parameters are "
          + model.parameters.keys.joined(separator: ", "))
    }
    for (weight, tensor) in model.parameters where tensor.rank >= 2 {
      guard let rule = rules.first(where: { NamePattern.matches(weight, $0.pattern) }) else {
        continue
      }
      guard let layer = model.network.layerAxis(of: weight, rule.side) else {
        throw .plugin(
          name: name,
          reason:
            "'\(weight)' is no weight of a convolution or a matrix product, so that it has no "
            + "\(rule.side) to gate")
      }
      guard model.parametrizations[weight] == nil else {
        throw .plugin(
          name: name, reason: "'\(weight)' is masked already; gates want a dense weight")
      }
      let made = try tensors { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in
          try begin(tensor.shape[layer.axis], rule).to(type: tensor.type)
        }.requireGradient()
      }
      let found = HardConcreteGates(made, distribution)
      gates.append((weight, rule, found))
      model.parametrizations[weight] = GatedWeight(found, axis: layer.axis, owns: true)
      if rule.side == .outputs, let bias = layer.bias {
        model.parametrizations[bias] = GatedWeight(found, axis: 0, owns: false)
      }
    }
  }

  public func beforeStep(_ context: TrainingContext) throws(TrainingError) {
    for (_, _, gates) in gates {
      gates.noise = try tensors { () throws(TorchError) in
        // Away from 0 and 1, whose logarithms are infinite.
        try Tensor.rand(
          [gates.logAlpha.count], context.generator, type: gates.logAlpha.type,
          device: context.model.device
        ).clamp(min: 1e-6, max: .double(1 - 1e-6))
      }
    }
  }

  public func onLoss(
    _ loss: inout Tensor, _ context: TrainingContext
  ) throws(TrainingError) {
    loss = try tensors { () throws(TorchError) in try loss + term(of: context.model) }
  }

  /// What the gates add to the loss.
  public func term(of model: Model) throws(TorchError) -> Tensor {
    var sum = try Tensor.zeros([], device: model.device)
    for (name, rule, gates) in gates {
      guard let weight = model.parameters[name],
        let gated = model.parametrizations[name] as? GatedWeight
      else { continue }
      let open = try distribution.open(gates.logAlpha)
      let count = Double(weight.count / gates.logAlpha.count)
      sum = try sum + open.sum() * (rule.strength * count)
      if decay > 0 {
        let others = (0..<weight.rank).filter { $0 != gated.axis }
        sum = try sum + (open * weight.square().sum(others)).sum() * (decay / 2)
      }
    }
    return sum
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    try tensors { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        for (_, _, gates) in gates {
          _ = try gates.logAlpha.clampInPlace(
            min: .double(log(0.01)), max: .double(log(100)))
        }
      }
    }
  }

  /// How many gates of each weight are open where the network is tested, and how many there are.
  public func architecture() throws(TorchError) -> [(weight: String, open: Int, count: Int)] {
    try gates.map { (entry) throws(TorchError) in
      (entry.weight, try entry.gates.openCount(), entry.gates.logAlpha.count)
    }
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    // The values are restored with the other variables of parametrizations.
    try install(in: context) { (count, _) throws(TorchError) in
      try Tensor.zeros([count], device: context.model.device)
    }
  }
}
