// Tensors repeated, picked apart, reversed and cut to size.

import Network
import Torch

/// `Tile`: the tensor repeated along each axis.
enum Tile: Computation {
  static let names = ["Tile"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let repeats = site.integers(atInput: 1)
    return { x, _ throws(TorchError) in [try x[0].tile(repeats(x) ?? [])] }
  }
}

/// `Compress`: the slices along an axis, or the elements, where a condition holds.
enum Compress: Computation {
  static let names = ["Compress"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.int("axis")
    return { x, _ throws(TorchError) in
      let input = try stated == nil ? x[0].flatten() : x[0]
      let axis = try site.axis(stated ?? 0, rank: input.rank, x)
      let places = try x[1].nonzero().reshape([-1])
      return [try input.indexSelect(axis: axis, places)]
    }
  }
}

/// `OneHot`: one value at each index along a new axis, another elsewhere.
enum OneHot: Computation {
  static let names = ["OneHot"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let statedAxis = site.node.int("axis", default: -1)
    return { x, _ throws(TorchError) in
      let (indices, values) = (try x[0].to(type: .int64), try x[2])
      let stated = try x[1].to(type: .float64).scalar()
      guard let depth = Int(exactly: stated.rounded(.towardZero)), depth > 0, values.count == 2
      else {
        throw site.failure(x, "the depth \(stated) or the \(values.count) values make no sense")
      }
      let axis = try site.axis(statedAxis, rank: indices.rank + 1, x)
      var shape = Array(repeating: 1, count: indices.rank + 1)
      shape[axis] = depth
      let classes = try Tensor.arange(to: .int(Int64(depth)), device: indices.device).reshape(shape)
      let hits = try Positions.fromFront(indices, extent: depth).unsqueeze(axis).equal(classes)
      return [try values.select(axis: 0, 1).where(hits, else: values.select(axis: 0, 0))]
    }
  }
}

/// `ReverseSequence`: the first elements along the time axis in reverse, as many as each sample has.
enum ReverseSequence: Computation {
  static let names = ["ReverseSequence"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let batch = site.node.int("batch_axis", default: 1)
    let time = site.node.int("time_axis", default: 0)
    guard batch != time, (0...1).contains(batch), (0...1).contains(time) else {
      throw site.invalid("batch axis \(batch) and time axis \(time) are not the first two")
    }
    return { x, _ throws(TorchError) in
      let input = try x[0]
      guard input.rank > 1 else { throw site.failure(x, "two axes were expected") }
      let steps = try Tensor.arange(to: .int(Int64(input.shape[time])), device: input.device)
        .unsqueeze(batch)
      let lengths = try x[1].to(type: .int64).unsqueeze(time)
      // Position t takes from length - 1 - t while t is within the sequence.
      var source = try (lengths - 1 - steps).where(steps.less(lengths), else: steps)
      for _ in 2..<max(2, input.rank) { source = try source.unsqueeze(-1) }
      return [try input.gather(axis: time, source.expand(input.shape))]
    }
  }
}

/// `CenterCropPad`: cut or filled with zeros around the centre, to a given size.
enum CenterCropPad: Computation {
  static let names = ["CenterCropPad"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let stated = site.node.ints("axes")
    let target = site.integers(atInput: 1)
    return { x, _ throws(TorchError) in
      var y = try x[0]
      let axes = try site.axes(stated ?? Array(0..<y.rank), rank: y.rank, x)
      guard let sizes = try target(x), sizes.count == axes.count, sizes.allSatisfy({ $0 >= 0 })
      else { throw site.failure(x, "the sizes do not fit the \(axes.count) axes") }
      for (axis, size) in zip(axes, sizes) {
        let extent = y.shape[axis]
        if size <= extent {
          y = try y.narrow(axis: axis, start: (extent - size) / 2, length: size)
        } else {
          let before = (size - extent) / 2
          let padding = Array(repeating: 0, count: 2 * (y.rank - 1 - axis))
          y = try y.pad(padding + [before, size - extent - before])
        }
      }
      return [y]
    }
  }
}
