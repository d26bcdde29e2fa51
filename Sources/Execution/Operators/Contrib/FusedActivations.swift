// Gaussian error units with a bias: what ONNX Runtime's optimiser makes of their parts.

import Network
import Torch

/// `Gelu`, `BiasGelu` (a sum first), `FastGelu` (the form with tanh, a sum first where there are two
/// inputs) and `QuickGelu`, `x sigmoid(alpha x)`.
enum FusedActivation: Computation {
  static let names = ["BiasGelu", "FastGelu", "Gelu", "QuickGelu"]
  static let domain = Contrib.domain

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let alpha = site.real("alpha", default: 1.702)
    let op = site.node.op
    return { x, _ throws(TorchError) in
      var input = try x[0]
      if let bias = x.optional(1) { input = try input + bias }
      if op == "QuickGelu" { return [try input * (input * alpha).sigmoid()] }
      return [try input.gelu(approximate: op == "FastGelu")]
    }
  }
}
