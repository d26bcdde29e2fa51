// The data that the stage `prune` looks at, and what it is used for beside the criterion.

import Data
import Network
import Pruning

/// Which units stay of a group, once their number is known.
enum Selection: String, CaseIterable {
  /// Those with the highest scores.
  case ranking
  /// Those with the highest scores, front to back, without what earlier groups have lost; see
  /// `GreedySelection`.
  case greedy
  /// Those that rebuild what is behind them, layer by layer; see `LassoSelection`.
  case lasso
}

/// The settings `calibration`, `selection`, `reestimate` and `reconstruct` of the stage `prune`.
///
/// ```yaml
/// - prune:
///     criterion: taylor
///     calibration: {batch: 32, batches: 32}   # examples of the training split; or per-class: 10
///     reestimate: true                        # on where calibration is written, else off
///     reconstruct: true                       # likewise
///     reconstruction: l-obs                   # of single weights; see WeightReconstruction
/// ```
/// A recipe that says nothing of calibration is carried out without repairs: its recovery is what it
/// states.
struct CalibrationSettings {
  /// Whether running statistics are computed again after the cut.
  let reestimates: Bool
  /// Whether layers that lost inputs are fitted to their old outputs.
  let reconstructs: Bool
  /// How the weights that stay make good for single ones that leave; `nil` for not at all.
  let reconstruction: (any WeightReconstruction)?
  /// Which units stay of a group, once their number is known.
  let selection: Selection
  private let batchSize: Int
  private let perClass: Int?
  private let batches: Int
  /// Whether anything looks at examples.
  let looks: Bool

  init(
    _ settings: RecipeReader, criterion: any Criterion, granularity: Granularity
  ) throws(RecipeError) {
    reconstruction = try WeightReconstructions.read(settings)
    if reconstruction != nil, granularity.cuts {
      throw .combination(
        at: settings.place(of: "reconstruction"),
        reason:
          "obs and l-obs correct what is left of single weights; use granularity: element, or "
          + "reconstruct: true for layers that lost inputs")
    }
    let isWritten = settings.keys.contains("calibration")
    let reader = try settings.mapping("calibration")
    batchSize = try reader.int("batch", default: Calibration.usual.batchSize, in: 1...1_000_000)
    batches = try reader.int("batches", default: Calibration.usual.batches, in: 1...1_000_000)
    perClass = try reader.int("per-class", in: 1...1_000_000)
    if perClass != nil, reader.keys.contains("batch") {
      throw .combination(
        at: reader.place(of: "per-class"),
        reason: "per-class says how many examples of each class a batch has, and batch how many in "
          + "all; leave one of them out")
    }
    try reader.finish()
    selection = try settings.choice("selection", default: .ranking)
    guard selection == .ranking || granularity.cuts else {
      throw .combination(
        at: settings.place(of: "selection"),
        reason:
          "\(selection.rawValue) chooses channels; use granularity: filter, or selection: ranking")
    }
    reestimates = try settings.bool("reestimate", default: isWritten)
    reconstructs = try settings.bool(
      "reconstruct", default: isWritten && granularity.cuts)
    guard !reconstructs || granularity.cuts else {
      throw .combination(
        at: settings.place(of: "reconstruct"),
        reason:
          "least squares follow a cut, and granularity \(granularity.name) cuts nothing; leave "
          + "reconstruct out, or use granularity: filter")
    }
    looks =
      reestimates || reconstructs || reconstruction != nil || selection == .lasso
      || !type(of: criterion).needs.isEmpty
  }

  /// What repairs the stage makes, for the catalogue.
  var part: String {
    var words: [String] = []
    if let reconstruction { words.append(type(of: reconstruction).name) }
    if selection != .ranking { words.append(selection.rawValue) }
    if reconstructs { words.append("reconstruct") }
    if reestimates { words.append("reestimate") }
    return words.isEmpty ? "none" : words.joined(separator: ", ")
  }

  /// The examples to look at; `nil` where nothing looks at any.
  func load(for title: String, in run: Run) throws -> Calibration? {
    guard looks else { return nil }
    let examples = try run.requireData(for: title).load(.train)
    if let perClass {
      return try Calibration(
        examples, perClass: perClass, batches: batches, seed: run.taskSeed, device: run.device)
    }
    return Calibration(
      examples, batchSize: batchSize, batches: batches, seed: run.taskSeed, device: run.device)
  }

  /// Chooses the units of `plan` anew where the stage asks for that, and gives the network cut to them
  /// and fitted where the choice fits layers as it goes.
  func select(
    _ plan: Plan, by pruner: Pruner, of network: Network, on calibration: Calibration?,
    seed: UInt64
  ) throws -> (plan: Plan, fitted: (network: Network, report: Reconstruction)?)? {
    switch selection {
    case .ranking: return nil
    case .greedy:
      return (try GreedySelection(pruner)(plan, of: network, on: calibration), nil)
    case .lasso:
      guard let calibration else { return nil }
      let found = try LassoSelection(on: calibration, seed: seed)(plan, of: network)
      return (found.plan, (found.network, found.report))
    }
  }

  /// Repairs `network`, which is `original` cut to `kept`, as far as the stage asks for it.
  func repair(
    _ network: Network, of original: Network, keeping kept: [Kept], on calibration: Calibration?,
    seed: UInt64
  ) throws -> Repair.Outcome? {
    // The LASSO has fitted the layers as it went.
    let fits = reconstructs && selection != .lasso
    guard let calibration, reestimates || fits else { return nil }
    return try Repair(
      on: calibration, reconstructs: fits, reestimates: reestimates, seed: seed)(
        network, of: original, keeping: kept)
  }
}
