// Signed constants: what survives keeps the sign it had at a mark, and nothing else of it.
//
// H. Zhou et al., "Deconstructing Lottery Tickets", NeurIPS 2019, section 3: a mask-1 action. Each kept
// weight becomes the sign of its first value times one number a layer, the standard deviation of the
// layer's first values: w <- m x sign(w_0) std(w_0). Tickets so train about as well as with their own
// first values, which says that the signs are what matters.

import Network
import Pruning

/// Sets surviving weights to a constant of their layer with the sign they had at a mark.
///
/// ```yaml
/// sign-constant: {of: start}
/// ```
/// Biases, normalisation and running statistics go back to the mark.
struct SignConstant: Recovery {
  static let name = "sign-constant"
  static let summary =
    "surviving weights become constants with their first signs (Zhou et al. 2019)"

  let mark: Mark

  init(_ settings: RecipeReader) throws(RecipeError) { mark = try settings.mark("of") }

  var marks: [Mark] { [mark] }

  func recover(_ run: inout Run) throws {
    try run.goBack(to: mark)
    let past = try run.network(at: mark)
    try run.changeWeights { name, values in
      guard let first = try past.initializers[name]?.tensor.values(as: Float.self) else { return }
      let mean = first.reduce(0) { $0 + Double($1) } / Double(max(first.count, 1))
      let variance = first.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      let deviation = Float((variance / Double(max(first.count, 1))).squareRoot())
      for index in values.indices where values[index] != 0 {
        values[index] = values[index] < 0 ? -deviation : deviation
      }
    }
  }
}
