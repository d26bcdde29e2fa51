// Looking up slices by index: embeddings, and picking extents out of shapes.

/// Takes the slices of data at the given indices along `axis`.
///
/// Inputs: data [..., D(axis), ...], indices [I...]. Output: data's shape with I in place of D(axis).
/// With a weight as data and `axis` 0 this is an embedding, which makes the axes after the first.
enum Gather: Operator {
  static let names = ["Gather"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let data = try node.input(0, rank: 1)
    let indices = try node.input(1)
    let axis = try node.axis(node.node.int("axis", default: 0), rank: data.shape.count)
    if let known = Folding(node.constant(1))?.values {
      let extent = data.shape[axis]
      for index in known where !(-extent..<extent).contains(index) {
        throw node.invalid("axis \(axis) of \(data.shape) has no index \(index)")
      }
    }
    return [
      try node.output(
        data.element, data.shape[..<axis] + indices.shape + data.shape[(axis + 1)...])
    ]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let data = Folding(node.constant(0)), data.shape.count == 1,
      let indices = Folding(node.constant(1))
    else { return nil }
    var values: [Int] = []
    for index in indices.values {
      let front = index < 0 ? index + data.values.count : index
      guard data.values.indices.contains(front) else { return nil }
      values.append(data.values[front])
    }
    return Folding.tensor(values, shape: indices.shape, type: data.type).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let data = node.inputType(0)?.shape, let indices = node.inputType(1)?.shape,
      let axis = try? node.axis(node.node.int("axis", default: 0), rank: data.count)
    else { return }
    // The numbers in indices would have to change with the axis they count along.
    relations.freeze(.input(0, axis), "its indices count along this axis")
    for other in indices.indices {
      relations.tie(.input(1, other), .output(0, axis + other))
    }
    for other in data.indices where other != axis {
      let made = AxisSlice.output(0, other < axis ? other : other - 1 + indices.count)
      if node.isWeight(0) {
        relations.produce(.input(0, other), made)
      } else {
        relations.tie(.input(0, other), made)
      }
    }
  }
}
