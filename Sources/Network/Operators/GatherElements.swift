// Picking and writing elements by index, one by one or by tuples of indices.

/// The elements that indices name along `axis`: `y[i, j] = data[index[i, j], j]` for axis 0.
enum GatherElements: Operator {
  static let names = ["GatherElements"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let data = try node.input(0, rank: 1)
    let indices = try node.input(1, rank: 1)
    _ = try node.axis(node.node.int("axis", default: 0), rank: data.shape.count)
    guard indices.shape.count == data.shape.count else {
      throw node.invalid("the data \(data.shape) and the indices \(indices.shape) differ in axes")
    }
    return [TensorType(data.element, indices.shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let data = node.inputType(0)?.shape, let indices = node.inputType(1)?.shape,
      data.count == indices.count,
      let axis = try? node.axis(node.node.int("axis", default: 0), rank: data.count)
    else { return }
    relations.freeze(.input(0, axis), "its indices count along this axis")
    // Where indices cover an axis whole, position j of all three belongs together.
    for other in data.indices where other != axis && data[other] == indices[other] {
      relations.tie(.input(0, other), .output(0, other))
      relations.tie(.input(1, other), .output(0, other))
    }
  }
}

/// The slices of data that tuples of indices name; its first `batch_dims` axes go in step with theirs.
///
/// Inputs: data [B..., D1, ..., Dk, S...], indices [B..., I..., k]. Output: [B..., I..., S...].
enum GatherND: Operator {
  static let names = ["GatherND"]

  private static func lengths(_ node: NodeView) throws(NetworkError) -> (batch: Int, tuple: Int) {
    let data = try node.input(0, rank: 1).shape
    let indices = try node.input(1, rank: 1).shape
    let batch = node.node.int("batch_dims", default: 0)
    let tuple = indices[indices.count - 1]
    guard batch >= 0, batch < indices.count, tuple <= data.count, batch + tuple <= data.count else {
      throw node.invalid("tuples of \(tuple) indices do not fit \(data) behind \(batch) batch axes")
    }
    return (batch, tuple)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (data, indices) = (try node.input(0), try node.input(1))
    let (batch, tuple) = try lengths(node)
    return [
      try node.output(
        data.element, indices.shape.dropLast() + data.shape.dropFirst(batch + tuple))
    ]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let (batch, tuple) = try? lengths(node), let data = node.inputType(0)?.shape,
      let indices = node.inputType(1)?.shape
    else { return }
    for axis in data.indices.dropFirst(batch + tuple) {
      relations.tie(.input(0, axis), .output(0, axis - batch - tuple + indices.count - 1))
    }
    if let known = selection(node, data), !relations.isWeight(0) {
      Gather.tie(known, .input(0, 0), .output(0, 0), &relations)
      relations.mention(.input(1, 0))
    } else {
      for axis in data.indices.dropFirst(batch).prefix(tuple) {
        relations.freeze(.input(0, axis), "its indices count along this axis")
      }
    }
  }

  /// The known indices of a selection along the first axis, counted from the front, as exporters write
  /// a list of channels; `nil` for tuples of several and where they are computed or too many.
  private static func selection(_ node: NodeView, _ data: [Int]) -> [Int]? {
    guard let shape = node.inputType(1)?.shape, shape.count == 2, shape[1] == 1,
      node.node.int("batch_dims", default: 0) == 0, let list = node.constant(1)?.integers,
      !list.isEmpty, list.count <= CouplingSolver.mostSingles, let extent = data.first
    else { return nil }
    return list.map { $0 < 0 ? $0 + extent : $0 }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let data = cut.view.inputType(0)?.shape, let kept = cut.kept(.input(0, 0)),
      let indices = selection(cut.view, data)
    else { return }
    let picked = Gather.surviving(
      indices, of: kept, as: cut.kept(.output(0, 0)) ?? Array(indices.indices))
    let type = cut.view.constant(1)?.type ?? .int64
    if let tensor = Folding.tensor(picked, shape: [picked.count, 1], type: type) {
      cut.setConstant(1, tensor)
    }
  }
}

/// Writing elements or slices into a copy of the data, at indices.
///
/// Inputs: data, indices, updates (`TensorScatter`: data, updates, indices). Output: the data's type.
enum Scatter: Operator {
  static let names = ["Scatter", "ScatterElements", "ScatterND", "TensorScatter"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    [try node.input(0, rank: 1)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let data = node.inputType(0)?.shape, let first = node.inputType(1)?.shape,
      let second = node.inputType(2)?.shape
    else { return }
    switch node.node.op {
    case "ScatterND":
      // Tuples of indices count along the first axes; the others go through whole.
      let tuple = first.last ?? 0
      guard tuple <= data.count, second.count == first.count - 1 + data.count - tuple else {
        return
      }
      for axis in 0..<tuple {
        relations.freeze(.input(0, axis), "its indices count along this axis")
        relations.freeze(.output(0, axis), "its indices count along this axis")
      }
      for axis in tuple..<data.count {
        relations.tie(.input(0, axis), .output(0, axis))
        relations.tie(.input(2, axis - tuple + first.count - 1), .output(0, axis))
      }
    case "TensorScatter":
      guard let axis = try? node.axis(node.node.int("axis", default: -2), rank: data.count),
        first.count == data.count
      else { return }
      for other in data.indices where other != axis {
        relations.tie(.input(0, other), .output(0, other))
        relations.tie(.input(1, other), .output(0, other))
      }
      if second.count == 1 { relations.tie(.input(2, 0), .output(0, 0)) }
    default:
      guard let axis = try? node.axis(node.node.int("axis", default: 0), rank: data.count),
        first.count == data.count, second == first
      else { return }
      relations.freeze(.input(0, axis), "its indices count along this axis")
      // Where indices cover an axis whole, position j of all four belongs together.
      for other in data.indices where other != axis && data[other] == first[other] {
        relations.tie(.input(0, other), .output(0, other))
        relations.tie(.input(1, other), .output(0, other))
        relations.tie(.input(2, other), .output(0, other))
      }
    }
  }
}
