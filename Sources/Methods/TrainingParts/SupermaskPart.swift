// `supermask` in recipes: only which weights are there is learned.

import Network
import Pruning
import Training

/// The key `supermask` of the stage `train`; see `Supermask`.
///
/// ```yaml
/// supermask: {rescale: true, initial: 0.01, exclude: []}
/// ```
struct SupermaskPart: TrainingPart {
  static let name = "supermask"
  static let summary = "weights stay as drawn, masks are learned (Zhou et al. 2019)"

  private let exclusions: Exclusions
  private let build: () throws(PruningError) -> Supermask

  init(_ settings: RecipeReader) throws(RecipeError) {
    let rescales = try settings.bool("rescale", default: true)
    let initial = try settings.double("initial", default: 0.01)
    exclusions = Exclusions(try settings.strings("exclude"))
    build = { [exclusions] () throws(PruningError) in
      try Supermask(rescales: rescales, initial: initial, exclusions: exclusions)
    }
    do throws(PruningError) { _ = try build() } catch {
      throw .combination(at: settings.place, reason: "\(error)")
    }
  }

  var hold: WeightHold { .alone }

  func rehearse(on network: Network) throws(PruningError) {
    try exclusions.check(weightsOf: network)
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { try build() }
}
