// Convolution in any number of spatial axes, with groups, strides, dilation and padding.

/// Convolution: `y[n, o, p] = b[o] + sum over c, q of w[o, c, q] x[n, c, p s + q d - pad]`.
///
/// Inputs: x [N, C, D1, ...], w [M, C / group, k1, ...], b [M]. Output: [N, M, O1, ...].
enum Conv: Operator {
  static let names = ["Conv"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 3)
    let w = try node.input(1, rank: 3)
    let groups = node.node.int("group", default: 1)
    guard w.shape.count == x.shape.count else {
      throw node.invalid("the weight \(w.shape) and the input \(x.shape) differ in their axes")
    }
    guard groups > 0, x.shape[1] % groups == 0, x.shape[1] / groups == w.shape[1],
      w.shape[0] % groups == 0
    else {
      throw node.invalid(
        "the input \(x.shape) has \(x.shape[1]) channels, which the weight \(w.shape) in \(groups) "
          + "groups of \(w.shape[1]) channels does not fit")
    }
    if node.node.input(2) != nil {
      let bias = try node.input(2)
      guard bias.shape == [w.shape[0]] else {
        throw node.invalid("the bias \(bias.shape) does not fit the weight \(w.shape)")
      }
    }
    let window = try Window(node, input: Array(x.shape[2...]), kernel: Array(w.shape[2...]))
    return [try node.output(x.element, [x.shape[0], w.shape[0]] + window.output)]
  }

  static func macs(_ node: NodeView) -> Int {
    guard let w = node.inputType(1), let y = node.outputType(0) else { return 0 }
    // Each output element sums over the weight's input channels and kernel positions.
    return (y.shape + w.shape.dropFirst()).saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    let groups = node.node.int("group", default: 1)
    guard let w = node.inputType(1), groups > 0 else { return }
    relations.tie(.input(0, 0), .output(0, 0))
    relations.produce(.input(1, 0), .output(0, 1))
    if node.node.input(2) != nil { relations.tie(.input(2, 0), .output(0, 1)) }
    tiePoints(node, w, &relations)
    let (outputs, inputs) = (w.shape[0] / groups, w.shape[1])
    if groups == 1 {
      relations.consume(.input(0, 1), .input(1, 1))
      relations.sum([.input(0, 1), .input(1, 1)])
    } else if inputs == 1 {
      // Depthwise: one input channel makes `outputs` successive output channels.
      relations.tie(
        .input(0, 1), .output(0, 1, start: 0, stride: outputs, width: outputs, count: groups))
      relations.mention(.input(1, 1))
    } else {
      // Equally many of each group leave; which ones is every group's own affair.
      for group in 0..<groups {
        var columns = AxisSlice.input(1, 1)
        columns.block = group * outputs..<(group + 1) * outputs
        relations.consume(.input(0, 1, start: group * inputs, count: inputs), columns)
      }
      relations.balanceBlocks(.input(0, 1), groups, of: inputs)
      relations.balanceBlocks(.output(0, 1), groups, of: outputs)
    }
  }

  /// Along a spatial axis on which the kernel is one element that visits every place, places stay what
  /// they are: the axis may be one of units, as that of a layer which mixes tokens is.
  private static func tiePoints(
    _ node: NodeView, _ w: TensorType, _ relations: inout Relations
  ) {
    guard
      let x = node.inputType(0)?.shape, let y = node.outputType(0)?.shape, x.count == y.count,
      let window = try? Window(node, input: Array(x[2...]), kernel: Array(w.shape[2...]))
    else { return }
    for axis in window.kernel.indices {
      let (from, to) = (AxisSlice.input(0, axis + 2), AxisSlice.output(0, axis + 2))
      if window.kernel[axis] == 1, window.strides[axis] == 1, window.padBegin[axis] == 0,
        window.padEnd[axis] == 0
      {
        relations.tie(from, to)
      } else {
        for slice in [from, to] { relations.freeze(slice, "its window slides along this axis") }
      }
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let w = cut.view.inputType(1), w.shape[1] == 1, let kept = cut.kept(.input(0, 1)) else {
      return
    }
    if cut.node.int("group", default: 1) > 1 { cut.node.set("group", .int(Int64(kept.count))) }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .parameter : nil }
}
