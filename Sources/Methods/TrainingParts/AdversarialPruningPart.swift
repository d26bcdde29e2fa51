// `adversarial-pruning` in recipes: soft masks learned without labels against a discriminator.

import Pruning
import Training

/// The key `adversarial-pruning` of the stage `train`; see ``AdversarialPruning``.
///
/// ```yaml
/// adversarial-pruning:
///   structure: channels          # or branches, blocks
///   strength: 0.01
///   adversarial: 1
///   regularizer: adversarial     # or l1, l2: of the discriminator
///   exclude: [fc1]
/// ```
/// The loss of the stage is not used: the network learns from its own outputs before the stage.
struct AdversarialPruningPart: TrainingPart {
  static let name = "adversarial-pruning"
  static let summary =
    "soft masks by FISTA against a discriminator, label free (GAL, Lin et al. 2019)"

  private let structure: AdversarialPruning.Structure
  private let strength: Double
  private let adversarial: Double
  private let regularizer: DiscriminatorRegularizer
  private let exclusions: Exclusions

  init(_ settings: RecipeReader) throws(RecipeError) {
    structure = try settings.choice("structure", default: .channels)
    strength = try settings.double("strength", default: 0.01)
    adversarial = try settings.double("adversarial", default: 1)
    regularizer = try settings.choice("regularizer", default: .adversarial)
    exclusions = Exclusions(try settings.strings("exclude"))
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin {
    AdversarialPruning(
      structure, strength: strength, adversarial: adversarial, regularizer: regularizer,
      exclusions: exclusions)
  }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? AdversarialPruning else { return [:] }
    let (left, all) = try plugin.counts()
    return ["masks left": Double(left), "masks in all": Double(all)]
  }
}
