// A penalty of one's own: the absolute values of all weights.

import Bonsai

/// Adds `strength sum |w|` over the weights of all layers to the loss.
struct WeightL1: Penalty {
  static let name = "weight-l1"
  static let summary = "sum of absolute weights"

  let strength: Double

  init(_ settings: PartSettings) throws(PruningError) {
    strength = try settings.double("strength", default: 1e-5)
  }

  func term(of model: Model, observed: [String: Tensor]) throws(TorchError) -> Tensor? {
    var sum: Tensor?
    for (_, weight) in model.parameters.sorted(by: { $0.key < $1.key })
    where weight.shape.count > 1 {
      let term = try weight.abs().sum()
      sum = if let sum { try sum + term } else { term }
    }
    return try sum.map { (sum) throws(TorchError) in try sum * strength }
  }
}
