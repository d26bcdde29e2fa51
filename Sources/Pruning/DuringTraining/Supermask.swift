// Trained supermasks: weights stay what they were drawn as, and only whether they are there is learned.
//
// H. Zhou, J. Lan, R. Liu, J. Yosinski, "Deconstructing Lottery Tickets: Zeros, Signs, and the
// Supermask", NeurIPS 2019, section 5: every weight has a score m, and at each step
//
//   w = w_0 b n / sum(b)     with b ~ Bernoulli(sigmoid(m)),
//
// where n is the number of the layer's weights: the factor n / sum(b), dynamic weight rescaling, makes
// up for what the mask takes away. The gradient passes the draw as if b were sigmoid(m). The paper leaves
// open what is evaluated; here it is the mask that was drawn last. The likelier value of every element,
// b = 1 where sigmoid(m) > 1/2, is no mask that was ever trained: scores of inputs that are always zero
// stay where they began, and LeNet-300-100 falls from 96 % to 73 % with it. Scores begin with the
// deviation `initial`, small enough to be undone by the first steps; nothing but scores is trained.

import Execution
import OrderedCollections
import Torch
import Training

/// A weight that is there with a learned probability.
public final class DrawnWeight: Parametrization {
  /// The logarithm of the odds that each element is there; the weight's shape.
  public let scores: Tensor
  /// Whether what is there makes up for what is not.
  public let rescales: Bool
  /// Which elements were there when the weight was last drawn; `nil` before.
  public internal(set) var drawn: Tensor?

  /// A weight whose elements are there with probability `sigmoid(scores)`.
  public init(_ scores: Tensor, rescales: Bool) {
    self.scores = scores
    self.rescales = rescales
  }

  public var variables: [String: Tensor] { ["scores": scores] }

  public func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    let odds = try scores.sigmoid()
    let fixed = try odds.detached()
    if case .training(let generator) = mode { drawn = try fixed.bernoulli(generator) }
    let drawn = try mask()
    let gate = try odds + (drawn - fixed)
    return try weight.detached() * gate * scale(of: drawn)
  }

  /// One where an element is there: the mask drawn last, and before the first draw the elements that
  /// are more likely there than not.
  func mask() throws(TorchError) -> Tensor {
    if let drawn { return drawn }
    return try scores.detached().greater(Scalar(0)).to(type: scores.type)
  }

  /// `n / sum(drawn)`; 1 where nothing is rescaled or nothing is there.
  func scale(of drawn: Tensor) throws(TorchError) -> Tensor {
    let there = try drawn.sum()
    guard rescales, try there.scalar() > 0 else { return try there.onesLike() }
    return try Double(drawn.count) / there
  }
}

/// Learns which weights are there, and leaves the weights as they are.
///
/// At the end the mask drawn last is put in place, with the weights rescaled once and for all.
public final class Supermask: Plugin {
  private struct Saved: Codable {
    var isOver: Bool
  }

  private let exclusions: Exclusions
  private let rescales: Bool
  private let initial: Double
  private var isOver = false
  private var installed: OrderedDictionary<String, DrawnWeight> = [:]

  /// Learns masks of all weights with two axes or more that are not excluded.
  ///
  /// - Parameter initial: the standard deviation of the first scores, around 0.
  /// - Throws: ``PruningError/combination(_:)`` for a negative one.
  public init(
    rescales: Bool = true, initial: Double = 0.01, exclusions: Exclusions = Exclusions()
  ) throws(PruningError) {
    guard initial >= 0 else {
      throw .combination("first scores have a standard deviation of 0 or more, not \(initial)")
    }
    self.rescales = rescales
    self.initial = initial
    self.exclusions = exclusions
  }

  public func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    for name in context.model.parameters.keys
    where !exclusions.excludes(parameter: name) && context.model.parametrizations[name] != nil {
      throw .plugin(
        name: self.name, reason: "'\(name)' is masked already; supermasks are of dense weights")
    }
    try install(context, drawn: nil)
  }

  /// - Parameter drawn: the masks drawn last, by weight, of a training that goes on; `nil` where it
  ///   begins, with scores that are drawn anew.
  private func install(
    _ context: TrainingContext, drawn: OrderedDictionary<String, Tensor>?
  ) throws(TrainingError) {
    for (name, weight) in context.model.parameters
    where weight.rank >= 2 && !exclusions.excludes(parameter: name) {
      context.model.parametrizations[name] = try tensors {
        () throws(TorchError) -> any Parametrization in
        let scores = try withoutGradients { () throws(TorchError) -> Tensor in
          let zeros = try weight.zerosLike()
          return drawn == nil
            ? try zeros.normalInPlace(deviation: initial, context.generator) : zeros
        }
        let part = DrawnWeight(try scores.requireGradient(), rescales: rescales)
        part.drawn = try drawn?[name]?.to(device: weight.device)
        installed[name] = part
        return part
      }
    }
  }

  public func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {
    gradients = gradients.filter { $0.key.hasSuffix(":scores") }
  }

  public func afterRun(_ context: TrainingContext) throws(TrainingError) {
    for (name, drawn) in installed {
      guard let weight = context.model.parameters[name] else { continue }
      context.model.parametrizations[name] = try tensors {
        () throws(TorchError) -> any Parametrization in
        try withoutGradients { () throws(TorchError) -> any Parametrization in
          let mask = try drawn.mask()
          _ = try weight.multiplyInPlace(drawn.scale(of: mask))
          return Mask(mask)
        }
      }
    }
    installed = [:]
    isOver = true
  }

  public func savedState() throws(TrainingError) -> PluginState {
    try PluginState(Saved(isOver: isOver), tensors: installed.compactMapValues(\.drawn))
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    isOver = try state.value(as: Saved.self).isOver
    // The scores are restored afterwards, and the generator must not move.
    if !isOver { try install(context, drawn: state.tensors) }
  }
}
