// Products of matrices, or of stacks of them.

import Network
import Torch

/// The matrix product over the last two axes, the others broadcast.
enum MatMul: Computation {
  static let names = ["MatMul"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    { x, _ throws(TorchError) in [try x[0].matmul(x[1])] }
  }
}
