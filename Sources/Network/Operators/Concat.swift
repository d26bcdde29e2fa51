// Joining tensors along an axis and splitting one along it.

import OrderedCollections

/// Joins tensors along `axis`; all other extents are equal.
enum Concat: Operator {
  static let names = ["Concat"]

  private static func axis(_ node: NodeView, rank: Int) throws(NetworkError) -> Int {
    guard let axis = node.node.int("axis") ?? (node.opset < 4 ? 1 : nil) else {
      throw node.invalid("the attribute axis is missing")
    }
    return try node.axis(axis, rank: rank)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let first = try node.input(0, rank: 1)
    let axis = try axis(node, rank: first.shape.count)
    var shape = first.shape
    for index in node.node.inputs.indices.dropFirst() {
      let next = try node.input(index)
      var other = next.shape
      guard other.count == shape.count else {
        throw node.invalid("\(first.shape) and \(next.shape) differ in their number of axes")
      }
      let extent = other[axis]
      other[axis] = shape[axis]
      guard other == shape else {
        throw node.invalid("\(first.shape) and \(next.shape) differ outside axis \(axis)")
      }
      shape[axis] += extent
      guard NodeView.isReasonable(shape) else {
        throw node.invalid("the output would have the impossible shape \(shape)")
      }
    }
    return [TensorType(first.element, shape)]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    var values: [Int] = []
    var type = ElementType.int64
    for index in node.node.inputs.indices {
      guard let part = Folding(node.constant(index)), part.shape.count == 1 else { return nil }
      values += part.values
      type = part.type
    }
    guard values.count <= Folding.limit else { return nil }
    return Folding.tensor(values, shape: [values.count], type: type).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let rank = node.outputType(0)?.shape.count, let axis = try? axis(node, rank: rank) else {
      return
    }
    var start = 0
    for index in node.node.inputs.indices {
      guard let count = node.inputType(index)?.shape[axis] else { return }
      for other in 0..<rank where other != axis {
        relations.tie(.input(index, other), .output(0, other))
      }
      if count > 0 {
        relations.tie(.input(index, axis), .output(0, axis, start: start, count: count))
      }
      start += count
    }
  }
}

/// Splits a tensor along `axis` into successive parts, of the given sizes or of equal ones.
///
/// Inputs: x, and from operator set 13 on the sizes, which are an attribute before.
enum Split: Operator {
  static let names = ["Split"]

  private static func sizes(_ node: NodeView, extent: Int) throws(NetworkError) -> [Int] {
    let count = node.node.outputs.count
    guard count > 0 else { throw node.invalid("it has no outputs") }
    if let sizes = try node.integers("split", orInput: 1) {
      guard sizes.count == count, sizes.allSatisfy({ (0...extent).contains($0) }),
        sizes.reduce(0, +) == extent
      else {
        throw node.invalid(
          "the sizes \(sizes) do not divide \(extent) indices among \(count) parts")
      }
      return sizes
    }
    // Equal parts, the last one smaller where they don't come out even.
    let part = (extent + count - 1) / count
    guard node.node.attributes["num_outputs"] != nil || part * count == extent,
      part * (count - 1) <= extent
    else {
      throw node.invalid("\(extent) indices do not form \(count) equal parts")
    }
    return (0..<count).map { $0 == count - 1 ? extent - part * (count - 1) : part }
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 1)
    let axis = try node.axis(node.node.int("axis", default: 0), rank: x.shape.count)
    return try sizes(node, extent: x.shape[axis]).map {
      var shape = x.shape
      shape[axis] = $0
      return TensorType(x.element, shape)
    }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape,
      let axis = try? node.axis(node.node.int("axis", default: 0), rank: x.count),
      let sizes = try? sizes(node, extent: x[axis])
    else { return }
    var start = 0
    for (index, count) in sizes.enumerated() {
      if node.outputType(index) != nil {
        for other in x.indices where other != axis {
          relations.tie(.input(0, other), .output(index, other))
        }
        if count > 0 {
          relations.tie(.input(0, axis, start: start, count: count), .output(index, axis))
        }
      }
      start += count
    }
    relations.mention(.input(0, axis))
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let x = cut.view.inputType(0)?.shape else { return }
    let axis = try cut.view.axis(cut.node.int("axis", default: 0), rank: x.count)
    guard let kept = cut.kept(.input(0, axis)) else { return }
    var start = 0
    var counts: [Int] = []
    for size in try sizes(cut.view, extent: x[axis]) {
      counts.append(kept.count { (start..<start + size).contains($0) })
      start += size
    }
    // Equal parts that stay equal need no sizes.
    let stated = cut.view.knownIntegers("split", orInput: 1) != nil
    if !stated, Set(counts).count == 1 { return }
    cut.node.attributes["num_outputs"] = nil
    if cut.view.opset < 13 {
      cut.node.set("split", .ints(counts.map(Int64.init)))
    } else {
      cut.setIntegers("split", orInput: 1, counts)
    }
  }
}
