// `soft-filter-pruning` in recipes: filters are set to zero after each epoch and go on training.

import Network
import Pruning
import Training

/// The key `soft-filter-pruning` of the stage `train`; see ``SoftFilterPruning``.
///
/// ```yaml
/// soft-filter-pruning: {fraction: 0.3, criterion: l2, every: 1}    # epochs
/// ```
/// A stage `prune` with the same criterion cuts the filters that are zero in the end.
struct SoftFilterPruningPart: TrainingPart {
  static let name = "soft-filter-pruning"
  static let summary = "filters become zero each epoch and may return (He et al. 2018)"

  let parts: [String: String]

  private let every: Int
  private let exclusions: Exclusions
  private let build: () throws(PruningError) -> SoftFilterPruning

  init(_ settings: RecipeReader) throws(RecipeError) {
    guard let fraction = try settings.double("fraction", in: 0...1) else {
      throw settings.missing("fraction", "the part of each layer's filters")
    }
    let criterion = try Criteria.readOfWeights(settings, default: L2.name)
    parts = ["granularity": Granularity.filter.name, "criterion": type(of: criterion).name]
    every = try settings.int("every", default: 1, in: 1...100_000, of: "epochs")
    exclusions = Exclusions(try settings.strings("exclude"))
    build = { [every, exclusions] () throws(PruningError) in
      try SoftFilterPruning(
        fraction: fraction, criterion: criterion, every: every,
        exclusions: exclusions)
    }
    do throws(PruningError) { _ = try build() } catch {
      throw .combination(at: settings.place, reason: "\(error)")
    }
  }

  var keepsForm: Bool { true }

  func rehearse(on network: Network) throws(PruningError) {
    let coupling: Coupling
    do throws(NetworkError) { coupling = try network.coupling() } catch { throw .network(error) }
    _ = try exclusions.allowed(of: coupling)
  }

  func rehearse(steps: Int, stepsPerEpoch: Int) throws {
    guard steps / stepsPerEpoch < every else { return }
    throw PruningError.combination(
      "filters become zero after every \(every) whole epochs, and the training has \(steps) steps, "
        + "\(stepsPerEpoch) an epoch, so that none ever does; choose them more often, or train longer"
    )
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { try build() }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? SoftFilterPruning else { return [:] }
    return [
      "filters zero": Double(plugin.zeroed.values.reduce(0) { $0 + $1.count }),
      "filters returned": Double(plugin.returned),
    ]
  }
}
