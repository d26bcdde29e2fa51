// Optimal Brain Surgeon: in which order weights leave when the others make good for each.
//
// B. Hassibi, D. G. Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS
// 1992. Again and again the weight leaves with the least rise of the loss after the best change of all others:
//
//   q = argmin w_q^2 / (2 [H^-1]_qq),      dw = -w_q / [H^-1]_qq H^-1 e_q,
//
// and the inverse loses row and column q. A score is the place in this order, so that any target cuts the
// order where it should; `reconstruction: obs` then gives the survivors their new values. Biases are
// changed and never leave. For networks of a few thousand parameters.

import Network
import Torch

/// The place of each weight in the order of Optimal Brain Surgeon.
public struct OBS: Criterion {
  public static let name = "obs"
  public static let summary =
    "order of removal by the full inverse Hessian, over labelled data (Hassibi and Stork 1992)"
  public static let needs: Evidence = .examples

  /// What the Hessian starts from: `H_0 = alpha I`.
  public var alpha = 1e-6

  /// The criterion as in the paper.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    alpha = try settings.double("alpha", default: alpha, in: 1e-12...1)
  }

  public func evidence(from survey: Survey) throws(PruningError) -> [String: [Double]] {
    var hessian = try InverseHessian(survey, alpha: alpha)
    let gone = survey.weights.flatMap { name in
      hessian.places(of: name) { !(survey.masks.kept[name]?[$0] ?? true) }
    }
    var alive = survey.weights.flatMap { name in
      hessian.places(of: name) { survey.masks.kept[name]?[$0] ?? true }
    }
    var order = [Double](repeating: 0, count: hessian.offsets.last ?? 0)
    try engine { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        try hessian.remove(all: gone)
        var place = 0.0
        while !alive.isEmpty {
          let index = try Tensor(alive.map(Int64.init), device: hessian.values.device)
          let rise = try hessian.values.square() / (hessian.inverse.diagonal() * 2.0)
          let least = try rise.indexSelect(axis: 0, index).argmin().values(as: Int64.self)[0]
          let q = alive.remove(at: Int(least))
          try hessian.remove(q)
          place += 1
          order[q] = place
        }
      }
    }
    var scores: [String: [Double]] = [:]
    for name in survey.weights {
      scores[name] = hessian.places(of: name) { _ in true }.map { order[$0] }
    }
    return scores
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try mean(name, in: subject).map { Float($0) }
  }

  public func unitScores(of group: Group, in subject: Subject) throws(PruningError) -> [Double] {
    throw .scoresElements(criterion: Self.name)
  }
}
