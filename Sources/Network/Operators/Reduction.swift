// Operators that take one number from all elements along some axes.

/// Sums, means, extremes, products and norms along `axes`, kept as extents of 1 where `keepdims`.
///
/// Inputs: x, and in newer operator sets the axes, which are an attribute before.
enum Reduction: Operator {
  static let names = [
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
  ]

  private static func axes(_ node: NodeView, rank: Int) throws(NetworkError) -> [Int] {
    let stated = try node.integers("axes", orInput: 1) ?? []
    if !stated.isEmpty { return try node.axes(stated, rank: rank) }
    return node.node.int("noop_with_empty_axes", default: 0) != 0 ? [] : Array(0..<rank)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    return [try reduced(node, x, axes: axes(node, rank: x.shape.count))]
  }

  fileprivate static func reduced(
    _ node: NodeView, _ x: TensorType, axes: [Int]
  ) throws(NetworkError) -> TensorType {
    let keeps = node.node.int("keepdims", default: 1) != 0
    var shape: [Int] = []
    for (axis, extent) in x.shape.enumerated() {
      if !axes.contains(axis) { shape.append(extent) } else if keeps { shape.append(1) }
    }
    return TensorType(x.element, shape)
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    // What shape arithmetic needs: all elements of a vector.
    guard let x = Folding(node.constant(0)), x.shape.count == 1,
      let types = try? infer(node), let y = types.first ?? nil, y.shape.elementCount == 1
    else { return nil }
    let value: Int?
    switch node.node.op {
    case "ReduceProd":
      value = x.values.reduce(1) { product, factor in
        product.flatMap {
          let (result, overflow) = $0.multipliedReportingOverflow(by: factor)
          return overflow ? nil : result
        }
      }
    case "ReduceMax": value = x.values.max()
    case "ReduceMin": value = x.values.min()
    default: value = nil
    }
    return value.flatMap { Folding.tensor([$0], shape: y.shape, type: x.type) }.map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0), let axes = try? axes(node, rank: x.shape.count) else { return }
    tieRest(node, x, axes, &relations)
    for axis in axes {
      switch node.node.op {
      case "ReduceL1", "ReduceL2", "ReduceSum", "ReduceSumSquare":
        relations.sum([.input(0, axis)])
      default:
        // Fewer elements make another mean or extreme; the network that is left is sound.
        relations.mixes(.input(0, axis), "it takes one number over this axis")
      }
    }
  }

  /// Ties the axes that stay.
  fileprivate static func tieRest(
    _ node: NodeView, _ x: TensorType, _ axes: [Int], _ relations: inout Relations
  ) {
    let keeps = node.node.int("keepdims", default: 1) != 0
    var position = 0
    for axis in x.shape.indices {
      if axes.contains(axis) {
        relations.mention(.input(0, axis))
        if keeps { position += 1 }
      } else {
        relations.tie(.input(0, axis), .output(0, position))
        position += 1
      }
    }
  }
}

/// The index of the largest or smallest element along `axis`.
enum ArgumentReduction: Operator {
  static let names = ["ArgMax", "ArgMin"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 1)
    let axis = try node.axis(node.node.int("axis", default: 0), rank: x.shape.count)
    let shape = try Reduction.reduced(node, x, axes: [axis]).shape
    return [TensorType(.int64, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0),
      let axis = try? node.axis(node.node.int("axis", default: 0), rank: x.shape.count)
    else { return }
    Reduction.tieRest(node, x, [axis], &relations)
    relations.freeze(.input(0, axis), "it counts along this axis")
  }
}
