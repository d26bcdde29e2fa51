// `l0-gates` in recipes: gates on neurons and filters whose expected number joins the loss.

import Pruning
import Training

/// The key `l0-gates` of the stage `train`; see ``L0Gates``.
///
/// ```yaml
/// l0-gates:
///   inputs:                               # the cost of each weight: lambda over the examples
///     fc1.weight: {strength: 1.67e-6, drop-rate: 0.2}
///     "fc*.weight": 1.67e-6               # of several that fit a weight the first holds
///   outputs: {"conv*.weight": 1.67e-6}
///   drop-rate: 0.5                        # the probability with which a gate begins closed
///   temperature: 0.667
///   weight-decay: 0                       # of the L2 term, over the examples
/// ```
struct L0GatesPart: TrainingPart {
  static let name = "l0-gates"
  static let summary =
    "hard concrete gates, their expected number in the loss (Louizos et al. 2018)"

  let patterns: [String]
  private let build: () throws(TrainingError) -> L0Gates

  init(_ settings: RecipeReader) throws(RecipeError) {
    var rules: [L0Gates.Rule] = []
    let dropRate = try settings.double("drop-rate", default: 0.5, in: 0...1)
    for side in LayerSide.allCases {
      let reader = try settings.mapping(side.rawValue)
      for pattern in reader.keys {
        var (strength, rate): (Double?, Double) = (nil, dropRate)
        if reader.holdsMapping(pattern) {
          let gate = try reader.mapping(pattern)
          strength = try gate.double("strength")
          rate = try gate.double("drop-rate", default: dropRate, in: 0...1)
          try gate.finish()
        } else {
          strength = try reader.double(pattern)
        }
        guard let strength else {
          throw .missingKey(
            at: reader.place(of: pattern), key: "strength",
            expected: "what a weight behind an open gate costs")
        }
        rules.append(L0Gates.Rule(pattern, side, strength: strength, dropRate: rate))
      }
    }
    guard !rules.isEmpty else {
      throw .missingKey(
        at: settings.place, key: "inputs",
        expected: "names of weights with what a weight behind an open gate costs, such as "
          + "{\"fc*.weight\": 1.67e-6}; or outputs")
    }
    let found = rules
    patterns = rules.map(\.pattern)
    let temperature = try settings.positive("temperature") ?? 2.0 / 3
    let decay = try settings.double("weight-decay", default: 0)
    build = { () throws(TrainingError) in
      try L0Gates(
        found, distribution: HardConcrete(temperature: temperature), decay: decay)
    }
    do throws(TrainingError) { _ = try build() } catch {
      throw .combination(at: settings.place, reason: "\(error)")
    }
  }

  var hold: WeightHold { .form }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { try build() }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? L0Gates else { return [:] }
    var measures: [String: Double] = [:]
    for (weight, open, count) in try plugin.architecture() {
      measures["gates open: \(weight)"] = Double(open)
      measures["gates in all: \(weight)"] = Double(count)
    }
    return measures
  }
}
