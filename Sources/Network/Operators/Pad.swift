// Padding: new elements before and after the old ones.

/// Adds elements before and after those of x along each axis.
///
/// Inputs: x, pads (all counts before, then all counts after), the value, the axes; before operator
/// set 11 pads and value are attributes. Negative counts take elements away.
enum Pad: Operator {
  static let names = ["Pad"]

  /// Counts before and after by axis of x, and where the pads of an axis stand in the list.
  private static func pads(
    _ node: NodeView, rank: Int
  ) throws(NetworkError) -> [(axis: Int, position: Int, before: Int, after: Int)] {
    let key = node.opset < 2 ? "paddings" : "pads"
    guard let list = try node.integers(key, orInput: 1) else {
      throw node.invalid("no pads are given")
    }
    let stated = node.node.input(3) == nil ? Array(0..<rank) : try node.integers(3)
    let axes = try node.axes(stated, rank: rank)
    guard list.count == 2 * axes.count,
      list.allSatisfy({ (-NodeView.largestStep...NodeView.largestStep).contains($0) })
    else {
      throw node.invalid("pads = \(list); two counts for each of \(axes.count) axes were expected")
    }
    return axes.enumerated().map {
      (axis: $1, position: $0, before: list[$0], after: list[$0 + axes.count])
    }
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    var shape = x.shape
    for pad in try pads(node, rank: shape.count) { shape[pad.axis] += pad.before + pad.after }
    return [try node.output(x.element, shape)]
  }

  /// Whether what is added is zero, so that it is neutral wherever a masked unit is.
  private static func addsZeros(_ node: NodeView) -> Bool {
    guard node.node.string("mode", default: "constant") == "constant" else { return false }
    guard node.node.input(2) != nil else { return node.node.float("value", default: 0) == 0 }
    guard let value = node.constant(2) else { return false }
    return value.reals?.allSatisfy { $0 == 0 } ?? value.integers?.allSatisfy { $0 == 0 } ?? false
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape, let pads = try? pads(node, rank: x.count) else {
      return
    }
    let zeros = addsZeros(node)
    for axis in x.indices {
      guard let pad = pads.first(where: { $0.axis == axis }), pad.before != 0 || pad.after != 0
      else {
        relations.tie(.input(0, axis), .output(0, axis))
        continue
      }
      if zeros, pad.before >= 0, pad.after >= 0, x[axis] > 0 {
        // The new elements belong to no input: they leave with what they meet further on.
        relations.tie(
          .input(0, axis), .output(0, axis, start: pad.before, count: x[axis]))
      } else {
        let reason = "it adds other elements than zeros, or takes some away"
        relations.freeze(.input(0, axis), reason)
        relations.freeze(.output(0, axis), reason)
      }
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let x = cut.view.inputType(0)?.shape else { return }
    let key = cut.view.opset < 2 ? "paddings" : "pads"
    guard var list = cut.view.knownIntegers(key, orInput: 1) else { return }
    var changed = false
    let pads = try pads(cut.view, rank: x.count)
    for pad in pads {
      guard let kept = cut.kept(.output(0, pad.axis)) else { continue }
      let end = pad.before + x[pad.axis]
      list[pad.position] = kept.count { $0 < pad.before }
      list[pad.position + pads.count] = kept.count { $0 >= end }
      changed = true
    }
    if changed { cut.setIntegers(key, orInput: 1, list) }
  }
}
