// Transposed convolution in one to three spatial axes.

import Network
import Torch

/// Transposed convolution: each input element spreads its weight over the output.
enum ConvTranspose: Computation {
  static let names = ["ConvTranspose"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let groups = site.node.int("group", default: 1)
    let stride = site.node.ints("strides") ?? [1]
    let dilation = site.node.ints("dilations") ?? [1]
    let extra = site.node.ints("output_padding") ?? [0]
    if let padding = site.symmetricPadding(), site.node.ints("output_shape") == nil,
      extra.allSatisfy({ $0 == 0 })
    {
      return { x, _ throws(TorchError) in
        [
          try x[0].convolution(
            x[1], bias: x.optional(2), stride: stride, padding: padding, dilation: dilation,
            transposed: true, groups: groups)
        ]
      }
    }
    return { x, _ throws(TorchError) in
      let (input, weight) = (try x[0], try x[1])
      let spread = try input.convolution(
        weight, stride: stride, dilation: dilation, transposed: true, groups: groups)
      let pads = try margins(site, input: input, spread: spread, x)
      let y = try spread.pad(Window.padding(pads.begin.map { -$0 }, pads.end.map { -$0 }))
      guard let bias = x.optional(2) else { return [y] }
      return [try y + bias.reshape([-1] + Array(repeating: 1, count: y.rank - 2))]
    }
  }

  /// What to cut from both ends of the spatial axes of the full result; negative adds zeros.
  private static func margins(
    _ site: Site, input: Tensor, spread: Tensor, _ x: Inputs
  ) throws(TorchError) -> (begin: [Int], end: [Int]) {
    let node = site.node
    let rank = input.rank - 2
    let auto = node.string("auto_pad", default: "NOTSET")
    let same = auto.hasPrefix("SAME")
    let pads = auto == "VALID" ? nil : node.ints("pads")
    let extra = node.ints("output_padding")
    let strides = node.ints("strides")
    let stated = node.ints("output_shape").map { Array($0.suffix(rank)) }
    for (key, list, count) in [
      ("pads", pads, 2 * rank), ("output_padding", extra, rank), ("strides", strides, rank),
      ("output_shape", stated, rank),
    ] {
      guard let list else { continue }
      guard list.count == count, list.allSatisfy({ (0...1 << 31).contains($0) }) else {
        throw site.failure(x, "\(key) = \(list) does not fit \(rank) spatial axes")
      }
    }
    var (begin, end): ([Int], [Int]) = ([], [])
    for axis in 0..<rank {
      let addition = extra?[axis] ?? 0
      let full = spread.shape[axis + 2] + addition
      guard
        let target = stated?[axis] ?? (same ? input.shape[axis + 2] * (strides?[axis] ?? 1) : nil)
      else {
        begin.append(pads?[axis] ?? 0)
        end.append((pads?[axis + rank] ?? 0) - addition)
        continue
      }
      // Operators sets agree that the padding is shared out, the odd one at the end for SAME_UPPER.
      let total = max(0, full - target)
      let first = auto == "SAME_UPPER" ? total / 2 : total - total / 2
      begin.append(first)
      end.append(full - first - target - addition)
    }
    return (begin, end)
  }
}
