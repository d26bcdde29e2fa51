// Rewinding: the surviving weights go back to what they were at a mark; the masks stay.
//
// J. Frankle, M. Carbin, "The Lottery Ticket Hypothesis", ICLR 2019: back to the initial weights,
//   w <- m x theta_0.
// J. Frankle, G. K. Dziugaite, D. M. Roy, M. Carbin, "Linear Mode Connectivity and the Lottery Ticket
// Hypothesis", ICML 2020: back to those of an early step k,
//   w <- m x theta_k.
// Running statistics go back with the weights, as in the authors' code, which stores both; the
// optimizer of the training that follows begins without memory.

import Network
import Pruning

/// Sets what survives back to a mark, bit for bit.
///
/// ```yaml
/// rewind: {to: start}                     # or a mark of an earlier stage train
/// rewind: {to: start, layers: [conv*]}    # the others stay as they are
/// ```
struct Rewind: Recovery {
  static let name = "rewind"
  static let summary = "surviving weights go back to a mark (Frankle and Carbin 2019, 2020)"

  let mark: Mark
  let layers: LayerPatterns

  init(_ settings: RecipeReader) throws(RecipeError) {
    mark = try settings.mark("to")
    layers = try LayerPatterns(settings)
  }

  var marks: [Mark] { [mark] }

  func rehearse(on network: Network) throws { try layers.check(network) }

  func recover(_ run: inout Run) throws { try run.goBack(to: mark, where: layers.fit) }
}
