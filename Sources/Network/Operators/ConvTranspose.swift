// Transposed convolution.

/// Transposed convolution, the gradient of ``Conv`` with respect to its input.
///
/// Inputs: x [N, C, D1, ...], w [C, M / group, k1, ...], b [M]. Output: [N, M, O1, ...] with
/// `O = stride (D - 1) + output_padding + dilation (k - 1) + 1 - pads`.
enum ConvTranspose: Operator {
  static let names = ["ConvTranspose"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 3)
    let w = try node.input(1, rank: 3)
    let rank = x.shape.count - 2
    let groups = node.node.int("group", default: 1)
    guard w.shape.count == x.shape.count, x.shape[1] == w.shape[0], groups > 0,
      x.shape[1] % groups == 0, groups <= NodeView.largestStep
    else {
      throw node.invalid(
        "the input \(x.shape) and the weight \(w.shape) do not fit in \(groups) groups")
    }
    let made = [w.shape[1], groups].saturatingProduct
    if node.node.input(2) != nil {
      let bias = try node.input(2)
      guard bias.shape == [made] else {
        throw node.invalid("the bias \(bias.shape) does not fit the \(made) channels made")
      }
    }
    func list(_ key: String, _ count: Int, _ value: Int, least: Int) throws(NetworkError) -> [Int] {
      guard let list = node.node.ints(key) else { return Array(repeating: value, count: count) }
      guard list.count == count, list.allSatisfy({ (least...NodeView.largestStep).contains($0) })
      else { throw node.invalid("\(key) = \(list) does not fit \(rank) spatial axes") }
      return list
    }
    let strides = try list("strides", rank, 1, least: 1)
    let dilations = try list("dilations", rank, 1, least: 1)
    let pads = try list("pads", 2 * rank, 0, least: 0)
    let extra = try list("output_padding", rank, 0, least: 0)
    let stated = node.node.ints("output_shape")
    if let stated, stated.count != rank {
      throw node.invalid("output_shape = \(stated) does not have \(rank) extents")
    }
    let same = node.node.string("auto_pad", default: "NOTSET").hasPrefix("SAME")
    var shape = [x.shape[0], made]
    for axis in 0..<rank {
      let (extent, kernel) = (x.shape[axis + 2], w.shape[axis + 2])
      guard extent > 0, extent <= NodeView.largestStep, kernel > 0, kernel <= NodeView.largestStep
      else { throw node.invalid("spatial axis \(axis) has extent \(extent) and kernel \(kernel)") }
      let (full, overflow) = (strides[axis] * (extent - 1)).addingReportingOverflow(
        dilations[axis] * (kernel - 1))
      guard !overflow, full < 1 << 61 else { throw node.invalid("its output would be too large") }
      let natural = full + extra[axis] + 1 - pads[axis] - pads[axis + rank]
      shape.append(stated?[axis] ?? (same ? extent * strides[axis] : natural))
    }
    return [try node.output(x.element, shape)]
  }

  static func macs(_ node: NodeView) -> Int {
    guard let x = node.inputType(0), let w = node.inputType(1) else { return 0 }
    // Each input element is multiplied by all that its channel's weight holds.
    return (x.shape + w.shape.dropFirst()).saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let w = node.inputType(1)?.shape else { return }
    let groups = node.node.int("group", default: 1)
    relations.tie(.input(0, 0), .output(0, 0))
    if groups == 1 {
      relations.consume(.input(0, 1), .input(1, 0))
      relations.produce(.input(1, 1), .output(0, 1))
    } else if w[1] == 1, w[0] == groups {
      relations.produce(.input(1, 0), .output(0, 1))
      relations.tie(.input(0, 1), .output(0, 1))
      relations.mention(.input(1, 1))
    } else if groups > 0 {
      // Equally many of each group leave; which ones is every group's own affair.
      let (inputs, outputs) = (w[0] / groups, w[1])
      relations.consume(.input(0, 1), .input(1, 0))
      for group in 0..<groups {
        var columns = AxisSlice.input(1, 1)
        columns.block = group * inputs..<(group + 1) * inputs
        relations.produce(columns, .output(0, 1, start: group * outputs, count: outputs))
      }
      relations.balanceBlocks(.input(0, 1), groups, of: inputs)
      relations.balanceBlocks(.output(0, 1), groups, of: outputs)
    }
    if node.node.input(2) != nil { relations.tie(.input(2, 0), .output(0, 1)) }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    let groups = cut.node.int("group", default: 1)
    guard groups > 1, let w = cut.view.inputType(1)?.shape, w[1] == 1, w[0] == groups,
      let kept = cut.kept(.input(1, 0))
    else { return }
    cut.node.set("group", .int(Int64(kept.count)))
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .parameter : nil }
}
