// Reshape and flatten: the same elements under other axes.

/// Gives a tensor another shape; the elements keep their row-major order.
///
/// Inputs: x, shape. In the shape 0 copies the extent of x (unless `allowzero` is 1), and one -1
/// takes what is left.
enum Reshape: Operator {
  static let names = ["Reshape"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    guard let target = try node.integers("shape", orInput: 1) else {
      throw node.invalid("no shape is given")
    }
    return [try node.output(x.element, try resolve(target, x.shape, node))]
  }

  private static func resolve(
    _ target: [Int], _ old: [Int], _ node: NodeView
  ) throws(NetworkError) -> [Int] {
    let copies = node.node.int("allowzero", default: 0) == 0
    var shape: [Int] = []
    var free: Int?
    for (axis, extent) in target.enumerated() {
      switch extent {
      case 0 where copies:
        guard axis < old.count else {
          throw node.invalid("the shape \(target) copies axis \(axis), which \(old) does not have")
        }
        shape.append(old[axis])
      case -1:
        guard free == nil else { throw node.invalid("the shape \(target) has two free extents") }
        free = axis
        shape.append(1)
      default: shape.append(extent)
      }
    }
    let count = old.elementCount ?? 0
    guard let rest = shape.elementCount, free == nil ? rest == count : rest > 0 && count % rest == 0
    else {
      throw node.invalid("the \(count) elements of \(old) do not take the shape \(target)")
    }
    if let free { shape[free] = count / rest }
    return shape
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let x = Folding(node.constant(0)), let target = node.constant(1)?.integers,
      let shape = try? resolve(target, x.shape, node)
    else { return nil }
    return Folding.tensor(x.values, shape: shape, type: x.type).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    tieBlocks(node, &relations)
  }

  /// Ties the axes of input 0 to those of output 0 where a run of old axes and a run of new axes hold
  /// the same elements.
  ///
  /// - One axis and one axis: the same units.
  /// - Merged, (C, H, W) to C H W: unit c is the block of H W successive indices that begins at
  ///   c H W. Only C may lose units; H and W are frozen.
  /// - Split, D to (H, d): unit h is a block of d indices. Only H may lose units: d is frozen, since
  ///   an index relation is one regular run, and the units of d recur once in every h.
  /// - Runs that are regrouped in any other way are frozen.
  static func tieBlocks(_ node: NodeView, _ relations: inout Relations) {
    guard let old = node.inputType(0)?.shape, let new = node.outputType(0)?.shape,
      !old.contains(0), !new.contains(0)
    else { return }
    var (i, j) = (0, 0)
    while i < old.count, j < new.count {
      var (x, y) = ([i], [j])
      var (p, q) = (old[i], new[j])
      while p != q {
        if p < q {
          i += 1
          guard i < old.count else { return }
          x.append(i)
          p *= old[i]
        } else {
          j += 1
          guard j < new.count else { return }
          y.append(j)
          q *= new[j]
        }
      }
      i += 1
      j += 1
      // An axis of extent 1 beside others holds nothing.
      if x.count > 1 { x.removeAll { old[$0] == 1 } }
      if y.count > 1 { y.removeAll { new[$0] == 1 } }
      guard let a = x.first, let b = y.first else { continue }
      if x.count == 1, y.count == 1 {
        relations.tie(.input(0, a), .output(0, b))
      } else if y.count == 1 {
        let width = p / old[a]
        relations.tie(
          .input(0, a),
          .output(0, b, start: 0, stride: width, width: width, count: old[a]))
      } else if x.count == 1 {
        let width = p / new[b]
        relations.tie(
          .input(0, a, start: 0, stride: width, width: width, count: new[b]), .output(0, b))
      }
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard var target = cut.view.knownIntegers("shape", orInput: 1) else { return }
    var changed = false
    for axis in target.indices where target[axis] > 0 {
      guard let kept = cut.kept(.output(0, axis)) else { continue }
      target[axis] = kept.count
      changed = true
    }
    guard changed, let x = cut.view.inputType(0)?.shape, let first = target.first else { return }
    // A shape that the graph computes says here what it is for one sample: copy the batch instead.
    if cut.kept(.output(0, 0)) == nil, first > 0, first == x.first, !target.contains(-1),
      cut.node.int("allowzero", default: 0) == 0
    {
      target[0] = 0
    }
    cut.setIntegers("shape", orInput: 1, target)
  }
}

/// Merges the axes before `axis` into one and the others into another.
///
/// Input: x [D0, D1, ...]. Output: [D0 ... D(axis - 1), D(axis) ...].
enum Flatten: Operator {
  static let names = ["Flatten"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let rank = x.shape.count
    let stated = node.node.int("axis", default: 1)
    guard (-rank...rank).contains(stated) else {
      throw node.invalid("axis \(stated) does not exist in a tensor of \(rank) axes")
    }
    let axis = stated < 0 ? stated + rank : stated
    let extents = [x.shape[..<axis], x.shape[axis...]].map { Array($0).elementCount ?? -1 }
    return [try node.output(x.element, extents)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    Reshape.tieBlocks(node, &relations)
  }
}
