// The different elements, or slices, of a tensor.

import Network
import Torch

/// `Unique`: the different elements (or slices along an axis), where each comes first, which one
/// stands at each place, and how often each comes.
enum Unique: Computation {
  static let names = ["Unique"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis")
    let isSorted = site.node.int("sorted", default: 1) != 0
    return { x, _ throws(TorchError) in
      let input = try stated == nil ? x[0].flatten() : x[0]
      let axis = try site.axis(stated ?? 0, rank: input.rank, x)
      let found = try Torch.Operator.uniqueSlices.tensors(
        .tensor(input), .int(axis), true, true, true)
      guard found.count == 3 else { throw site.failure(x, "three results were expected") }
      var (values, inverse, counts) = (found[0], found[1], found[2])
      let places = try Tensor.arange(to: .int(Int64(inverse.count)), device: input.device)
      var first = try counts.fullLike(.int(Int64(inverse.count)))
      first = try ScatterReduction.min.scatter(first, axis: 0, inverse, places)
      if !isSorted {
        let order = try first.argsort()
        values = try values.indexSelect(axis: axis, order)
        inverse = try order.argsort().indexSelect(axis: 0, inverse)
        counts = try counts.indexSelect(axis: 0, order)
        first = try first.indexSelect(axis: 0, order)
      }
      return [values, first, inverse, counts]
    }
  }
}

extension Torch.Operator {
  fileprivate static let uniqueSlices = Torch.Operator("unique_dim")
}
