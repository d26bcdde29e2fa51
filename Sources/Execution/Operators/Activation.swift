// Activations and other functions of one tensor, element by element.

import Network
import Torch

/// Functions of one tensor, element by element.
enum ActivationComputation: Computation {
  static let names = ["Identity", "LeakyRelu", "Relu", "Sigmoid", "Tanh"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    switch site.node.op {
    case "Identity": return { x, _ throws(TorchError) in [try x[0]] }
    case "LeakyRelu":
      let slope = Double(site.node.float("alpha", default: 0.01))
      return { x, _ throws(TorchError) in [try x[0].leakyRelu(slope: .double(slope))] }
    case "Relu": return { x, _ throws(TorchError) in [try x[0].relu()] }
    case "Sigmoid": return { x, _ throws(TorchError) in [try x[0].sigmoid()] }
    case "Tanh": return { x, _ throws(TorchError) in [try x[0].tanh()] }
    default: throw site.invalid("it is no activation")
    }
  }
}
