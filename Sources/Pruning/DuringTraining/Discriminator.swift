// A discriminator: tells the outputs of one network from those of another.
//
// S. Lin et al., "Towards Optimal Structured CNN Pruning via Generative Adversarial Learning", CVPR 2019:
// fully connected layers of 128, 256 and 128 neurons with ReLU, and one output,
//   max over D of E[log D(f_b)] + E[log(1 - D(f_g))] + R(D),
// where the regulariser R keeps it from winning too soon, after which the generator learns nothing: the
// adversarial one, R(D) = E[log D(f_g)], which the paper prefers, or -|W_D|_1 or -|W_D|_2^2.

import OrderedCollections
import Torch

/// What keeps a discriminator from winning too soon.
public enum DiscriminatorRegularizer: String, Sendable, CaseIterable {
  /// `E[log D(f_g)]`: what it is to tell apart pulls back.
  case adversarial
  /// `-|W_D|_1`
  case l1
  /// `-|W_D|_2^2`
  case l2
}

/// Layers of 128, 256 and 128 neurons that say how likely features are the baseline's.
final class Discriminator {
  /// Weights and biases by name.
  private(set) var parameters: OrderedDictionary<String, Tensor> = [:]
  private var momenta: OrderedDictionary<String, Tensor> = [:]
  private let layers: Int

  init(
    features: Int, hidden: [Int] = [128, 256, 128], type: ScalarType, device: Device,
    _ generator: Generator
  ) throws(TorchError) {
    var inputs = features
    layers = hidden.count + 1
    for (index, width) in (hidden + [1]).enumerated() {
      let scale = (2 / Double(inputs)).squareRoot()
      parameters["weight\(index)"] = try withoutGradients { () throws(TorchError) in
        try Tensor.randn([width, inputs], generator, type: type, device: device) * scale
      }.requireGradient()
      parameters["bias\(index)"] = try Tensor.zeros([width], type: type, device: device)
        .requireGradient()
      inputs = width
    }
    for (name, tensor) in parameters { momenta[name] = try tensor.detached().zerosLike() }
  }

  /// How likely each row of features is the baseline's, before the sigmoid, `[B]`.
  func callAsFunction(_ features: Tensor) throws(TorchError) -> Tensor {
    var x = features
    for index in 0..<layers {
      guard let weight = parameters["weight\(index)"] else { continue }
      x = try x.linear(weight, bias: parameters["bias\(index)"])
      if index < layers - 1 { x = try x.relu() }
    }
    return try x.flatten()
  }

  /// `-E[log D(real)] - E[log(1 - D(made))]`.
  func loss(real: Tensor, made: Tensor) throws(TorchError) -> Tensor {
    try (self(real) * -1.0).softplus().mean() + self(made).softplus().mean()
  }

  /// `-R(D)`; norms are weighted by `decay`.
  func penalty(
    _ regularizer: DiscriminatorRegularizer, made: Tensor, decay: Double
  ) throws(TorchError) -> Tensor {
    if regularizer == .adversarial { return try (self(made) * -1.0).softplus().mean() }
    let all = try Tensor.cat(
      parameters.values.map { (tensor) throws(TorchError) in try tensor.flatten() })
    return try (regularizer == .l1 ? all.abs() : all.square()).sum() * decay
  }

  /// One step of descent, with momentum 0.9, of ``loss(real:made:)`` and the penalty; gives the loss.
  func learn(
    real: Tensor, made: Tensor, rate: Double,
    regularizer: DiscriminatorRegularizer = .l2, decay: Double = 5e-4
  ) throws(TorchError) -> Double {
    let (real, made) = (try real.detached(), try made.detached())
    let loss = try loss(real: real, made: made)
    let penalized = try loss + penalty(regularizer, made: made, decay: decay)
    let found = try gradients(of: penalized, with: Array(parameters.values))
    try withoutGradients { () throws(TorchError) in
      for ((name, tensor), gradient) in zip(parameters, found) {
        guard let momentum = momenta[name] else { continue }
        _ = try momentum.multiplyInPlace(0.9).addInPlace(gradient)
        _ = try tensor.subtractInPlace(momentum, alpha: .double(rate))
      }
    }
    return try loss.scalar()
  }

  /// Everything to go on with, by name.
  var state: OrderedDictionary<String, Tensor> {
    var state: OrderedDictionary<String, Tensor> = [:]
    for (name, tensor) in parameters { state["parameter:\(name)"] = tensor }
    for (name, tensor) in momenta { state["momentum:\(name)"] = tensor }
    return state
  }

  /// Takes up a ``state``.
  func restore(_ saved: (String) -> Tensor?) throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      for (name, tensor) in state {
        if let source = saved(name) { _ = try tensor.copyInPlace(source) }
      }
    }
  }
}
