// Elements written into a copy of a tensor, alone or combined with what stands there.

import Network
import Torch

/// How a written element combines with the one that stands there.
enum ScatterReduction: String {
  case none, add, mul, max, min

  /// What the `reduction` attribute of the node states.
  init(_ site: Site) throws(ExecutionError) {
    let name = site.node.string("reduction", default: "none")
    guard let known = ScatterReduction(rawValue: name) else {
      throw site.invalid("the reduction '\(name)' is not known")
    }
    self = known
  }

  /// A copy of `data` with `updates` written along `axis` at `indices`.
  func scatter(
    _ data: Tensor, axis: Int, _ indices: Tensor, _ updates: Tensor
  ) throws(TorchError) -> Tensor {
    let name: String
    switch self {
    case .none: return try data.scatter(axis: axis, indices, updates)
    case .add: return try data.scatterAdd(axis: axis, indices, updates)
    case .mul: name = "prod"
    case .max: name = "amax"
    case .min: name = "amin"
    }
    return try Torch.Operator.scatterReduce.tensor(
      .tensor(data), .int(axis), .tensor(indices), .tensor(updates), .string(name), .bool(true))
  }
}

/// `ScatterElements`, and `Scatter` before operator set 11: the inverse of `GatherElements`.
enum ScatterElements: Computation {
  static let names = ["Scatter", "ScatterElements"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis", default: 0)
    let reduction = try ScatterReduction(site)
    return { x, _ throws(TorchError) in
      let data = try x[0]
      let axis = try site.axis(stated, rank: data.rank, x)
      let indices = try Positions.fromFront(x[1], extent: data.shape[axis])
      return [try reduction.scatter(data, axis: axis, indices, x[2])]
    }
  }
}

/// `ScatterND`: slices written at tuples of indices, the inverse of `GatherND`.
enum ScatterND: Computation {
  static let names = ["ScatterND"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let reduction = try ScatterReduction(site)
    return { x, _ throws(TorchError) in
      let (data, tuples, updates) = (try x[0], try x[1], try x[2])
      let length = tuples.shape.last ?? 0
      guard tuples.rank > 0, length <= data.rank else {
        throw site.failure(x, "tuples of \(length) indices do not fit \(data.rank) axes")
      }
      // The indexed axes become one, whose positions follow from the tuples.
      let shape = data.shape
      let (places, slice) = (shape[..<length].reduce(1, *), shape[length...].reduce(1, *))
      var position = try Tensor.zeros(
        Array(tuples.shape.dropLast()), type: .int64, device: data.device)
      for (axis, index) in try tuples.unbind(axis: -1).enumerated() {
        position =
          try position * Int64(shape[axis])
          + Positions.fromFront(index, extent: shape[axis])
      }
      let rows = position.count
      let written = try reduction.scatter(
        data.reshape([places, slice]), axis: 0,
        position.reshape([rows, 1]).expand([rows, slice]), updates.reshape([rows, slice]))
      return [try written.reshape(shape)]
    }
  }
}

/// `TensorScatter`: a run of slices written along `axis`, from a place of its own in each sample.
enum TensorScatter: Computation {
  static let names = ["TensorScatter"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis", default: -2)
    let isCircular = site.node.string("mode", default: "linear") == "circular"
    return { x, _ throws(TorchError) in
      let (cache, update) = (try x[0], try x[1])
      let axis = try site.axis(stated, rank: cache.rank, x)
      guard axis > 0, update.rank == cache.rank else {
        throw site.failure(x, "the axis \(stated) is that of the batch, or the ranks differ")
      }
      var shape = Array(repeating: 1, count: cache.rank)
      shape[axis] = update.shape[axis]
      var places = try Tensor.arange(to: .int(Int64(update.shape[axis])), device: cache.device)
        .reshape(shape)
      if let starts = x.optional(2) {
        places =
          try places
          + starts.to(type: .int64).reshape([-1] + Array(repeating: 1, count: cache.rank - 1))
      }
      if isCircular { places = try places.remainder(Tensor(Int64(cache.shape[axis]))) }
      return [try cache.scatter(axis: axis, places.expand(update.shape), update)]
    }
  }
}

extension Torch.Operator {
  fileprivate static let scatterReduce = Torch.Operator("scatter_reduce", "two")
}
