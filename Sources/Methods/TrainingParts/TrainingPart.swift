// A training part: a word of the grammar that takes part in training, as a plug-in of the trainer.

import Network
import Pruning
import Training

/// A word of the grammar that takes part in training: connections that move, weights that leave
/// step by step.
///
/// A training part is one small type in one file of `Methods/TrainingParts`, listed in
/// ``TrainingParts``. Recipes write it as a key of the stage `train`, with its settings.
public protocol TrainingPart {
  /// The key in recipes.
  static var name: String { get }

  /// What it does, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// Whether units leave in the training: the run then compares with the network before it.
  var prunes: Bool { get }

  /// How it takes hold of single weights, which decides what else may take part.
  var hold: WeightHold { get }

  /// Whether it moves weights that an earlier stage has masked.
  var needsMasks: Bool { get }

  /// Whether it trains values that an earlier stage makes weights share.
  var needsSharedValues: Bool { get }

  /// Whether layers and weights have the same names and meanings after the training.
  var keepsForm: Bool { get }

  /// The patterns of names of weights that the settings state; each must fit a weight.
  var patterns: [String] { get }

  /// The words of other parts of the grammar that its settings name, such as `criterion: l1`.
  var parts: [String: String] { get }

  /// What is asked of single weights, and in what units they leave; `nil` where nothing is.
  var asked: (target: Target, granularity: Granularity)? { get }

  /// Finds out before anything is trained whether `network` has what the part works on.
  func rehearse(on network: Network) throws(PruningError)

  /// Finds out before anything is trained whether what the part does falls into a training of `steps`.
  func rehearse(steps: Int, stepsPerEpoch: Int) throws

  /// Reads the part's settings.
  init(_ settings: RecipeReader) throws(RecipeError)

  /// What takes part in a training whose epochs have `stepsPerEpoch` steps.
  ///
  /// - Parameter seed: where random choices of the part start.
  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin

  /// What the part found out in a training that is over, by name; for the run's result.
  func measures(of plugin: any Plugin) throws -> [String: Double]

  /// What was asked for and did not come about in a training that is over; `nil` where all did.
  func shortfall(of plugin: any Plugin) throws -> String?
}

/// How a training part takes hold of single weights.
public enum WeightHold: Sendable {
  /// It leaves them to the optimizer, or changes their values as the optimizer does.
  case none
  /// It says which of them are there, as others may do beside it.
  case masks
  /// It decides by itself what each of them is: a sign, a shared value, one behind a gate.
  case form
  /// It decides so, and the weights behind do not train, so that nothing else can change them.
  case alone
}

extension TrainingPart {
  public var prunes: Bool { true }
  public var hold: WeightHold { .none }
  public var needsMasks: Bool { false }
  public var needsSharedValues: Bool { false }
  public var keepsForm: Bool { false }
  public var patterns: [String] { [] }
  public var parts: [String: String] { [:] }
  public var asked: (target: Target, granularity: Granularity)? { nil }
  public func rehearse(on network: Network) throws(PruningError) {}
  public func rehearse(steps: Int, stepsPerEpoch: Int) throws {}
  public func measures(of plugin: any Plugin) throws -> [String: Double] { [:] }
  public func shortfall(of plugin: any Plugin) throws -> String? { nil }
}

/// The registry of training parts.
public enum TrainingParts {
  /// Every training part.
  public static var all: [any TrainingPart.Type] {
    [
      GradualPruningPart.self, DropAndGrowPart.self, NetworkSurgeryPart.self,
      SoftFilterPruningPart.self, GroupFisherPart.self, PenaltyPart.self, CodebookPart.self,
      BinaryPart.self, SupermaskPart.self, L0GatesPart.self, StripePruningPart.self,
      AdversarialPruningPart.self,
      // Last: they look at what the others train, and have made of a step.
      FrozenPart.self, AveragePart.self,
    ]
  }

  /// The parts that a stage's settings name.
  static func read(_ settings: RecipeReader) throws(RecipeError) -> [any TrainingPart] {
    let present = Set(settings.keys)
    var parts: [any TrainingPart] = []
    for type in all {
      let reader = try settings.mapping(type.name)
      guard present.contains(type.name) else { continue }
      parts.append(try type.init(reader))
      try reader.finish()
      if let reason = objection(to: parts) {
        throw .combination(at: settings.place(of: type.name), reason: reason)
      }
    }
    return parts
  }

  /// Why the last of `parts` cannot take part beside those before it; `nil` where it can.
  private static func objection(to parts: [any TrainingPart]) -> String? {
    guard let last = parts.last else { return nil }
    let other = parts.dropLast().first { other in
      switch (other.hold, last.hold) {
      case (.alone, _), (_, .alone), (.form, .form), (.form, .masks), (.masks, .form): true
      case (.none, _), (_, .none), (.masks, .masks): false
      }
    }
    guard let other else { return nil }
    return
      "\(type(of: other).name) and \(type(of: last).name) both decide what the weights are, and one would "
      + "undo what the other does; give each a stage train of its own, or leave one out"
  }
}
