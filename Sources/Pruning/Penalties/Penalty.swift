// Penalty: what training is charged for, so that weights, units or activations go to zero.

import Execution
import Network
import Torch
import Training

/// What is added to the loss, or done as a proximal step after the optimizer's.
///
/// A penalty is one small type in one file of `Pruning/Penalties`, listed in ``Penalties``. It either
/// gives a term of the loss, whose gradient the optimizer follows with the rest, or moves parameters
/// itself after each step or epoch, which is how they become exactly zero. It keeps nothing from step to step.
/// ``Penalizing`` takes it through training; a stage `prune` with a threshold cuts what it left at zero.
public protocol Penalty: Sendable {
  /// The penalty's name in recipes.
  static var name: String { get }

  /// What it does, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// The penalty with the settings that someone wrote.
  init(_ settings: PartSettings) throws(PruningError)

  /// Values inside `network` that the term is made of, by name; none by default.
  ///
  /// - Throws: ``PruningError`` where the network has nothing that could be penalised.
  func observedValues(in network: Network) throws(PruningError) -> Set<String>

  /// What is added to the loss, a single number; `nil` where nothing is.
  ///
  /// - Parameters:
  ///   - model: the parameters are its leaves, so that gradients flow to them.
  ///   - observed: the values asked for by ``observedValues(in:)``, of the examples of the step.
  func term(of model: Model, observed: [String: Tensor]) throws(TorchError) -> Tensor?

  /// When the proximal step is taken; after each step of the optimizer by default.
  var shrinking: Shrinking { get }

  /// The proximal step after an optimizer's step of learning rate `rate`; gradients are off.
  func shrink(_ model: Model, rate: Double) throws(TorchError)

  /// What it came to, by name; for the run's result.
  func measures(of model: Model) throws(TorchError) -> [String: Double]
}

/// When a proximal step is taken.
public enum Shrinking: String, Sendable, Hashable, CaseIterable {
  /// After each step of the optimizer.
  case step
  /// After each epoch.
  case epoch
}

extension Penalty {
  /// The default refuses: the penalty is made in Swift, or its settings are read elsewhere.
  public init(_ settings: PartSettings) throws(PruningError) {
    throw .combination("the penalty '\(Self.name)' reads no settings")
  }

  public func observedValues(in network: Network) throws(PruningError) -> Set<String> { [] }
  public func term(of model: Model, observed: [String: Tensor]) throws(TorchError) -> Tensor? {
    nil
  }
  public var shrinking: Shrinking { .step }
  public func shrink(_ model: Model, rate: Double) throws(TorchError) {}
  public func measures(of model: Model) throws(TorchError) -> [String: Double] { [:] }
}

extension Network {
  /// Finds out whether each pattern of names fits a weight that `penalty` could charge for: one of two or more
  /// axes.
  ///
  /// - Throws: ``PruningError/combination(_:)`` where one fits none.
  func checkMatrices(fit patterns: [String], for penalty: String) throws(PruningError) {
    let names = initializers.filter {
      $0.value.role == .parameter && $0.value.tensor.shape.count >= 2
    }.keys
    for pattern in patterns where !names.contains(where: { NamePattern.matches($0, pattern) }) {
      throw .combination(
        "\(penalty) finds no weight of two or more axes called '\(pattern)'; there are "
          + names.joined(separator: ", "))
    }
  }
}

/// The registry of penalties.
public enum Penalties {
  /// Every penalty: the built-in ones and those of ``with(_:_:)``.
  public static var all: [any Penalty.Type] { builtIn + added }

  /// Penalties of a program that uses the library, within ``with(_:_:)``.
  @TaskLocal static var added: [any Penalty.Type] = []

  /// Does `body` with penalties of one's own among those that recipes can name; the built-in ones come
  /// first where names are the same.
  public static func with<Result>(
    _ types: [any Penalty.Type], _ body: () throws -> Result
  ) rethrows -> Result {
    try $added.withValue(added + types, operation: body)
  }

  private static let builtIn: [any Penalty.Type] = [
    ScaleL1.self, GroupLasso.self, SaliencyL1.self, AngularDissimilarity.self,
  ]
}
