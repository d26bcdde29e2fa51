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
  /// The run is divided into the factors of both sides; a factor lies in one old and one new axis.
  /// - One axis and one axis: the same units.
  /// - Merged, (C, H, W) to C H W: unit c is the block of H W successive indices that begins at
  ///   c H W; or unit w is every W-th index, as often as there are c and h.
  /// - Split, D to (H, d): unit h is a block of d indices; or unit i is the indices h d + i of all h.
  /// - Only one factor of a run may lose units, and it must be an axis of its own on one side. Which
  ///   one is for the solver to choose; it prefers the outermost.
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
      if x.count == 1, y.count == 1 {
        relations.tie(.input(0, x[0]), .output(0, y[0]))
      } else {
        relations.choose(options(x.map { ($0, old[$0]) }, y.map { ($0, new[$0]) }))
      }
    }
  }

  /// How a factor of a run of axes lies in one of them: it recurs `outer` times, in steps of `inner`.
  private struct Place {
    var axis: Int
    var extent: Int
    var outer: Int
    var inner: Int

    func slice(_ tensor: AxisSlice.Tensor, _ recurrence: Int, of factor: Int) -> AxisSlice {
      AxisSlice(
        tensor: tensor, axis: axis, start: recurrence * factor * inner, stride: inner,
        width: inner, count: factor)
    }
  }

  /// A factor that recurs more often is frozen: its pieces would be too many.
  private static let mostRecurrences = 512

  /// The ways in which a run of old axes and one of new axes, each with its extent, can shrink.
  private static func options(
    _ old: [(axis: Int, extent: Int)], _ new: [(axis: Int, extent: Int)]
  ) -> [Relations.Option] {
    func ends(_ axes: [(axis: Int, extent: Int)]) -> [Int] {
      axes.indices.map { axes[...$0].reduce(1) { $0 * $1.extent } }
    }
    let (oldEnds, newEnds) = (ends(old), ends(new))
    func place(_ from: Int, _ to: Int, _ axes: [(axis: Int, extent: Int)], _ ends: [Int]) -> Place?
    {
      guard let index = ends.firstIndex(where: { $0 >= to }) else { return nil }
      let begin = index == 0 ? 1 : ends[index - 1]
      guard from % begin == 0, ends[index] % to == 0 else { return nil }
      return Place(
        axis: axes[index].axis, extent: axes[index].extent, outer: from / begin,
        inner: ends[index] / to)
    }
    var options: [Relations.Option] = []
    var from = 1
    for to in Set(oldEnds + newEnds).sorted() where to > 1 {
      // Boundaries that do not divide each other are no factors: nothing of this run may shrink.
      guard to % from == 0, let x = place(from, to, old, oldEnds),
        let y = place(from, to, new, newEnds)
      else { return [] }
      let factor = to / from
      from = to
      let (oldOwn, newOwn) = (x.extent == factor, y.extent == factor)
      guard oldOwn || newOwn, x.outer <= mostRecurrences, y.outer <= mostRecurrences else {
        continue
      }
      let (a, b) = (AxisSlice.input(0, x.axis), AxisSlice.output(0, y.axis))
      let first = (x.slice(.input(0), 0, of: factor), y.slice(.output(0), 0, of: factor))
      var ties = (0..<x.outer).map {
        Relations.Tie(a: x.slice(.input(0), $0, of: factor), b: first.1)
      }
      ties += (1..<max(y.outer, 1)).map {
        Relations.Tie(a: first.0, b: y.slice(.output(0), $0, of: factor))
      }
      options.append(
        Relations.Option(
          own: (oldOwn ? [a] : []) + (newOwn ? [b] : []),
          within: (oldOwn ? [] : [a]) + (newOwn ? [] : [b]), ties: ties))
    }
    return options
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard var target = cut.view.knownIntegers("shape", orInput: 1) else { return }
    var changed = false
    for axis in target.indices where target[axis] > 0 {
      guard let kept = cut.kept(.output(0, axis)) else { continue }
      target[axis] = kept.count
      changed = true
    }
    guard changed || cut.strays(1), !cut.follows(1, target), let x = cut.view.inputType(0)?.shape,
      let first = target.first
    else { return }
    let literal = target
    // A shape that the graph computes says here what it is for one sample: copy the batch instead.
    if cut.kept(.output(0, 0)) == nil, first > 0, first == x.first, !target.contains(-1),
      cut.node.int("allowzero", default: 0) == 0
    {
      target[0] = 0
    }
    // What the graph computes from the batch or a length stays so: copied, or taken from what is left.
    let other = cut.probe?.inputType(0)?.shape ?? []
    let copies = cut.node.int("allowzero", default: 0) == 0
    for axis in target.indices where cut.varies(1, at: axis) && target[axis] > 0 {
      let probed = cut.probe?.constant(1)?.integers?[axis]
      if copies, axis < x.count, axis < other.count, x[axis] == target[axis], other[axis] == probed
      {
        target[axis] = 0
      } else if !target.contains(-1) {
        target[axis] = -1
      }
    }
    let isOpen = target.indices.contains { cut.varies(1, at: $0) && target[$0] > 0 }
    cut.setIntegers("shape", orInput: 1, isOpen ? literal : target)
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
