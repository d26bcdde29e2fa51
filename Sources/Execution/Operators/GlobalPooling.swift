// Pooling over all spatial axes.

import Network
import Torch

/// The mean, maximum or p-norm of each channel.
enum GlobalPooling: Computation {
  static let names = ["GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let order = site.node.int("p", default: 2)
    let op = site.node.op
    return { x, _ throws(TorchError) in
      let input = try x[0]
      guard input.rank > 2 else {
        if op == "GlobalLpPool" { return [try input.abs()] }
        return [input]
      }
      let axes = Array(2..<input.rank)
      switch op {
      case "GlobalAveragePool": return [try input.mean(axes, keepAxes: true)]
      case "GlobalMaxPool": return [try input.amax(axes, keepAxes: true)]
      default: return [try input.norm(order: .int(Int64(order)), axes, keepAxes: true)]
      }
    }
  }
}
