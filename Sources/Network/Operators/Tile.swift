// Repeating, selecting, reversing and cropping along axes.

/// The tensor repeated along each axis.
enum Tile: Operator {
  static let names = ["Tile"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let repeats = try node.integers(1)
    guard repeats.count == x.shape.count,
      repeats.allSatisfy({ (0...NodeView.largestStep).contains($0) })
    else { throw node.invalid("the repeats \(repeats) do not fit the axes of \(x.shape)") }
    guard NodeView.isReasonable(repeats) else {
      throw node.invalid("the repeats \(repeats) would make an impossible tensor")
    }
    var shape: [Int] = []
    for (extent, count) in zip(x.shape, repeats) {
      let (product, overflow) = extent.multipliedReportingOverflow(by: count)
      guard !overflow else { throw node.invalid("its output would be too large") }
      shape.append(product)
    }
    return [try node.output(x.element, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape, let repeats = node.constant(1)?.integers,
      repeats.count == x.count
    else { return }
    // Each copy of an axis goes with the axis itself.
    for axis in x.indices where repeats[axis] > 0 && repeats[axis] <= 64 {
      if x[axis] == 1, repeats[axis] > 1 { continue }
      for copy in 0..<repeats[axis] {
        relations.tie(
          .input(0, axis), .output(0, axis, start: copy * x[axis], count: x[axis]))
      }
    }
    // A single element is repeated as often as what it meets has units.
    for axis in x.indices where x[axis] == 1 && repeats[axis] > 1 {
      relations.mention(.input(0, axis))
      relations.mention(.output(0, axis))
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let x = cut.view.inputType(0)?.shape, var repeats = cut.view.constant(1)?.integers else {
      return
    }
    var changed = false
    for axis in repeats.indices where x.indices.contains(axis) && x[axis] == 1 {
      guard let kept = cut.kept(.output(0, axis)) else { continue }
      repeats[axis] = kept.count
      changed = true
    }
    if changed { cut.setIntegers("repeats", orInput: 1, repeats) }
  }
}

/// What is chosen by the values of the data; how much that is depends on them.
enum Selection: Operator {
  static let names = ["NonMaxSuppression", "Unique"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    throw .unknownShape(
      value: node.node.outputs.first ?? node.node.label, reason: "it depends on the data")
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}

/// One value at each index along a new axis, another elsewhere.
///
/// Inputs: indices, the extent of the new axis, the two values. Output: the indices' shape with the
/// new axis at `axis`.
enum OneHot: Operator {
  static let names = ["OneHot"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (indices, values) = (try node.input(0), try node.input(2))
    // The depth may be a real, which is cut off.
    let real = node.constant(1)?.reals?.first?.rounded(.towardZero)
    if let real, Int(exactly: real) == nil {
      throw node.invalid("\(real) is no depth")
    }
    guard let depth = node.constant(1)?.integers?.first ?? real.flatMap(Int.init(exactly:)) else {
      throw .unknownShape(
        value: node.node.outputs.first ?? node.node.label, reason: "its depth is computed")
    }
    var shape = indices.shape
    shape.insert(
      depth, at: try node.axis(node.node.int("axis", default: -1), rank: shape.count + 1))
    return [try node.output(values.element, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let indices = node.inputType(0)?.shape,
      let made = try? node.axis(node.node.int("axis", default: -1), rank: indices.count + 1)
    else { return }
    for axis in indices.indices {
      relations.tie(.input(0, axis), .output(0, axis < made ? axis : axis + 1))
    }
    relations.freeze(.output(0, made), "its indices count along this axis")
  }
}

/// Operators that move elements within their axes or mark some of them: the shape stays.
///
/// What they look at is frozen by silence; the axes before it go through.
enum Rearrangement: Operator {
  static let names = ["EyeLike", "ReverseSequence", "Trilu"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    var x = try node.input(0, rank: 2)
    if node.node.op == "EyeLike", let type = node.node.int("dtype"),
      let element = ElementType(rawValue: Int32(truncatingIfNeeded: type))
    {
      x.element = element
    }
    return [x]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let rank = node.inputType(0)?.shape.count, rank >= 2 else { return }
    let free: Range<Int> =
      switch node.node.op {
      case "Trilu": 0..<rank - 2
      case "ReverseSequence": 2..<rank
      default: 0..<0
      }
    for axis in free { relations.tie(.input(0, axis), .output(0, axis)) }
  }
}

/// Cut or filled with zeros around the centre, to a given size along some axes.
enum CenterCropPad: Operator {
  static let names = ["CenterCropPad"]

  private static func axes(_ node: NodeView, rank: Int) throws(NetworkError) -> [Int] {
    try node.axes(node.node.ints("axes") ?? Array(0..<rank), rank: rank)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let (axes, sizes) = (try axes(node, rank: x.shape.count), try node.integers(1))
    guard axes.count == sizes.count else {
      throw node.invalid("\(sizes.count) sizes do not fit \(axes.count) axes")
    }
    var shape = x.shape
    for (axis, size) in zip(axes, sizes) { shape[axis] = size }
    return [try node.output(x.element, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape, let axes = try? axes(node, rank: x.count) else {
      return
    }
    for axis in x.indices where !axes.contains(axis) {
      relations.tie(.input(0, axis), .output(0, axis))
    }
  }
}
