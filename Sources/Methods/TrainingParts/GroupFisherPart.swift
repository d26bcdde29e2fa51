// `group-fisher` in recipes: the channel that matters least goes every few steps while the network trains.

import Pruning
import Training

/// The key `group-fisher` of the stage `train`; see ``GroupFisherPruning``.
///
/// ```yaml
/// group-fisher: {target: {macs: 0.5}, every: 25, normalize: memory}    # or macs, none
/// ```
/// A stage `prune` with `criterion: l2, target: {threshold: 0}` cuts the channels that are zero in the end.
struct GroupFisherPart: TrainingPart {
  static let name = "group-fisher"
  static let summary = "the least channel of the network goes every few steps (Liu et al. 2021)"

  private let build: () throws(PruningError) -> GroupFisherPruning

  init(_ settings: RecipeReader) throws(RecipeError) {
    let target = try PruneStage.target(settings)
    let every = try settings.int("every", default: 25, in: 1...1_000_000, of: "steps")
    var criterion = GroupFisher()
    criterion.normalization = try settings.choice("normalize", default: criterion.normalization)
    let exclusions = Exclusions(try settings.strings("exclude"))
    build = { [criterion] () throws(PruningError) in
      try GroupFisherPruning(
        target: target, every: every, criterion: criterion, exclusions: exclusions)
    }
    do throws(PruningError) { _ = try build() } catch {
      throw .combination(at: settings.place(of: "target"), reason: "\(error)")
    }
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { try build() }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? GroupFisherPruning else { return [:] }
    return ["channels removed": Double(plugin.removed.values.reduce(0) { $0 + $1.count })]
  }
}
