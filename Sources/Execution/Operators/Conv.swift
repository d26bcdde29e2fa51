// Convolution in one to three spatial axes.

import Network
import Torch

/// Convolution with groups, strides, dilation and any padding.
enum Conv: Computation {
  static let names = ["Conv"]

  static func prepare(_ site: Site) throws(ExecutionError) -> Step {
    let groups = site.node.int("group", default: 1)
    let stride = site.node.ints("strides") ?? [1]
    let dilation = site.node.ints("dilations") ?? [1]
    if let padding = site.symmetricPadding() {
      return { x, _ throws(TorchError) in
        [
          try x[0].convolution(
            x[1], bias: x.optional(2), stride: stride, padding: padding, dilation: dilation,
            groups: groups)
        ]
      }
    }
    return { x, _ throws(TorchError) in
      var input = try x[0]
      let weight = try x[1]
      let window = try site.window(over: input, kernel: Array(weight.shape.dropFirst(2)), x)
      var padding = window.padBegin
      if window.padBegin != window.padEnd {
        input = try input.pad(Window.padding(window.padBegin, window.padEnd))
        padding = [0]
      }
      return [
        try input.convolution(
          weight, bias: x.optional(2), stride: stride, padding: padding, dilation: dilation,
          groups: groups)
      ]
    }
  }
}
