// `codebook` in recipes: the values that weights share are trained, and the weights follow.

import Pruning
import Training

/// The key `codebook` of the stage `train`; see `CodebookTraining`.
///
/// ```yaml
/// - share: {bits: "conv=8,fc=5"}
/// - train: {epochs: 2, codebook: {}, optimizer: {sgd: {rate: 0.01, momentum: 0.9}}}
/// ```
struct CodebookPart: TrainingPart {
  static let name = "codebook"
  static let summary = "shared values are trained, their weights follow (Han et al. 2016)"

  init(_ settings: RecipeReader) throws(RecipeError) {}

  var prunes: Bool { false }
  var hold: WeightHold { .form }
  var needsSharedValues: Bool { true }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { CodebookTraining() }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    guard let plugin = plugin as? CodebookTraining else { return [:] }
    return ["shared values": Double(plugin.sizes.values.reduce(0, +))]
  }
}
