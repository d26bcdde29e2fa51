// Parametrization: the effective weight as a function of the stored weight and extra variables.

import Torch

/// Computes the weight a network runs with from the weight that is stored and trained.
///
/// `effective = f(weight)`; gradients flow through `f` to the weight, and to whatever other tensors
/// the parametrization holds.
public protocol Parametrization: AnyObject {
  /// The weight to run with, of the stored weight's shape.
  func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor

  /// Further tensors to train with the weight, by name; empty where there are none.
  var variables: [String: Tensor] { get }
}

extension Parametrization {
  public var variables: [String: Tensor] { [:] }
}

/// A mask: `effective = weight x mask`, so that masked elements are zero and get no gradient.
public final class Mask: Parametrization {
  /// One where an element stays, zero where it is pruned; the weight's shape and type.
  public let mask: Tensor

  /// Masks with `mask`.
  public init(_ mask: Tensor) { self.mask = mask }

  public func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    try weight * mask
  }
}
