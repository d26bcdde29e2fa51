// Batch normalisation by shifts: every factor is a power of two, so that no number is multiplied.
//
// M. Courbariaux et al., "Binarized Neural Networks", 2016, algorithm 3. With AP2(x) = sign(x) 2^round(log2
// |x|), over a batch of m numbers of a channel:
//   C(x)  = x - mean(x)
//   s^2   = mean(C(x) AP2(C(x)))
//   x_hat = C(x) AP2(1 / sqrt(s^2 + epsilon))
//   y     = AP2(gamma) x_hat + beta
//
// Where the paper is open: gradients pass AP2 straight through; beta, which the last line of the algorithm
// leaves out, is added, as the paper's programs do it; the running statistics follow the batch's mean and
// its s^2 with the node's own momentum and Bessel's correction, and where the network is used they stand
// in the place of the batch's.

import Execution
import Network
import Torch

/// Batch normalisation whose factors are powers of two (Courbariaux et al. 2016, algorithm 3).
public final class ShiftNormalization: Substitute {
  private let epsilon: Double
  private let momentum: Double

  /// Normalises by shifts where `node` would normalise with real factors.
  public init(_ node: Node) {
    epsilon = Double(node.float("epsilon", default: 1e-5))
    momentum = 1 - Double(node.float("momentum", default: 0.9))
  }

  /// Whether a node is a normalisation that can be done by shifts.
  static func fits(_ node: Node) -> Bool {
    node.op == "BatchNormalization" && node.domain.isEmpty && node.outputs.count == 1
      && node.inputs.count == 5 && node.int("training_mode", default: 0) == 0
  }

  public func compute(_ inputs: Inputs, _ run: RunContext) throws(TorchError) -> [Tensor] {
    let x = try inputs[0]
    guard run.mode.isTraining else {
      let settled = try settled(inputs)
      return [
        try x.batchNorm(
          weight: settled[1], bias: inputs[2], runningMean: inputs[3],
          runningVariance: settled[4], training: false, epsilon: epsilon)
      ]
    }
    var shape = [Int](repeating: 1, count: x.rank)
    shape[1] = x.shape[1]
    let column = Shape(shape)
    let axes = [0] + Array(2..<max(2, x.rank))
    let mean = try x.mean(axes)
    let centred = try x - mean.reshape(column)
    let variance = try (centred * centred.nearestPowerOfTwoStraightThrough()).mean(axes)
    let count = Double(x.count / max(1, x.shape[1]))
    try withoutGradients { () throws(TorchError) in
      let unbiased = try variance.detached() * (count / max(1, count - 1))
      _ = try inputs[3].lerpInPlace(mean.detached(), weight: .double(momentum))
      _ = try inputs[4].lerpInPlace(unbiased, weight: .double(momentum))
    }
    let factor = try shifts(variance, inputs[1])
    return [try centred * factor.reshape(column) + inputs[2].reshape(column)]
  }

  /// A normalisation with variance `1 - epsilon` multiplies by its scale alone, exactly.
  public func settled(_ inputs: Inputs) throws(TorchError) -> [Int: Tensor] {
    let variance = try inputs[4]
    return [1: try shifts(variance, inputs[1]), 4: try variance.zerosLike() + (1 - epsilon)]
  }

  /// `AP2(1 / sqrt(variance + epsilon)) AP2(gamma)`: a power of two for each channel.
  private func shifts(_ variance: Tensor, _ gamma: Tensor) throws(TorchError) -> Tensor {
    try (variance + epsilon).rsqrt().nearestPowerOfTwoStraightThrough()
      * gamma.nearestPowerOfTwoStraightThrough()
  }
}
