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

  /// The regrowth with its usual settings.
  init()

  /// Reads the settings that someone wrote; there are none by default.
  mutating func configure(_ settings: PartSettings) throws(PruningError)

  /// Whether it looks at the gradients of weights that are not there.
  var needsGradients: Bool { get }

  /// How much each step keeps of an average of those gradients, which it then looks at in their place; `nil`,
  /// the default, for the gradients of the step.
  var smoothing: Double? { get }

  /// A score for each element of a weight, kept and removed ones alike; only removed ones are ranked.
  ///
  /// - Parameters:
  ///   - weight: the stored weight.
  ///   - gradient: the loss's gradient of all elements, or its average over the steps, of the weight's shape;
  ///     `nil` unless ``needsGradients``.
  ///   - generator: the run's random numbers.
  func scores(
    for weight: Tensor, gradient: Tensor?, _ generator: Generator
  ) throws(TorchError) -> Tensor
}

extension Regrowth {
  public mutating func configure(_ settings: PartSettings) throws(PruningError) {}
  public var smoothing: Double? { nil }
}

/// The registry of regrowths.
public enum Regrowths {
  /// Every regrowth: the built-in ones and those of ``with(_:_:)``.
  public static var all: [any Regrowth.Type] { builtIn + added }

  private static let builtIn: [any Regrowth.Type] = [
    RandomRegrowth.self, GradientRegrowth.self, MomentumRegrowth.self,
  ]

  /// Regrowths of a program that uses the library, within ``with(_:_:)``.
  @TaskLocal static var added: [any Regrowth.Type] = []

  /// Does `body` with regrowths of one's own among those that recipes can name; the built-in ones come
  /// first where names are the same.
  public static func with<Result>(
    _ types: [any Regrowth.Type], _ body: () throws -> Result
  ) rethrows -> Result {
    try $added.withValue(added + types, operation: body)
  }

  /// The regrowth called `name`, with its usual settings where none are given.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``, ``PruningError/setting(key:found:expected:)``.
  public static func named(
    _ name: String, _ settings: PartSettings = PartSettings()
  ) throws(PruningError) -> any Regrowth {
    guard let found = all.first(where: { $0.name == name }) else {
      throw .noSuch(part: "regrowth", name: name, known: all.map { $0.name })
    }
    var regrowth = found.init()
    try regrowth.configure(settings)
    return regrowth
  }
}
