// `drop-and-grow` in recipes: the connections of masked weights move while they train.

import Pruning
import Training

/// The key `drop-and-grow` of the stage `train`; see ``DropAndGrow``.
///
/// ```yaml
/// drop-and-grow: {fraction: 0.3, decay: cosine, every: 100, until: 0.75, regrowth: gradient}
/// ```
/// `every` counts steps; without it connections move after each epoch.
struct DropAndGrowPart: TrainingPart {
  static let name = "drop-and-grow"
  static let summary = "connections move while their number stays (SET 2018, RigL 2020)"

  private let fraction: Double
  private let decay: DropAndGrow.Decay
  private let every: Int?
  private let until: Double
  private let leaving: DropAndGrow.Leaving
  private let regrowth: any Regrowth

  init(_ settings: RecipeReader) throws(RecipeError) {
    fraction = try settings.double("fraction", default: 0.3, in: 0...1)
    decay = try settings.choice("decay", default: .cosine)
    every = try settings.int("every", in: 1...Int(Int32.max), of: "steps (an epoch, if left out)")
    until = try settings.double("until", default: 0.75, in: 0...1)
    leaving = try settings.choice("leaving", default: .magnitude)
    let (name, reader) = try settings.part("regrowth", default: GradientRegrowth.name)
    regrowth = try reader.configuring(at: settings.place(of: "regrowth")) {
      (written) throws(PruningError) in try Regrowths.named(name, written)
    }
  }

  var parts: [String: String] { ["regrowth": type(of: regrowth).name] }
  var hold: WeightHold { .masks }
  var needsMasks: Bool { true }
  var keepsForm: Bool { true }

  func rehearse(steps: Int, stepsPerEpoch: Int) throws {
    try movement(stepsPerEpoch).check(steps: steps)
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { try movement(stepsPerEpoch) }

  private func movement(_ stepsPerEpoch: Int) throws(TrainingError) -> DropAndGrow {
    try DropAndGrow(
      fraction: fraction, decay: decay, every: every ?? stepsPerEpoch, until: until,
      leaving: leaving, regrowth: regrowth)
  }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? DropAndGrow else { return [:] }
    return [
      "mask updates": Double(plugin.updates),
      "exploration rate": try plugin.explorationRate(),
    ]
  }
}
