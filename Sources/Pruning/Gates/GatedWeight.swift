// A gate of each output or input of a layer, as a parametrization of its weight.

import Execution
import Torch

/// Gates with a trained `log a` each; a weight and its bias may share them.
public final class HardConcreteGates {
  /// How gates are distributed.
  public let distribution: HardConcrete
  /// `log a` of each gate, which is trained.
  public let logAlpha: Tensor
  /// The uniform numbers of the step; without them gates are those of a network that is tested.
  public var noise: Tensor?

  init(_ logAlpha: Tensor, _ distribution: HardConcrete) {
    self.logAlpha = logAlpha
    self.distribution = distribution
  }

  /// The gates as they are in `mode`.
  public func values(_ mode: Mode) throws(TorchError) -> Tensor {
    if case .training = mode, let noise { return try distribution.sample(logAlpha, noise) }
    return try distribution.tested(logAlpha)
  }

  /// How many gates are open where the network is tested.
  public func openCount() throws(TorchError) -> Int {
    Int(try distribution.tested(logAlpha.detached()).countNonzero().scalar())
  }
}

/// `effective = weight x gate`, one gate for each index along an axis.
public final class GatedWeight: Parametrization {
  /// The gates.
  public let gates: HardConcreteGates
  /// The axis along which they lie.
  public let axis: Int
  /// Whether the gates are trained with this weight, and not with another that shares them.
  public let owns: Bool

  init(_ gates: HardConcreteGates, axis: Int, owns: Bool) {
    self.gates = gates
    self.axis = axis
    self.owns = owns
  }

  public var variables: [String: Tensor] { owns ? ["log-alpha": gates.logAlpha] : [:] }

  public func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    var shape = [Int](repeating: 1, count: weight.rank)
    shape[axis] = weight.shape[axis]
    return try weight * gates.values(mode).reshape(Shape(shape))
  }
}
