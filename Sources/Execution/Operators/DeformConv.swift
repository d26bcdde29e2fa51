// Convolution whose kernel looks where offsets, computed for each place, send it.

import Network
import Torch

/// `DeformConv`: each weight meets the bilinear sample at its place plus an offset, times a mask.
///
/// Inputs: x [N, C, H, W], w [M, C / group, k1, k2], offsets [N, groups k1 k2 2, O1, O2] (rows before
/// columns), b [M], mask [N, groups k1 k2, O1, O2]. Two spatial axes are computed.
enum DeformConv: Computation {
  static let names = ["DeformConv"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let groups = site.node.int("group", default: 1)
    let parts = site.node.int("offset_group", default: 1)
    guard groups > 0, parts > 0 else {
      throw site.invalid("\(groups) groups with \(parts) groups of offsets make no sense")
    }
    return { x, _ throws(TorchError) in
      let (input, weight, offsets) = (try x[0], try x[1], try x[2])
      let w = weight.shape
      guard input.rank == 4, w.count == 4, offsets.rank == 4, input.shape[1] % parts == 0,
        w[0] % groups == 0, w[1] * groups == input.shape[1]
      else { throw site.failure(x, "two spatial axes and channels that fit were expected") }
      let window = try site.window(over: input, kernel: Array(w[2...]), x)
      let (n, channels) = (input.shape[0], input.shape[1])
      let (taps, output) = (w[2] * w[3], window.output)
      let places = output[0] * output[1]
      guard offsets.shape == [n, parts * taps * 2] + output else {
        throw site.failure(x, "the offsets do not fit kernel and output")
      }
      // Where each tap of the kernel looks: [N, parts, taps, 2, O1, O2].
      let moved = try offsets.reshape([n, parts, taps, 2] + output)
      func coordinates(_ axis: Int) throws(TorchError) -> Tensor {
        let tap = (0..<taps).map { axis == 0 ? $0 / w[3] : $0 % w[3] }
        let bases = tap.map { Double($0 * window.dilations[axis] - window.padBegin[axis]) }
        let steps = (0..<output[axis]).map { Double($0 * window.strides[axis]) }
        let start = try Tensor(bases, shape: [taps, 1, 1], device: input.device)
        let shape = axis == 0 ? [output[0], 1] : [1, output[1]]
        let place = try start + Tensor(steps, shape: shape, device: input.device)
        return try moved.select(axis: 3, axis) + place.to(type: input.type)
      }
      var columns = try samples(
        input.reshape([n, parts, channels / parts, input.shape[2], input.shape[3]]),
        rows: coordinates(0), columns: coordinates(1))
      if let mask = x.optional(4) {
        columns = try columns * mask.reshape([n, parts, 1, taps] + output)
      }
      // [N, groups, C / groups x taps, places] under the weight of each group.
      let patches = try columns.reshape([n, groups, w[1] * taps, places])
      let kernels = try weight.reshape([groups, w[0] / groups, w[1] * taps])
      let y = try kernels.matmul(patches).reshape([n, w[0]] + output)
      guard let bias = x.optional(3) else { return [y] }
      return [try y + bias.reshape([-1, 1, 1])]
    }
  }

  /// Bilinear samples of pictures [N, parts, C, H, W] at places [N, parts, taps, O1, O2], zero
  /// outside: [N, parts, C, taps, O1, O2].
  private static func samples(
    _ pictures: Tensor, rows: Tensor, columns: Tensor
  ) throws(TorchError) -> Tensor {
    let (height, width) = (pictures.shape[3], pictures.shape[4])
    let (n, parts, channels) = (pictures.shape[0], pictures.shape[1], pictures.shape[2])
    let flat = try pictures.reshape([n, parts, channels, height * width])
    let (top, left) = (try rows.floor(), try columns.floor())
    let (down, right) = (try rows - top, try columns - left)
    var sum: Tensor?
    for (row, rowWeight) in [(top, try 1 - down), (try top + 1, down)] {
      for (column, columnWeight) in [(left, try 1 - right), (try left + 1, right)] {
        let isInside = try row.greaterOrEqual(0).logicalAnd(row.less(.int(Int64(height))))
          .logicalAnd(column.greaterOrEqual(0)).logicalAnd(column.less(.int(Int64(width))))
        let weight = try rowWeight * columnWeight * isInside.to(type: pictures.type)
        let position =
          try row.clamp(min: 0, max: .int(Int64(height - 1))) * Double(width)
          + column.clamp(min: 0, max: .int(Int64(width - 1)))
        let index = try position.to(type: .int64).reshape([n, parts, 1, -1])
        let picked = try flat.gather(axis: 3, index.expand([n, parts, channels, index.shape[3]]))
          .reshape([n, parts, channels] + rows.shape[2...])
        let part = try picked * weight.unsqueeze(2)
        if let known = sum { sum = try known + part } else { sum = part }
      }
    }
    return sum ?? pictures
  }
}
