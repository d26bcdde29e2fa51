// `frozen` in recipes: layers that a training leaves as they are.

import Network
import Pruning
import Training

/// The key `frozen` of the stage `train`; see `FrozenLayers`.
///
/// ```yaml
/// frozen: {layers: ["conv*", bn1]}    # names of layers or of their tensors
/// ```
/// Their weights, biases and running statistics are the same bytes after the training. What other parts of
/// the training mask, they mask in these layers too, unless they exclude them.
struct FrozenPart: TrainingPart {
  static let name = "frozen"
  static let summary =
    "layers that do not train (retraining of some layers, on the edge for example)"

  private let layers: LayerPatterns

  init(_ settings: RecipeReader) throws(RecipeError) { layers = try LayerPatterns(settings) }

  var prunes: Bool { false }
  var keepsForm: Bool { true }

  func rehearse(on network: Network) throws(PruningError) { try layers.check(network) }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin {
    FrozenLayers { [layers] in layers.fit($0) }
  }
}
