// Regrowth: which removed weights come back.

import Torch

/// Which removed weights come back when others leave: those with the highest scores.
///
/// A regrowth is one small type in one file of `Pruning/Regrowth`, listed in ``Regrowths``.
public protocol Regrowth: Sendable {
  /// The regrowth's name in recipes.
  static var name: String { get }

  /// What it does, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// Whether it looks at the gradients of weights that are not there.
  var needsGradients: Bool { get }

  /// A score for each element of a weight, kept and removed ones alike; only removed ones are ranked.
  ///
  /// - Parameters:
  ///   - weight: the stored weight.
  ///   - gradient: the loss's gradient of all elements, of the weight's shape; `nil` unless
  ///     ``needsGradients``.
  ///   - generator: the run's random numbers.
  func scores(
    for weight: Tensor, gradient: Tensor?, _ generator: Generator
  ) throws(TorchError) -> Tensor
}

/// The registry of regrowths.
public enum Regrowths {
  /// Every regrowth.
  public static let all: [any Regrowth.Type] = [RandomRegrowth.self, GradientRegrowth.self]

  /// The regrowth called `name`.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``.
  public static func named(_ name: String) throws(PruningError) -> any Regrowth {
    switch name {
    case RandomRegrowth.name: RandomRegrowth()
    case GradientRegrowth.name: GradientRegrowth()
    default: throw .noSuch(part: "regrowth", name: name, known: all.map { $0.name })
    }
  }
}
