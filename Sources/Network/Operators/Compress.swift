// Compress: the slices along an axis where a condition holds.

/// The slices of data along `axis` where the condition is true; of the flattened data without `axis`.
///
/// Inputs: data [..., D(axis), ...], condition [up to D] of truths. Output: data's shape with as many as
/// are true in place of D. A condition that is computed makes the shape depend on the data, which is a
/// barrier; one that is known picks channels as a list of indices does (``Gather``).
enum Compress: Operator {
  static let names = ["Compress"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let data = try node.input(0, rank: 1)
    guard let condition = node.constant(1)?.integers else {
      throw .unknownShape(
        value: node.node.outputs.first ?? node.node.label, reason: "it depends on the data")
    }
    let axis = try axis(node, data.shape)
    let extent = axis.map { data.shape[$0] } ?? data.shape.elementCount ?? .max
    guard condition.count <= extent else {
      throw node.invalid(
        "a condition of \(condition.count) is longer than the \(extent) it chooses from")
    }
    let count = condition.count { $0 != 0 }
    guard let axis else { return [try node.output(data.element, [count])] }
    return [
      try node.output(data.element, data.shape[..<axis] + [count] + data.shape[(axis + 1)...])
    ]
  }

  /// The axis along which slices are chosen; `nil` where the data is flattened first.
  private static func axis(_ node: NodeView, _ shape: [Int]) throws(NetworkError) -> Int? {
    if node.node.attributes["axis"] == nil { return nil }
    return try node.axis(node.node.int("axis", default: 0), rank: shape.count)
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let data = node.inputType(0)?.shape, let condition = node.constant(1)?.integers,
      let axis = try? axis(node, data)
    else { return }
    relations.mention(.input(1, 0))
    let chosen = condition.indices.filter { condition[$0] != 0 }
    if !chosen.isEmpty, chosen.count <= CouplingSolver.mostSingles, !relations.isWeight(0) {
      Gather.tie(chosen, .input(0, axis), .output(0, axis), &relations)
    } else {
      relations.freeze(.input(0, axis), "its condition counts along this axis")
    }
    for other in data.indices where other != axis {
      relations.tie(.input(0, other), .output(0, other))
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let data = cut.view.inputType(0)?.shape, let axis = try? axis(cut.view, data),
      let kept = cut.kept(.input(0, axis)), let condition = cut.view.constant(1)?.integers
    else { return }
    let left = kept.filter(condition.indices.contains).map { condition[$0] }
    if let tensor = Folding.tensor(left, shape: [left.count], type: .bool) {
      cut.setConstant(1, tensor)
    }
  }
}
