// Parts of a tensor picked by index.

import Network
import Torch

/// The slices of `data` along `axis` that `indices` name; negative ones count from the end.
enum Gather: Computation {
  static let names = ["Gather"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis", default: 0)
    return { x, _ throws(TorchError) in
      let data = try x[0]
      let indices = try x[1].to(type: .int64)
      let axis = try site.axis(stated, rank: data.rank, x)
      if axis == 0, data.rank == 2, data.type.isFloatingPoint {
        // A table of word vectors; its gradient is much faster this way.
        let front = try (indices + Int64(data.shape[0])).where(indices.less(0), else: indices)
        return [try data.embedding(front)]
      }
      return [try data.index(Array(repeating: nil, count: axis) + [indices])]
    }
  }
}
