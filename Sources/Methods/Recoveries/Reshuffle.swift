// Reshuffling: what survives gets the first values of other survivors of its layer.
//
// H. Zhou et al., "Deconstructing Lottery Tickets", NeurIPS 2019, section 3: a mask-1 action. The first
// values of a layer's kept weights are permuted among themselves; on request each keeps its own sign.

import Data
import Network
import Pruning

/// Permutes what surviving weights were at a mark, layer by layer.
///
/// ```yaml
/// reshuffle: {of: start, signs: false}     # signs: true lets every weight keep its sign
/// ```
/// Biases, normalisation and running statistics go back to the mark.
struct Reshuffle: Recovery {
  static let name = "reshuffle"
  static let summary = "surviving weights swap their first values in a layer (Zhou et al. 2019)"

  let mark: Mark
  let keepsSigns: Bool

  init(_ settings: RecipeReader) throws(RecipeError) {
    mark = try settings.mark("of")
    keepsSigns = try settings.bool("signs", default: false)
  }

  var marks: [Mark] { [mark] }

  func recover(_ run: inout Run) throws {
    try run.goBack(to: mark)
    var random = RandomState(seed: run.taskSeed)
    let masks = run.masks
    try run.changeWeights { name, values in
      let kept = values.indices.filter { masks.kept[name]?[$0] ?? true }
      let order = random.permutation(kept.count)
      let first = values
      for (place, source) in zip(kept, order) {
        let value = first[kept[source]]
        values[place] = keepsSigns ? (first[place] < 0 ? -abs(value) : abs(value)) : value
      }
    }
  }
}
