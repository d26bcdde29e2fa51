// The update of Optimal Brain Surgeon: every other parameter moves to the minimum of the quadratic model.
//
// B. Hassibi, D. G. Stork, NIPS 1992 (see OBS). With the set Q of weights that leave, one after the other
// or at once, the others come to
//
//   w - H^-1_{:,Q} (H^-1_QQ)^-1 w_Q,
//
// the minimum of 1/2 dw^T H dw with w_Q + dw_Q = 0. Biases move as well.

import Network
import Torch

/// All parameters after the removal of weights, by the inverse Hessian.
public struct SurgeonUpdate: WeightReconstruction {
  public static let name = "obs"
  public static let summary =
    "all other weights move by the full inverse Hessian (Hassibi and Stork 1992)"

  /// What the Hessian starts from: `H_0 = alpha I`.
  public var alpha = OBS().alpha

  /// The update as in the paper.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    alpha = try settings.double("alpha", default: alpha, in: 1e-12...1)
  }

  public func reconstructed(
    _ survey: Survey, keeping masks: ElementMasks
  ) throws(PruningError) -> (network: Network, measures: [String: Double]) {
    var hessian = try InverseHessian(survey, alpha: alpha)
    let leaving = masks.kept.keys.sorted().flatMap { name in
      hessian.places(of: name) { !(masks.kept[name]?[$0] ?? true) }
    }
    let start = hessian.values
    let (values, rise) = try engine { () throws(TorchError) in
      try withoutGradients { () throws(TorchError) in
        let index = try Tensor(leaving.map(Int64.init), device: start.device)
        let gone = try start.indexSelect(axis: 0, index).reshape([-1, 1])
        let block = try hessian.inverse.indexSelect(axis: 0, index).indexSelect(axis: 1, index)
        let rise = try leaving.isEmpty ? 0 : (gone * block.solve(gone)).sum().scalar() / 2
        try hessian.remove(all: leaving)
        return (try hessian.values.values(as: Double.self), rise)
      }
    }
    var network = survey.network
    for (position, name) in hessian.names.enumerated() {
      network = try network.setting(
        name, to: Array(values[hessian.offsets[position]..<hessian.offsets[position + 1]]))
    }
    return (network, ["predicted rise of the loss": rise])
  }
}
