// Frozen layers: parts of a network that a training leaves bit for bit as they are.
//
// Which layers a network that was pruned trains again, all of them, the last ones or the sparse ones, is a
// choice of its own (edge devices have little time and memory for it). A layer that is frozen keeps its
// parameters, the variables of their parametrizations, and its running statistics: its normalisation works
// as where the network is used, which those who freeze parameters alone easily forget. Nothing is worked out
// for it in the backward pass where no layer before it trains.

import Execution
import Network
import OrderedCollections
import Torch

/// Keeps layers as they are while the others train.
///
/// ```swift
/// let plugin = FrozenLayers { $0.hasPrefix("conv") }
/// ```
public final class FrozenLayers: Plugin {
  private let isFrozen: (String) -> Bool
  private var parameters: [Tensor] = []
  private var normalizations: [String] = []

  /// Freezes every parameter and running statistic whose name fits.
  public init(where isFrozen: @escaping (String) -> Bool) { self.isFrozen = isFrozen }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    let model = context.model
    for (name, tensor) in model.parameters where isFrozen(name) {
      let variables = model.parametrizations[name]?.variables.values.map { $0 } ?? []
      for tensor in [tensor] + variables where tensor.requiresGradient {
        try engine { () throws(TorchError) in _ = try tensor.requireGradient(false) }
        parameters.append(tensor)
      }
    }
    guard !context.trained.isEmpty else {
      throw .plugin(
        name: name,
        reason: "every layer is frozen, so that nothing would train; say which layers are")
    }
    for node in model.network.nodes where SettledNormalization.fits(node) {
      guard let statistics = node.inputs.dropFirst(3).first, isFrozen(statistics),
        let output = node.outputs.first
      else { continue }
      guard model.substitutes[output] == nil else {
        throw .plugin(
          name: name,
          reason:
            "\(node.label) is frozen and is computed in another way in this training, so that its "
            + "statistics would move; freeze other layers")
      }
      model.substitutes[output] = SettledNormalization(node)
      normalizations.append(output)
    }
  }

  public func afterRun(_ context: TrainingContext) throws(TrainingError) {
    for tensor in parameters {
      try engine { () throws(TorchError) in _ = try tensor.requireGradient() }
    }
    for output in normalizations { context.model.substitutes[output] = nil }
    (parameters, normalizations) = ([], [])
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    try beforeRun(context)
  }
}

/// Batch normalisation by its running statistics, also in training, where they stay as they are.
private final class SettledNormalization: Substitute {
  private let epsilon: Double

  init(_ node: Node) { epsilon = Double(node.float("epsilon", default: 1e-5)) }

  static func fits(_ node: Node) -> Bool {
    node.op == "BatchNormalization" && node.domain.isEmpty && node.outputs.count == 1
      && node.inputs.count == 5 && node.int("training_mode", default: 0) == 0
  }

  func compute(_ inputs: Inputs, _ run: RunContext) throws(TorchError) -> [Tensor] {
    [
      try inputs[0].batchNorm(
        weight: inputs[1], bias: inputs[2], runningMean: inputs[3], runningVariance: inputs[4],
        training: false, epsilon: epsilon)
    ]
  }

  /// The operator computes the same where the network is used.
  func settled(_ inputs: Inputs) throws(TorchError) -> [Int: Tensor] { [:] }
}
