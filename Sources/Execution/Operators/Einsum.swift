// Sums of products over named indices.

import Network
import Torch

/// `Einsum`: the products of the operands' elements, summed over the indices the result leaves out.
enum Einsum: Computation {
  static let names = ["Einsum"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let equation = site.node.string("equation", default: "")
    guard !equation.isEmpty else { throw site.invalid("it has no equation") }
    return { x, _ throws(TorchError) in
      [try Torch.Operator.einsum.tensor(.string(equation), .tensors(x.present))]
    }
  }
}

extension Torch.Operator {
  fileprivate static let einsum = Torch.Operator("einsum")
}
