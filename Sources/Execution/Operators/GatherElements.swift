// Elements picked one by one: by an index along one axis, or by tuples of indices.

import Network
import Torch

/// `GatherElements`: from each line along `axis`, the elements that `indices` name.
enum GatherElements: Computation {
  static let names = ["GatherElements"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis", default: 0)
    return { x, _ throws(TorchError) in
      let data = try x[0]
      let axis = try site.axis(stated, rank: data.rank, x)
      return [try data.gather(axis: axis, Positions.fromFront(x[1], extent: data.shape[axis]))]
    }
  }
}

/// `GatherND`: the slices of `data` at tuples of indices, the first `batch_dims` axes in step.
enum GatherND: Computation {
  static let names = ["GatherND"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let batch = site.node.int("batch_dims", default: 0)
    return { x, _ throws(TorchError) in
      let (data, indices) = (try x[0], try x[1].to(type: .int64))
      let tuple = indices.shape.last ?? 0
      guard batch >= 0, indices.rank > batch, batch + tuple <= data.rank else {
        throw site.failure(x, "tuples of \(tuple) indices do not fit behind \(batch) batch axes")
      }
      if batch == 0 {
        return [tuple == 0 ? data : try data.index(indices.unbind(axis: -1))]
      }
      // The batch axes are indexed too, each by its own positions, which broadcast with the tuples'.
      let places = indices.rank - 1
      var picks: [Tensor] = []
      for axis in 0..<batch {
        var shape = Array(repeating: 1, count: places)
        shape[axis] = data.shape[axis]
        picks.append(
          try Tensor.arange(to: .int(Int64(data.shape[axis])), device: data.device).reshape(shape))
      }
      return [try data.index(picks + indices.unbind(axis: -1))]
    }
  }
}

/// Positions along an axis.
enum Positions {
  /// `indices` as int64, those counted from the end counted from the front.
  static func fromFront(_ indices: Tensor, extent: Int) throws(TorchError) -> Tensor {
    let positions = try indices.to(type: .int64)
    return try (positions + Int64(extent)).where(positions.less(0), else: positions)
  }
}
