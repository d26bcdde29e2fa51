// `group-fisher` in recipes: the channel that matters least goes every few steps while the network trains.

import Network
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

  private let target: Target
  private let every: Int
  private let exclusions: Exclusions
  private let build: () throws(PruningError) -> GroupFisherPruning

  init(_ settings: RecipeReader) throws(RecipeError) {
    target = try PruneStage.target(settings)
    every = try settings.int("every", default: 25, in: 1...1_000_000, of: "steps")
    var criterion = GroupFisher()
    criterion.normalization = try settings.choice("normalize", default: criterion.normalization)
    exclusions = Exclusions(try settings.strings("exclude"))
    build = { [target, every, criterion, exclusions] () throws(PruningError) in
      try GroupFisherPruning(
        target: target, every: every, criterion: criterion, exclusions: exclusions)
    }
    do throws(PruningError) { _ = try build() } catch {
      throw .combination(at: settings.place(of: "target"), reason: "\(error)")
    }
  }

  var parts: [String: String] {
    ["granularity": Granularity.filter.name, "criterion": GroupFisher.name, "target": "\(target)"]
  }

  func rehearse(on network: Network) throws(PruningError) {
    let coupling: Coupling
    do throws(NetworkError) { coupling = try network.coupling() } catch { throw .network(error) }
    _ = try exclusions.allowed(of: coupling)
  }

  func rehearse(steps: Int, stepsPerEpoch: Int) throws {
    guard steps < every else { return }
    throw PruningError.combination(
      "a channel leaves every \(every) steps, and the training has \(steps), so that none does; let them "
        + "leave more often, or train longer")
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { try build() }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? GroupFisherPruning else { return [:] }
    return ["channels removed": Double(plugin.removed.values.reduce(0) { $0 + $1.count })]
  }

  func shortfall(of plugin: any Plugin) throws -> String? {
    guard let plugin = plugin as? GroupFisherPruning, !plugin.isDone else { return nil }
    let removed = plugin.removed.values.reduce(0) { $0 + $1.count }
    return
      "the target \(target) is not met: \(removed) channels have left, one every \(every) steps; let them "
      + "leave more often, or train longer"
  }
}
