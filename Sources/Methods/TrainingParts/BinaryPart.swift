// `binary-weights` in recipes: weights are -1 and +1, real ones behind them are trained.

import Network
import Pruning
import Training

/// The key `binary-weights` of the stage `train`; see `BinaryTraining`.
///
/// ```yaml
/// binary-weights: {}
/// binary-weights: {exclude: [fc4.weight], normalization: shift}    # or exact
/// ```
struct BinaryPart: TrainingPart {
  static let name = "binary-weights"
  static let summary = "weights are -1 and +1, trained straight through (Courbariaux et al. 2016)"

  private let exclusions: Exclusions
  private let normalization: BinaryTraining.Normalization

  init(_ settings: RecipeReader) throws(RecipeError) {
    exclusions = Exclusions(try settings.strings("exclude"))
    normalization = try settings.choice("normalization", default: .exact)
  }

  var prunes: Bool { false }
  var hold: WeightHold { .form }

  func rehearse(on network: Network) throws(PruningError) {
    try exclusions.check(weightsOf: network)
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin {
    BinaryTraining(exclusions: exclusions, normalization: normalization)
  }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? BinaryTraining else { return [:] }
    return ["binary weights": Double(plugin.sizes.values.reduce(0, +))]
  }
}
