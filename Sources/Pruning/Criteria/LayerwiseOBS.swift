// Layer-wise Optimal Brain Surgeon: what the error of a weight's own layer rises by without it.
//
// X. Dong, S. Chen, S. J. Pan, "Learning to Prune Deep Neural Networks via Layer-wise Optimal Brain
// Surgeon", NIPS 2017 (see LayerInputs):
//
//   L_q = theta_q^2 / (2 [Psi^-1]_qq)
//
// for entry q of any output's row. No labels are looked at and no gradient is taken. All entries of a layer
// are sorted once; `reconstruction: l-obs` then changes the rows. `ranking: exact` sorts them as they would
// be if every removal were made good before the next is chosen, which suits `update: exact` (see
// SurgeonOrder) and costs the cube of a row's length for each row. The paper gives each layer a fraction
// of its own: write `allocation: uniform`, with `rates` where they differ. Biases are changed and stay.

import Network
import Torch

/// `L = theta^2 / (2 [Psi^-1]_qq)` with Psi the second moment of the layer's inputs.
public struct LayerwiseOBS: Criterion {
  public static let name = "l-obs"
  public static let summary =
    "rise of the layer's own error, over data without labels (Dong et al. 2017)"
  public static let needs: Evidence = .examples

  /// How the entries of a row are put in order.
  public enum Ranking: String, Sendable, CaseIterable {
    /// All at once, as in the paper.
    case once
    /// Anew after every removal.
    case exact
  }

  /// How many output positions of each example are looked at.
  public var positions = 10.0
  /// How the entries of a row are put in order.
  public var ranking = Ranking.once

  /// The criterion as in the paper.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    positions = try settings.double("positions", default: positions, in: 1...1e6)
    ranking = try settings.choice("ranking", default: ranking)
  }

  public func evidence(from survey: Survey) throws(PruningError) -> [String: [Double]] {
    let model = try survey.model()
    var scores: [String: [Double]] = [:]
    for moment in try LayerMoment.all(of: survey, model, positions: Int(positions)) {
      let layer = moment.layer
      guard let weight = model.parameters[layer.weight] else { continue }
      scores[layer.weight] = try engine { () throws(TorchError) in
        let bias = try layer.bias.flatMap { model.parameters[$0] }?.detached()
        let rows = try layer.weights(weight.detached(), bias)
        let inverses = try moment.inverses()
        let rise = try zip(rows, inverses).map { (rows, inverse) throws(TorchError) in
          try ranking == .exact
            ? SurgeonOrder.rises(rows, inverse, hasBias: bias != nil)
            : rows.square() / (inverse.diagonal().reshape([-1, 1]) * 2.0)
        }
        return try layer.parts(of: rise, shape: weight.shape).weight.values(as: Double.self)
      }
    }
    for name in survey.weights where scores[name] == nil {
      throw .combination(
        "l-obs takes convolutions and linear layers that read their weight directly, and not "
          + "'\(name)'; exclude it, or choose another criterion")
    }
    return scores
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try mean(name, in: subject).map { Float($0) }
  }

  public func comparable(_ scores: [Double]) -> [Double] { scores }
}
