// Batch normalisation, by running statistics or by those of the batch.

import Network
import Torch

/// Batch normalisation of each channel.
///
/// In evaluation mode the running statistics are used, unless the node's `training_mode` asks for
/// those of the batch; then its further outputs are the running ones moved towards them. In training
/// mode the batch's are, and the running ones move in place: `r <- m r + (1 - m) b` with
/// ONNX's momentum `m` and, for the variance, Bessel's correction, as PyTorch does it.
enum BatchNormalization: Computation {
  static let names = ["BatchNormalization"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let epsilon = site.real("epsilon", default: 1e-5)
    let momentum = 1 - site.real("momentum", default: 0.9)
    guard site.node.int("spatial", default: 1) == 1 else {
      throw site.invalid("spatial = 0, statistics by position, is not computed")
    }
    let wantsStatistics = site.node.outputs.count > 1
    let usesBatch = site.node.int("training_mode", default: 0) != 0
    return { x, run throws(TorchError) in
      let (mean, variance) = (try x[3], try x[4])
      if usesBatch, !run.mode.isTraining {
        let y = try x[0].batchNorm(
          weight: x[1], bias: x[2], runningMean: nil, runningVariance: nil, training: true,
          momentum: momentum, epsilon: epsilon)
        guard wantsStatistics else { return [y] }
        let axes = try [0] + Array(2..<max(2, x[0].rank))
        let spread = try x[0].variance(axes, correction: 0)
        return [
          y, try mean.lerp(x[0].mean(axes), weight: .double(momentum)),
          try variance.lerp(spread, weight: .double(momentum)),
        ]
      }
      let y = try x[0].batchNorm(
        weight: x[1], bias: x[2], runningMean: mean, runningVariance: variance,
        training: run.mode.isTraining, momentum: momentum, epsilon: epsilon)
      return wantsStatistics ? [y, mean, variance] : [y]
    }
  }
}
