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
    let isOpen = node.node.attributes[Network.samplerMark] != nil && indices.count == 1
    if isOpen {
      relations.freeze(.input(0, axis), "'\(node.node.name)' picks from all of its channels")
      relations.produce(.input(1, 0), .output(0, axis))
    } else if let known = selection(node, data[axis]), !relations.isWeight(0) {
      tie(known, .input(0, axis), .output(0, axis), &relations)
    } else {
      // The numbers in indices would have to change with the axis they count along.
      relations.freeze(.input(0, axis), "its indices count along this axis")
    }
    for other in indices.indices where !isOpen {
      relations.tie(.input(1, other), .output(0, axis + other))
    }
    for other in data.indices where other != axis {
      let made = AxisSlice.output(0, other < axis ? other : other - 1 + indices.count)
      if relations.isWeight(0) {
        relations.produce(.input(0, other), made)
      } else {
        relations.tie(.input(0, other), made)
      }
    }
  }

  /// The known indices of a selection along one axis, counted from the front; `nil` where they are
  /// computed, are too many, or do not form a list.
  private static func selection(_ node: NodeView, _ extent: Int) -> [Int]? {
    guard node.inputType(1)?.shape.count == 1, let list = node.constant(1)?.integers,
      !list.isEmpty, list.count <= CouplingSolver.mostSingles
    else { return nil }
    return list.map { $0 < 0 ? $0 + extent : $0 }
  }

  /// Ties what a list of indices picks to where it goes: in as few regular runs as there are.
  static func tie(
    _ indices: [Int], _ source: AxisSlice, _ made: AxisSlice, _ relations: inout Relations
  ) {
    func tie(from first: Int, every period: Int, count: Int) {
      var (a, b) = (source, made)
      a.start = indices[first]
      a.stride = count > 1 ? indices[first + period] - indices[first] : 1
      b.start = first
      b.stride = period
      (a.count, b.count) = (count, count)
      relations.tie(a, b)
    }
    // Several interleaved runs, as a channel shuffle has them.
    let most = 64
    for period in 1...min(most, indices.count) where indices.count % period == 0 {
      let isRegular = (0..<period).allSatisfy { first in
        let run = stride(from: first, to: indices.count, by: period).map { indices[$0] }
        guard run.count > 1 else { return period == 1 }
        let step = run[1] - run[0]
        return step > 0 && zip(run, run.dropFirst()).allSatisfy { $1 - $0 == step }
      }
      guard isRegular else { continue }
      for first in 0..<period { tie(from: first, every: period, count: indices.count / period) }
      return
    }
    // Successive runs.
    var first = 0
    while first < indices.count {
      var end = first + 1
      while end < indices.count, indices[end] == indices[end - 1] + 1 { end += 1 }
      tie(from: first, every: 1, count: end - first)
      first = end
    }
  }

  /// The list of indices after a cut: for those of its places that stay, where what they pick is then.
  static func surviving(_ indices: [Int], of kept: [Int], as places: [Int]) -> [Int] {
    var rank: [Int: Int] = [:]
    for (position, index) in kept.enumerated() { rank[index] = position }
    return places.compactMap { indices.indices.contains($0) ? rank[indices[$0]] : nil }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let data = cut.view.inputType(0)?.shape,
      let axis = try? cut.view.axis(cut.node.int("axis", default: 0), rank: data.count),
      let kept = cut.kept(.input(0, axis)), let indices = selection(cut.view, data[axis])
    else { return }
    let picked = surviving(
      indices, of: kept, as: cut.kept(.output(0, axis)) ?? Array(indices.indices))
    cut.setIntegers("indices", orInput: 1, picked)
  }
}
