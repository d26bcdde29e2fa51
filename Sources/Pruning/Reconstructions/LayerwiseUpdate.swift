// The update of layer-wise Optimal Brain Surgeon, and its bound on the error of the outputs.
//
// X. Dong, S. Chen, S. J. Pan, "Learning to Prune Deep Neural Networks via Layer-wise Optimal Brain
// Surgeon", NIPS 2017. For each entry q that leaves a row theta, in the order of rising sensitivity,
//
//   theta <- theta - theta_q / [Psi^-1]_qq Psi^-1 e_q,     then theta_q = 0, and what left before = 0,
//
// with the row's present value and the same inverse throughout (`update: sequential`). `update: exact`
// is where rows would come to if each also took its own inverse along: least squares on what is left,
// theta_K + Psi_KK^-1 Psi_KQ theta_Q. All rows of a layer go on side by side, as no row looks at another.
//
// The error bound of the paper's theorem, for a chain of layers with activations of slope at most 1:
//
//   1/sqrt(n) |Y^ - Y|_F <= sum_k sqrt(E_k) prod_{l > k} |Theta^_l|,     E_k = 1/n |Z^_k - Z_k|_F^2,
//
// here with the spectral norm of linear layers, and of a convolution the sum of those of its kernel's
// positions, which is no less than the norm of the map.

import Execution
import Network
import Torch

/// Rows changed as each of their entries leaves, by the inverse second moment of the layer's inputs.
public struct LayerwiseUpdate: WeightReconstruction {
  /// How a row follows the entries that leave it.
  public enum Update: String, Sendable, CaseIterable {
    /// One entry after the other, as in the paper.
    case sequential
    /// Least squares on the entries that are left.
    case exact
  }

  public static let name = "l-obs"
  public static let summary =
    "rows of each layer move by the second moment of its inputs (Dong et al. 2017)"

  /// How a row follows the entries that leave it.
  public var update = Update.sequential
  /// How many output positions of each example are looked at.
  public var positions = LayerwiseOBS().positions

  /// The update as in the paper.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    update = try settings.choice("update", default: update)
    positions = try settings.double("positions", default: positions, in: 1...1e6)
  }

  public func reconstructed(
    _ survey: Survey, keeping masks: ElementMasks
  ) throws(PruningError) -> (network: Network, measures: [String: Double]) {
    let model = try survey.model()
    var network = survey.network
    var errors: [ErrorBound.Layer] = []
    for moment in try LayerMoment.all(of: survey, model, positions: Int(positions)) {
      let layer = moment.layer
      guard let weight = model.parameters[layer.weight], let kept = masks.kept[layer.weight] else {
        continue
      }
      let bias = layer.bias.flatMap { model.parameters[$0] }
      let stays = kept.map { $0 ? 1 : 0 as Double }
      let (solved, error) = try engine { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in
          let ones = try Tensor(stays, shape: weight.shape, device: weight.device)
          let always = try bias.map { (bias) throws(TorchError) in
            try Tensor.ones(bias.shape, type: .float64, device: bias.device)
          }
          let rows = try layer.weights(weight, bias)
          let alive = try layer.weights(ones, always)
          var (solved, error) = ([Tensor](), 0.0)
          for (group, moment) in moment.moments.enumerated() {
            let found = try corrected(rows[group], keeping: alive[group], moment)
            let change = try found - rows[group]
            error += try (change * moment.mm(change)).sum().scalar()
            solved.append(found)
          }
          return (try layer.parts(of: solved, shape: weight.shape), max(0, error))
        }
      }
      let values = try engine { () throws(TorchError) in
        (
          try solved.weight.values(as: Double.self),
          try solved.bias.map { (bias) throws(TorchError) in try bias.values(as: Double.self) }
        )
      }
      network = try network.setting(layer.weight, to: values.0)
      if let name = layer.bias, let values = values.1 {
        network = try network.setting(name, to: values)
      }
      errors.append(
        try ErrorBound.Layer(layer, solved.weight, error: error * Double(moment.positions)))
    }
    // What is not a layer of this kind loses its weights all the same.
    network = try network.masked(by: masks)
    var measures = ["output error": try ErrorBound.measured(survey, network)]
    if let bound = ErrorBound.bound(of: errors, in: network) { measures["error bound"] = bound }
    return (network, measures)
  }

  /// The columns of `rows` `[inputs, outputs]` without the entries that `alive` has at 0.
  private func corrected(
    _ rows: Tensor, keeping alive: Tensor, _ moment: Tensor
  ) throws(TorchError) -> Tensor {
    let ridge = try Tensor.eye(moment.shape[0], type: .float64, device: moment.device)
    let damped = try moment + ridge * LayerMoment.ridge
    return try update == .exact
      ? Self.exact(rows, alive, damped) : Self.sequential(rows, alive, damped)
  }

  /// One entry of each output at a time, in the order of their sensitivity.
  private static func sequential(
    _ rows: Tensor, _ alive: Tensor, _ damped: Tensor
  ) throws(TorchError) -> Tensor {
    let inverse = try damped.cholesky().choleskyInverse()
    let pivots = try inverse.diagonal()
    let present = try rows.notEqual(.double(0)).to(type: .float64)
    let leaving = try (1 - alive) * present
    // What stays, or has left before, stands at the end of the order.
    let last = try (1 - leaving) * Double.greatestFiniteMagnitude
    let rise = try rows.square() / pivots.reshape([-1, 1]) * leaving + last
    let order = try rise.argsort(axis: 0)
    let most = try Int(leaving.sum([0]).max().scalar())
    var theta = rows
    // What is 0 already stays so, unless it may move again: a mask is what keeps it.
    var open = try alive + leaving
    for step in 0..<most {
      let q = try order.select(axis: 0, step)
      let index = try q.reshape([1, -1])
      let active = try leaving.gather(axis: 0, index).reshape([-1])
      let value = try theta.gather(axis: 0, index).reshape([-1])
      let scale = try value / pivots.indexSelect(axis: 0, q) * active
      theta = try theta - inverse.indexSelect(axis: 1, q) * scale
      open = try open.scatter(axis: 0, index, 1 - active.reshape([1, -1]))
      theta = try theta * open
    }
    return try theta * alive
  }

  /// Least squares of each output on the entries that it keeps.
  private static func exact(
    _ rows: Tensor, _ alive: Tensor, _ damped: Tensor
  ) throws(TorchError) -> Tensor {
    let target = try damped.mm(rows)
    let outputs = rows.shape[1]
    let columns = try (0..<outputs).map { (output) throws(TorchError) in
      let mask = try alive.select(axis: 1, output).values(as: Double.self)
      let kept = mask.indices.filter { mask[$0] != 0 }
      if kept.count == mask.count { return try rows.select(axis: 1, output) }
      let zero = try Tensor.zeros([mask.count], type: .float64, device: rows.device)
      if kept.isEmpty { return zero }
      let index = try Tensor(kept.map(Int64.init), device: rows.device)
      let block = try damped.indexSelect(axis: 0, index).indexSelect(axis: 1, index)
      let right = try target.select(axis: 1, output).indexSelect(axis: 0, index).reshape([-1, 1])
      return try zero.indexCopy(axis: 0, index, block.solve(right).reshape([-1]))
    }
    return try Tensor.stack(columns, axis: 1)
  }
}
