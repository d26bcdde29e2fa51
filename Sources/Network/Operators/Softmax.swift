// Functions that normalise, accumulate or sort along one axis.

/// Softmax, its logarithm, and the one-hot maximum, along `axis`.
///
/// Before operator set 13 all axes from `axis` on (1 by default) are normalised together.
enum Softmax: Operator {
  static let names = ["Hardmax", "LogSoftmax", "Softmax"]

  private static func axes(_ node: NodeView, rank: Int) throws(NetworkError) -> Range<Int> {
    let axis = try node.axis(
      node.node.int("axis", default: node.opset < 13 ? min(1, rank - 1) : -1), rank: rank)
    return node.opset < 13 ? axis..<rank : axis..<axis + 1
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 1)
    _ = try axes(node, rank: x.shape.count)
    return [x]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0), let axes = try? axes(node, rank: x.shape.count) else { return }
    relations.tieAll(.input(0), .output(0))
    for axis in axes { relations.freeze(.input(0, axis), "it normalises along this axis") }
  }
}

/// The running sum along an axis, which is the second input.
enum CumulativeSum: Operator {
  static let names = ["CumProd", "CumSum"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 1)
    if let axis = node.constant(1)?.integers?.first {
      _ = try node.axis(axis, rank: x.shape.count)
    }
    return [x]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    // Where the axis is not known, nothing is mentioned and all axes stay.
    guard let x = node.inputType(0), let stated = node.constant(1)?.integers?.first,
      let axis = try? node.axis(stated, rank: x.shape.count)
    else { return }
    relations.tieAll(.input(0), .output(0))
    if node.node.op == "CumSum" {
      relations.sum([.input(0, axis)])
    } else {
      relations.mixes(.input(0, axis), "it multiplies along this axis")
    }
  }
}

/// The `k` largest or smallest elements along `axis`, and where they were.
///
/// Inputs: x, k (an attribute before operator set 10). Outputs: values, indices.
enum TopK: Operator {
  static let names = ["TopK"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 1)
    let axis = try node.axis(node.node.int("axis", default: -1), rank: x.shape.count)
    let attribute = node.node.int("k")
    let list = if let attribute { [attribute] } else { try node.integers(1) }
    guard let k = list.first else {
      throw node.invalid("k is empty")
    }
    guard (0...x.shape[axis]).contains(k) else {
      throw node.invalid("\(k) elements cannot be taken of the \(x.shape[axis]) along axis \(axis)")
    }
    var shape = x.shape
    shape[axis] = k
    return [TensorType(x.element, shape), TensorType(.int64, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0),
      let axis = try? node.axis(node.node.int("axis", default: -1), rank: x.shape.count)
    else { return }
    for other in x.shape.indices where other != axis {
      relations.tie(.input(0, other), .output(0, other))
      relations.tie(.input(0, other), .output(1, other))
    }
    relations.freeze(.input(0, axis), "it ranks along this axis")
  }
}
