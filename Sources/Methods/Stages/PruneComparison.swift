// Other choices of as many units, before any recovery: what a criterion is worth.
//
// H. Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017, remove the smallest filters, as many at
// random, and the largest; a criterion that means something loses least.

import Data
import Network
import Pruning

/// The key `compare` of the stage `prune`: criteria, or `inverse` for the stage's own turned around.
///
/// ```yaml
/// compare: [random, inverse]
/// ```
struct PruneComparison {
  static let inverse = "inverse"

  /// The criteria by name; `nil` for the stage's own, turned around.
  private let others: [(name: String, criterion: (any Criterion)?)]

  init(_ settings: RecipeReader) throws(RecipeError) {
    var others: [(name: String, criterion: (any Criterion)?)] = []
    for name in try settings.strings("compare") {
      do throws(PruningError) {
        others.append((name, name == Self.inverse ? nil : try Criteria.named(name)))
      } catch {
        throw .combination(
          at: settings.place(of: "compare"), reason: "\(error), \(Self.inverse)")
      }
    }
    self.others = others
  }

  var isEmpty: Bool { others.isEmpty }

  /// The test errors of `network` cut to as many units as `plan` keeps, chosen otherwise.
  func measures(
    of plan: Plan, by pruner: Pruner, in run: Run, on calibration: Calibration?
  ) throws -> [String: Double] {
    var measures: [String: Double] = [:]
    for (name, criterion) in others {
      var other = pruner
      if let criterion { other.criterion = criterion }
      let chosen = try other.choosing(
        as: plan, in: run.network, inverted: criterion == nil, on: calibration)
      let found = try run.evaluation(
        of: run.network.cut(keeping: chosen.kept), on: run.requireData(for: "compare"))
      if let accuracy = found.accuracy { measures["test error by \(name)"] = 1 - accuracy }
    }
    return measures
  }
}
