// `average` in recipes: a training ends with the average of its parameters.

import Training

/// The key `average` of the stage `train`; see `ParameterAverage`.
///
/// ```yaml
/// average: {decay: 0.999}
/// ```
struct AveragePart: TrainingPart {
  static let name = "average"
  static let summary = "ends with the parameters' average over its steps (Polyak and Juditsky 1992)"

  private let decay: Double

  init(_ settings: RecipeReader) throws(RecipeError) {
    decay = try settings.double("decay", default: 0.999, in: 0...1)
    do throws(TrainingError) { _ = try ParameterAverage(decay: decay) } catch {
      throw .combination(at: settings.place, reason: "\(error)")
    }
  }

  var prunes: Bool { false }
  var keepsForm: Bool { true }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin {
    try ParameterAverage(decay: decay)
  }
}
