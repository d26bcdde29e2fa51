// The same elements in another shape.

import Network
import Torch

/// `Reshape`: 0 keeps an extent (unless `allowzero`), -1 is worked out.
enum Reshape: Computation {
  static let names = ["Reshape"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let target = site.integers("shape", orInput: 1)
    let allowsZero = site.node.int("allowzero", default: 0) != 0
    return { x, _ throws(TorchError) in
      let input = try x[0]
      guard var shape = try target(x) else { throw site.failure(x, "no shape is given") }
      if !allowsZero, shape.contains(0) {
        let extents = input.shape
        for axis in shape.indices where shape[axis] == 0 {
          guard axis < extents.count else {
            throw site.failure(x, "the shape \(shape) keeps axis \(axis), which does not exist")
          }
          shape[axis] = extents[axis]
        }
      }
      return [try input.reshape(shape)]
    }
  }
}

/// `Flatten`: a matrix, the axes before `axis` as rows and the rest as columns.
enum Flatten: Computation {
  static let names = ["Flatten"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis", default: 1)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      let shape = input.shape
      let axis = stated < 0 ? stated + shape.count : stated
      guard (0...shape.count).contains(axis) else {
        throw site.failure(x, "axis \(stated) does not exist in a tensor of \(shape.count) axes")
      }
      return [
        try input.reshape([shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)])
      ]
    }
  }
}

/// `Squeeze` and `Unsqueeze`: axes of extent 1 dropped or added.
enum Squeeze: Computation {
  static let names = ["Squeeze", "Unsqueeze"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.integers("axes", orInput: 1)
    if site.node.op == "Squeeze" {
      return { x, _ throws(TorchError) in
        let input = try x[0]
        guard let axes = try stated(x) else { return [try input.squeeze()] }
        for axis in try site.axes(axes, rank: input.rank, x) where input.shape[axis] != 1 {
          throw site.failure(
            x, "axis \(axis) has extent \(input.shape[axis]) and cannot be dropped")
        }
        return [try input.squeeze(axes)]
      }
    }
    return { x, _ throws(TorchError) in
      guard let axes = try stated(x) else { throw site.failure(x, "no axes are given") }
      var y = try x[0]
      for axis in try site.axes(axes, rank: y.rank + axes.count, x).sorted() {
        y = try y.unsqueeze(axis)
      }
      return [y]
    }
  }
}
