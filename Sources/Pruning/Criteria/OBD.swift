// Optimal Brain Damage: what the loss would rise by, to second order, without a weight.
//
// Y. LeCun, J. S. Denker, S. A. Solla, "Optimal Brain Damage", NIPS 1989. At a minimum of the loss the
// gradient is 0; with a diagonal Hessian the rise is
//
//   s_k = 1/2 h_kk w_k^2
//
// with h carried backwards through the network (Curvature). `curvature: full` has the term of the second
// derivative of activations; `gauss-newton`, the default, leaves it out as the paper advises (its
// Levenberg-Marquardt form), so that no score is negative. The network is to be trained: prune in a few
// steps with training between them, as in the paper.

import Network
import Torch

/// `s = h w^2 / 2` with h the diagonal of the Hessian.
public struct OBD: Criterion {
  /// Which second derivatives are carried backwards.
  public enum Form: String, Sendable, CaseIterable {
    /// Squares of first derivatives only.
    case gaussNewton = "gauss-newton"
    /// With the second derivatives of activations.
    case full
  }

  public static let name = "obd"
  public static let summary =
    "diagonal Hessian x weight^2 / 2, over labelled data (LeCun et al. 1989)"
  public static let needs: Evidence = .examples

  /// Which second derivatives are carried backwards.
  public var curvature = Form.gaussNewton

  /// The criterion as in the paper.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    curvature = try settings.choice("curvature", default: curvature)
  }

  public func evidence(from survey: Survey) throws(PruningError) -> [String: [Double]] {
    let way = try Curvature(survey, full: curvature == .full)
    let model = try survey.model(type: .float64)
    let batches = try survey.examples().batches
    var sums = Sums()
    for index in 0..<batches {
      let diagonal = try way.diagonal(of: index)
      try engine { () throws(TorchError) in
        for (name, found) in diagonal {
          guard let weight = try model.parameters[name]?.detached() else { continue }
          try sums.add(weight.square() * found / 2.0, to: name)
        }
      }
    }
    return try sums.means(over: batches)
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try mean(name, in: subject).map { Float($0) }
  }

  public func comparable(_ scores: [Double]) -> [Double] { scores }
}
