// Reinitialising: the surviving weights get new first values under another seed; the masks stay.
//
// The control of J. Frankle, M. Carbin, "The Lottery Ticket Hypothesis", ICLR 2019: w <- m x theta_0'
// with theta_0' drawn as theta_0 was. A ticket that trains as well so owes nothing to its weights. Also
// Z. Liu et al., "Rethinking the Value of Network Pruning", ICLR 2019.

import Network
import Pruning

/// Gives what survives new first values, drawn as the network's own were, with another seed.
///
/// ```yaml
/// reinitialise: {seed: 7}            # without it a seed that the run's own decides
/// reinitialise: {layers: [fc3]}      # the others stay: a ticket of another data set (Morcos et al. 2019)
/// ```
struct Reinitialise: Recovery {
  static let name = "reinitialise"
  static let summary = "surviving weights get new first values (Frankle and Carbin 2019)"

  let mark: Mark
  let layers: LayerPatterns

  init(_ settings: RecipeReader) throws(RecipeError) {
    mark = .redrawn(seed: try settings.int("seed").map(UInt64.init))
    layers = try LayerPatterns(settings)
  }

  var marks: [Mark] { [mark] }

  func rehearse(on network: Network) throws { try layers.check(network) }

  func recover(_ run: inout Run) throws { try run.goBack(to: mark, where: layers.fit) }
}
