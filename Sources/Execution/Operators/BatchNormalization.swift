// Batch normalisation, by running statistics or by those of the batch.

import Network
import Torch

/// Batch normalisation of each channel.
///
/// In evaluation mode the running statistics are used, whatever the node's `training_mode` says. In
/// training mode the batch's are, and the running ones move in place: `r <- m r + (1 - m) b` with
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
    return { x, run throws(TorchError) in
      let (mean, variance) = (try x[3], try x[4])
      let y = try x[0].batchNorm(
        weight: x[1], bias: x[2], runningMean: mean, runningVariance: variance,
        training: run.mode.isTraining, momentum: momentum, epsilon: epsilon)
      return wantsStatistics ? [y, mean, variance] : [y]
    }
  }
}
