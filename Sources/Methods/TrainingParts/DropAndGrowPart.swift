// `drop-and-grow` in recipes: the connections of masked weights move while they train.

import Pruning
import Training

/// The key `drop-and-grow` of the stage `train`; see ``DropAndGrow``.
///
/// ```yaml
/// drop-and-grow: {fraction: 0.3, decay: cosine, every: 100, until: 0.75, regrowth: gradient}
/// ```
/// `every` counts steps; without it connections move after each epoch. The connections of the whole network
/// are spread over its layers anew by `reallocation`, and leave by one threshold for all with
/// ```yaml
/// drop-and-grow: {fraction: 0.5, regrowth: momentum, reallocation: gradients}                  # SNFS
/// drop-and-grow: {fraction: 0.01, decay: constant, leaving: threshold, threshold: 1e-3,
///                 tolerance: 0.1, regrowth: random, reallocation: survivors}                   # DSR
/// ```
struct DropAndGrowPart: TrainingPart {
  static let name = "drop-and-grow"
  static let summary = "connections move while their number stays (SET, DSR, SNFS, RigL 2018-2020)"

  private let fraction: Double
  private let decay: DropAndGrow.Decay
  private let every: Int?
  private let until: Double
  private let leaving: DropAndGrow.Leaving
  private let regrowth: any Regrowth
  private let reallocation: Reallocation
  private let threshold: DropAndGrow.Threshold

  init(_ settings: RecipeReader) throws(RecipeError) {
    fraction = try settings.double("fraction", default: 0.3, in: 0...1)
    decay = try settings.choice("decay", default: .cosine)
    every = try settings.int("every", in: 1...Int(Int32.max), of: "steps (an epoch, if left out)")
    until = try settings.double("until", default: 0.75, in: 0...1)
    leaving = try settings.choice("leaving", default: .magnitude)
    let usual = DropAndGrow.Threshold()
    threshold = DropAndGrow.Threshold(
      start: try settings.double("threshold", default: usual.start),
      tolerance: try settings.double("tolerance", default: usual.tolerance, in: 0...1))
    if leaving != .threshold,
      let key = ["threshold", "tolerance"].first(where: settings.keys.contains)
    {
      throw .combination(
        at: settings.place(of: key),
        reason:
          "\(key) says how weights leave by a threshold; write leaving: threshold, or leave it out")
    }
    reallocation = try settings.choice("reallocation", default: .own)
    let (name, reader) = try settings.part("regrowth", default: GradientRegrowth.name)
    regrowth = try reader.configuring(at: settings.place(of: "regrowth")) {
      (written) throws(PruningError) in try Regrowths.named(name, written)
    }
    do throws(TrainingError) { _ = try movement(1) } catch {
      throw .combination(at: settings.place, reason: "\(error)")
    }
  }

  var parts: [String: String] {
    var parts = ["regrowth": type(of: regrowth).name]
    if reallocation != .own { parts["reallocation"] = reallocation.rawValue }
    return parts
  }
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
      leaving: leaving, regrowth: regrowth, reallocation: reallocation, threshold: threshold)
  }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? DropAndGrow else { return [:] }
    return [
      "mask updates": Double(plugin.updates),
      "exploration rate": try plugin.explorationRate(),
    ]
  }
}
