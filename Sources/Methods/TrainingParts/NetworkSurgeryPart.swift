// `network-surgery` in recipes: weights are cut off by one threshold and spliced in by a higher one.

import Pruning
import Training

/// The key `network-surgery` of the stage `train`; see ``NetworkSurgery``.
///
/// ```yaml
/// network-surgery:
///   thresholds: {"conv*.weight": 0.6, "fc*.weight": 1.2}   # standard deviations above the mean
///   gamma: 0.0001
///   power: 1
///   until: 0.5
/// ```
struct NetworkSurgeryPart: TrainingPart {
  static let name = "network-surgery"
  static let summary = "cuts off and splices in by two thresholds (Guo et al. 2016)"

  private let thresholds: [(pattern: String, c: Double)]
  private let gamma: Double
  private let power: Double
  private let until: Double

  init(_ settings: RecipeReader) throws(RecipeError) {
    let thresholds = try settings.mapping("thresholds").numbers(in: -100...100)
      .map { (pattern: $0.name, c: $0.number) }
    guard !thresholds.isEmpty else {
      throw .missingKey(
        at: settings.place(of: "thresholds"), key: "thresholds",
        expected: "names of weights with how far the threshold lies from the mean of their "
          + "magnitudes, in standard deviations, such as {\"*.weight\": 1.0}")
    }
    self.thresholds = thresholds
    gamma = try settings.double("gamma", default: 0.0001)
    power = try settings.double("power", default: 1)
    until = try settings.double("until", default: 1, in: 0...1)
  }

  var hold: WeightHold { .form }
  var keepsForm: Bool { true }

  var patterns: [String] { thresholds.map(\.pattern) }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin {
    try NetworkSurgery(thresholds, gamma: gamma, power: power, until: until)
  }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? NetworkSurgery else { return [:] }
    return [
      "weights cut off": Double(plugin.counts.pruned),
      "weights spliced in": Double(plugin.counts.spliced),
    ]
  }
}
