// How parameters follow their gradients: the protocol of optimizers.

import OrderedCollections
import Torch

/// A rule that changes parameters by their gradients.
///
/// Semantics and defaults are PyTorch's. The learning rate is given at each step, because a
/// ``LearningRateSchedule`` decides about it.
public protocol Optimizer: AnyObject {
  /// The name shown to people and kept in checkpoints.
  var name: String { get }
  /// The weight decay of parameters that no group says otherwise of.
  var weightDecay: Double { get }
  /// Parameters with settings of their own; the first group that holds a parameter counts.
  var groups: [ParameterGroup] { get }
  /// Parameters that weight decay leaves alone, unless their group states a decay.
  var weightDecayExclusions: WeightDecayExclusions { get }
  /// What is remembered of each parameter.
  var state: OptimizerState { get }

  /// Changes parameters that share their settings, in place and without recording.
  func update(_ share: ParameterShare) throws(TorchError)
}

/// Parameters that share their settings at one step.
public struct ParameterShare {
  /// The names.
  public var names: [String] = []
  /// The parameters.
  public var parameters: [Tensor] = []
  /// A gradient for each parameter, in its memory layout.
  public var gradients: [Tensor] = []
  /// The learning rate, with the group's multiplier applied.
  public let rate: Double
  /// The weight decay.
  public let weightDecay: Double

  /// The part whose positions are `indices`.
  func part(_ indices: [Int]) -> ParameterShare {
    var part = ParameterShare(rate: rate, weightDecay: weightDecay)
    part.names = indices.map { names[$0] }
    part.parameters = indices.map { parameters[$0] }
    part.gradients = indices.map { gradients[$0] }
    return part
  }
}

extension Optimizer {
  /// Changes every parameter that has a gradient.
  ///
  /// - Parameters:
  ///   - parameters: the parameters by name.
  ///   - gradients: gradients by the same names; parameters without one stay as they are.
  ///   - rate: the learning rate.
  public func step(
    _ parameters: OrderedDictionary<String, Tensor>,
    gradients: OrderedDictionary<String, Tensor>, rate: Double
  ) throws(TorchError) {
    var shares: [ParameterShare] = []
    try withoutGradients { () throws(TorchError) in
      for (name, gradient) in gradients {
        guard let parameter = parameters[name] else { continue }
        let (multiplier, decay) = settings(of: name, rank: parameter.rank)
        if multiplier == 0 { continue }
        let known = shares.firstIndex {
          $0.rate == rate * multiplier && $0.weightDecay == decay
        }
        let place = known ?? shares.count
        if known == nil {
          shares.append(ParameterShare(rate: rate * multiplier, weightDecay: decay))
        }
        shares[place].names.append(name)
        shares[place].parameters.append(parameter)
        shares[place].gradients.append(try Self.aligned(gradient, with: parameter))
      }
      for share in shares { try update(share) }
    }
  }

  /// The rate multiplier and the weight decay of a parameter.
  public func settings(
    of name: String, rank: Int
  ) -> (rateMultiplier: Double, weightDecay: Double) {
    let group = groups.first { $0.holds(name) }
    let excluded = weightDecayExclusions.exclude(name, rank: rank)
    return (
      group?.rateMultiplier ?? 1, group?.weightDecay ?? (excluded ? 0 : weightDecay)
    )
  }

  /// The gradient in the parameter's type and memory layout, which the fused kernels rely on.
  private static func aligned(
    _ gradient: Tensor, with parameter: Tensor
  ) throws(TorchError) -> Tensor {
    let fits =
      gradient.type == parameter.type
      && (gradient.isContiguous && parameter.isContiguous
        || gradient.strides == parameter.strides)
    return fits ? gradient : try parameter.emptyLike().copyInPlace(gradient)
  }

  /// The tensors in a slot of each parameter, made by `make` where there is none yet.
  func slot(
    _ slot: String, of share: ParameterShare, _ make: (Tensor) throws(TorchError) -> Tensor
  ) throws(TorchError) -> [Tensor] {
    var tensors: [Tensor] = []
    tensors.reserveCapacity(share.names.count)
    for (name, parameter) in zip(share.names, share.parameters) {
      if let known = state[name, slot] {
        tensors.append(known)
      } else {
        let made = try make(parameter)
        state[name, slot] = made
        tensors.append(made)
      }
    }
    return tensors
  }
}

/// Checks an optimizer's option.
func require(
  _ condition: Bool, _ name: String, _ value: Double, _ expected: String
) throws(TrainingError) {
  guard condition else {
    throw .invalidOption(name: name, value: "\(value)", expected: expected)
  }
}
