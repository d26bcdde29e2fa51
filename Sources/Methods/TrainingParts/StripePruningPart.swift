// `stripe-pruning` in recipes: places of filters' windows leave while the network trains.

import Pruning
import Training

/// The key `stripe-pruning` of the stage `train`; see ``StripePruning``.
///
/// ```yaml
/// stripe-pruning: {strength: 1e-5, threshold: 0.05, weights: ["conv*.weight"]}
/// ```
struct StripePruningPart: TrainingPart {
  static let name = "stripe-pruning"
  static let summary = "a skeleton of each filter finds its shape (Meng et al. 2020)"

  private let build: () throws(TrainingError) -> StripePruning

  init(_ settings: RecipeReader) throws(RecipeError) {
    let strength = try settings.double("strength", default: 1e-5)
    let threshold = try settings.double("threshold", default: 0.05)
    let patterns = try settings.strings("weights", default: ["*"])
    build = { () throws(TrainingError) in
      try StripePruning(
        strength: strength, threshold: threshold, weights: patterns)
    }
    do throws(TrainingError) { _ = try build() } catch {
      throw .combination(at: settings.place, reason: "\(error)")
    }
  }

  var hold: WeightHold { .form }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { try build() }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? StripePruning else { return [:] }
    let (left, all) = try plugin.counts()
    return ["stripes left": Double(left), "stripes in all": Double(all)]
  }
}
