// Interpolation to another size.

import OrderedCollections

/// Resizes by scales or to sizes: `output = floor(input * scale)`.
///
/// Inputs of `Resize`: x, region of interest, scales, sizes (x, scales in operator set 10);
/// of `Upsample`: x, scales, which are an attribute in operator set 7.
enum Resize: Operator {
  static let names = ["Resize", "Upsample"]

  private static func scalesInput(_ node: NodeView) -> Int {
    node.node.op == "Upsample" || node.opset < 11 ? 1 : 2
  }

  private static func axes(_ node: NodeView, rank: Int) throws(NetworkError) -> [Int] {
    try node.axes(node.node.ints("axes") ?? Array(0..<rank), rank: rank)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let axes = try axes(node, rank: x.shape.count)
    var shape = x.shape
    var scales: [Double] = []
    if case .floats(let list) = node.node.attributes["scales"] {
      scales = list.map(Double.init)
    } else if let list = node.constant(scalesInput(node))?.reals {
      scales = list
    }
    if scales.isEmpty {
      guard node.node.input(3) != nil,
        node.node.string("keep_aspect_ratio_policy", default: "stretch") == "stretch"
      else {
        throw .unknownShape(
          value: node.node.outputs.first ?? node.node.label,
          reason: "neither the scales nor the sizes of \(node.node.label) are known")
      }
      let sizes = try node.integers(3)
      guard sizes.count == axes.count else {
        throw node.invalid("\(axes.count) sizes were expected, found \(sizes)")
      }
      for (axis, size) in zip(axes, sizes) { shape[axis] = size }
    } else {
      guard scales.count == axes.count else {
        throw node.invalid("\(axes.count) scales were expected, found \(scales)")
      }
      for (axis, scale) in zip(axes, scales) {
        let extent = (Double(shape[axis]) * scale).rounded(.down)
        guard extent >= 0, extent <= Double(NodeView.largestCount) else {
          throw node.invalid("the scale \(scale) of axis \(axis) is not possible")
        }
        shape[axis] = Int(extent)
      }
    }
    return [try node.output(x.element, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    // The axes that keep their extent are free; a list of sizes follows them.
    guard let x = node.inputType(0)?.shape, let y = node.outputType(0)?.shape, x.count == y.count
    else { return }
    for axis in x.indices where x[axis] == y[axis] {
      relations.tie(.input(0, axis), .output(0, axis))
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard cut.node.input(3) != nil, let rank = cut.view.inputType(0)?.shape.count,
      var sizes = cut.view.constant(3)?.integers, !sizes.isEmpty
    else { return }
    var changed = false
    for (position, axis) in try axes(cut.view, rank: rank).enumerated() {
      guard sizes.indices.contains(position), let kept = cut.kept(.output(0, axis)) else {
        continue
      }
      sizes[position] = kept.count
      changed = true
    }
    if changed { cut.setIntegers("sizes", orInput: 3, sizes) }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .constant : nil }
}
