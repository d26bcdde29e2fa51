// Extents of 1 stretched.

import Network
import Torch

/// A tensor broadcast with a shape: extents of 1 on either side stretch.
enum Expand: Computation {
  static let names = ["Expand"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let target = site.integers(atInput: 1)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      var shape = try target(x) ?? []
      let extents = input.shape
      if shape.count < extents.count {
        shape = Array(repeating: 1, count: extents.count - shape.count) + shape
      }
      let offset = shape.count - extents.count
      for axis in extents.indices where shape[offset + axis] == 1 {
        shape[offset + axis] = extents[axis]
      }
      return [try input.expand(shape)]
    }
  }
}
