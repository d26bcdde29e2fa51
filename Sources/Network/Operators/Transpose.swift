// Reordering, adding and dropping axes.

/// Reorders the axes: axis `i` of y is axis `perm[i]` of x; reversed where `perm` is absent.
enum Transpose: Operator {
  static let names = ["Transpose"]

  private static func permutation(_ node: NodeView, rank: Int) throws(NetworkError) -> [Int] {
    guard let perm = node.node.ints("perm") else { return (0..<rank).reversed() }
    guard perm.count == rank, perm.sorted() == Array(0..<rank) else {
      throw node.invalid("perm = \(perm) is not an order of \(rank) axes")
    }
    return perm
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let perm = try permutation(node, rank: x.shape.count)
    return [TensorType(x.element, perm.map { x.shape[$0] })]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let x = Folding(node.constant(0)),
      let perm = try? permutation(node, rank: x.shape.count)
    else { return nil }
    return x.gathered(perm.map { Array(0..<x.shape[$0]) }, permutation: perm).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0), let perm = try? permutation(node, rank: x.shape.count) else {
      return
    }
    for (made, axis) in perm.enumerated() { relations.tie(.input(0, axis), .output(0, made)) }
  }
}

/// Drops axes of extent 1 (`Squeeze`) or adds them (`Unsqueeze`).
///
/// Inputs: x, and from operator set 13 on the axes, which are an attribute before.
enum Squeeze: Operator {
  static let names = ["Squeeze", "Unsqueeze"]

  /// The axes that go from x, or come to y; `nil` where they are not known.
  private static func axes(_ node: NodeView, _ x: [Int]) throws(NetworkError) -> [Int] {
    let stated = try node.integers("axes", orInput: 1)
    if node.node.op == "Unsqueeze" {
      guard let stated else { throw node.invalid("no axes are given") }
      return try node.axes(stated, rank: x.count + stated.count)
    }
    guard let stated else { return x.indices.filter { x[$0] == 1 } }
    let axes = try node.axes(stated, rank: x.count)
    for axis in axes where x[axis] != 1 {
      throw node.invalid("axis \(axis) of \(x) has extent \(x[axis]) and cannot be dropped")
    }
    return axes
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let axes = try axes(node, x.shape)
    guard node.node.op == "Unsqueeze" else {
      return [
        TensorType(x.element, x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] })
      ]
    }
    var shape = x.shape
    for axis in axes.sorted() { shape.insert(1, at: axis) }
    return [TensorType(x.element, shape)]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let x = Folding(node.constant(0)), let types = try? infer(node),
      let y = types.first ?? nil
    else { return nil }
    return Folding.tensor(x.values, shape: y.shape, type: x.type).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape, let y = node.outputType(0)?.shape,
      let axes = try? axes(node, x)
    else { return }
    let adds = node.node.op == "Unsqueeze"
    let stays = (adds ? y : x).indices.filter { !axes.contains($0) }
    for (position, axis) in stays.enumerated() {
      relations.tie(
        .input(0, adds ? position : axis), .output(0, adds ? axis : position))
    }
  }
}
