// Patches and pooled elements put back where they came from.

import Network
import Torch

/// `Col2Im`: patches [N, C k1 k2..., blocks] added up into an image [N, C, D1, D2, ...].
enum ColumnToImage: Computation {
  static let names = ["Col2Im"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let sizes = site.integers(atInput: 1)
    let kernels = site.integers(atInput: 2)
    return { x, _ throws(TorchError) in
      let input = try x[0]
      guard let size = try sizes(x), let kernel = try kernels(x), size.count == kernel.count,
        input.rank == 3, kernel.allSatisfy({ $0 > 0 })
      else { throw site.failure(x, "the sizes of image and block do not fit") }
      let rank = size.count
      func list(_ key: String, _ count: Int, _ value: Int, least: Int) throws(TorchError) -> [Int] {
        let list = site.node.ints(key) ?? Array(repeating: value, count: count)
        guard list.count == count, list.allSatisfy({ (least...1 << 31).contains($0) }) else {
          throw site.failure(x, "\(key) = \(list) does not fit \(rank) spatial axes")
        }
        return list
      }
      let strides = try list("strides", rank, 1, least: 1)
      let dilations = try list("dilations", rank, 1, least: 1)
      let pads = try list("pads", 2 * rank, 0, least: 0)
      let padded = (0..<rank).map { size[$0] + pads[$0] + pads[$0 + rank] }
      // For each element of a patch and each block, its place in the padded image.
      var place = try Tensor(Int64(0), device: input.device)
      for axis in 0..<rank {
        let blocks = (padded[axis] - dilations[axis] * (kernel[axis] - 1) - 1) / strides[axis] + 1
        var shapes = [Array(repeating: 1, count: 2 * rank), Array(repeating: 1, count: 2 * rank)]
        shapes[0][axis] = kernel[axis]
        shapes[1][axis + rank] = max(0, blocks)
        let offset = try Tensor.arange(to: .int(Int64(kernel[axis])), device: input.device)
        let block = try Tensor.arange(to: .int(Int64(max(0, blocks))), device: input.device)
        place =
          try place * Int64(padded[axis])
          + offset.reshape(shapes[0]) * Int64(dilations[axis])
          + block.reshape(shapes[1]) * Int64(strides[axis])
      }
      let elements = kernel.reduce(1, *)
      guard input.shape[1] % elements == 0, place.count == elements * input.shape[2] else {
        throw site.failure(x, "the patches do not fit the image \(size)")
      }
      let channels = input.shape[1] / elements
      let patches = try input.reshape([input.shape[0] * channels, place.count])
      var image = try Tensor.zeros(
        [patches.shape[0], padded.reduce(1, *)], type: input.type, device: input.device
      ).indexAdd(axis: 1, place.reshape([-1]), patches)
        .reshape([input.shape[0], channels] + padded)
      for axis in 0..<rank {
        image = try image.narrow(axis: axis + 2, start: pads[axis], length: size[axis])
      }
      return [image]
    }
  }
}

/// `MaxUnpool`: pooled elements back at the places they were taken from, zeros elsewhere.
enum MaxUnpool: Computation {
  static let names = ["MaxUnpool"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    guard let kernel = site.node.ints("kernel_shape") else {
      throw site.invalid("it has no kernel_shape")
    }
    let rank = kernel.count
    let strides = site.node.ints("strides") ?? kernel.map { _ in 1 }
    let pads = site.node.ints("pads") ?? Array(repeating: 0, count: 2 * rank)
    guard strides.count == rank, pads.count == 2 * rank,
      (kernel + strides + pads).allSatisfy({ (0...1 << 31).contains($0) })
    else { throw site.invalid("strides or pads do not fit \(rank) spatial axes") }
    return { x, _ throws(TorchError) in
      let (input, places) = (try x[0], try x[1])
      guard input.rank == rank + 2 else {
        throw site.failure(x, "\(rank) spatial axes were expected")
      }
      var shape = Array(input.shape[..<2])
      for axis in 0..<rank {
        let spread = (input.shape[axis + 2] - 1) * strides[axis] + kernel[axis]
        shape.append(max(0, spread - pads[axis] - pads[axis + rank]))
      }
      let count = shape.reduce(1, *)
      var y = try Tensor.zeros([count], type: input.type, device: input.device)
        .scatter(axis: 0, places.flatten(), input.flatten()).reshape(shape)
      guard let wanted = try x.integers(2), wanted.count == shape.count else { return [y] }
      for axis in shape.indices where wanted[axis] > shape[axis] {
        let before = Array(repeating: 0, count: 2 * (shape.count - 1 - axis) + 1)
        y = try y.pad(before + [wanted[axis] - shape[axis]])
      }
      return [y]
    }
  }
}
