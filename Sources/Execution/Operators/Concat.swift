// Tensors joined along an axis, and parted.

import Network
import Torch

/// Tensors joined along `axis`.
enum Concat: Computation {
  static let names = ["Concat"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let axis = site.node.int("axis", default: 1)
    return { x, _ throws(TorchError) in [try Tensor.cat(x.present, axis: axis)] }
  }
}

/// A tensor parted along `axis`, in stated or equal sizes.
enum Split: Computation {
  static let names = ["Split"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let axis = site.node.int("axis", default: 0)
    let stated = site.integers("split", orInput: 1)
    let count = site.node.outputs.count
    guard count > 0 else { throw site.invalid("it has no outputs") }
    return { x, _ throws(TorchError) in
      let input = try x[0]
      if let sizes = try stated(x) { return try input.split(sizes, axis: axis) }
      let extent = input.shape[try site.axis(axis, rank: input.rank, x)]
      let part = (extent + count - 1) / count
      let sizes = (0..<count).map { max(0, min(part, extent - $0 * part)) }
      return try input.split(sizes, axis: axis)
    }
  }
}
