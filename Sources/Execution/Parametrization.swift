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

/// A mask: `effective = weight x mask`, so that masked elements are zero, or what they are held at.
public final class Mask: Parametrization {
  /// Which elements of the stored weight get gradients.
  public enum Passage: Sendable, Hashable {
    /// Only those that stay: `dL/dweight = mask x dL/deffective`.
    case kept
    /// All of them: `dL/dweight = dL/deffective`, straight through the mask. Removed elements see
    /// what they would change if they were there, and follow it.
    case all
  }

  /// One where an element stays, zero where it is pruned; the weight's shape and type.
  public let mask: Tensor
  /// Which elements of the stored weight get gradients.
  public var passage: Passage

  /// What pruned elements are instead of zero; the weight's shape and type. `nil` for zeros.
  public let held: Tensor?

  /// Masks with `mask`.
  public init(_ mask: Tensor, passage: Passage = .kept, held: Tensor? = nil) {
    self.mask = mask
    self.passage = passage
    self.held = held
  }

  public func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    let masked = try masked(weight)
    guard let held else { return masked }
    return try masked + held * (1 - mask)
  }

  private func masked(_ weight: Tensor) throws(TorchError) -> Tensor {
    switch passage {
    case .kept: return try weight * mask
    case .all:
      // The difference carries no gradient and is exact: 0 where an element stays, -weight elsewhere.
      let stored = try weight.detached()
      return try weight + (stored * mask - stored)
    }
  }
}
