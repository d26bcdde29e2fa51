// Binary weights: the network runs with signs, real weights behind them are trained.
//
// M. Courbariaux, Y. Bengio, J.-P. David, "BinaryConnect", NIPS 2015, and M. Courbariaux et al.,
// "Binarized Neural Networks", 2016. Forward and backward use
//   w_b = +1 where w >= 0, else -1,
// the gradient with respect to w_b changes the real w (straight through), and after each step w is
// clipped to [-1, 1]: a larger weight would change nothing, and could come back only slowly. Biases and
// normalisation stay real; by shifts, the factors of normalisation are powers of two
// (`ShiftNormalization`). Which activations are binary the network itself says: its `Sign` nodes, whose
// gradient in training passes where |x| <= 1.

import Execution
import OrderedCollections
import Torch
import Training

/// A sign: `effective = +1` where a weight is 0 or more, -1 elsewhere; gradients pass straight through.
public final class BinaryWeight: Parametrization {
  /// The parametrization; it holds nothing.
  public init() {}

  public func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    let signs = try weight.detached().greaterOrEqual(0).to(type: weight.type) * 2 - 1
    // The difference is exactly zero and carries the gradient.
    return try signs + (weight - weight.detached())
  }
}

/// Trains networks whose weights are -1 and +1.
public final class BinaryTraining: Plugin {
  /// How batch normalisation is computed.
  public enum Normalization: String, CaseIterable, Sendable {
    /// With its real factors.
    case exact
    /// With factors rounded to powers of two: ``ShiftNormalization``.
    case shift
  }

  /// The weights that stay real, by name; `*` stands for any letters.
  public let exclusions: Exclusions
  /// How batch normalisation is computed.
  public let normalization: Normalization
  /// The weights that are binary, and how many elements they have.
  public private(set) var sizes: OrderedDictionary<String, Int> = [:]

  /// Makes all weights with two axes or more binary, but for the excluded ones.
  public init(
    exclusions: Exclusions = Exclusions([]), normalization: Normalization = .exact
  ) {
    self.exclusions = exclusions
    self.normalization = normalization
  }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    for (name, weight) in context.model.parameters
    where weight.rank >= 2 && !exclusions.excludes(parameter: name) {
      guard context.model.parametrizations[name] == nil else {
        throw .plugin(
          name: self.name,
          reason: "'\(name)' is masked or otherwise parametrized; a weight of -1 and +1 cannot be")
      }
      context.model.parametrizations[name] = BinaryWeight()
      sizes[name] = weight.count
    }
    guard !sizes.isEmpty else {
      throw .plugin(name: name, reason: "the network has no weights that could be binary")
    }
    guard normalization == .shift else { return }
    let norms = context.model.network.nodes.filter(ShiftNormalization.fits)
    guard !norms.isEmpty else {
      throw .plugin(
        name: name, reason: "the network has no batch normalisation that could be done by shifts")
    }
    for node in norms {
      context.model.substitutes[node.outputs[0]] = ShiftNormalization(node)
    }
  }

  public func afterStep(_ context: TrainingContext) throws(TrainingError) {
    try tensors { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        for name in sizes.keys {
          _ = try context.model.parameters[name]?.clampInPlace(min: -1, max: 1)
        }
      }
    }
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    try beforeRun(context)
  }
}
