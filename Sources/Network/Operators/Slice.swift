// Taking a regular selection of indices along some axes.

/// Takes the indices `start, start + step, ...` up to, but without, `end`, along each named axis.
///
/// Inputs: x, starts, ends, axes, steps; before operator set 10 the lists are attributes.
enum Slice: Operator {
  static let names = ["Slice"]

  /// The selected indices of one axis.
  private struct Selection {
    /// The position of the axis in the lists.
    var position: Int
    var axis: Int
    var start: Int
    var step: Int
    var count: Int
  }

  private static func selections(
    _ node: NodeView, _ shape: [Int]
  ) throws(NetworkError) -> [Selection] {
    guard let starts = try node.integers("starts", orInput: 1),
      let ends = try node.integers("ends", orInput: 2)
    else { throw node.invalid("starts and ends must be given") }
    let stated = try node.integers("axes", orInput: 3) ?? Array(starts.indices)
    let axes = try node.axes(stated, rank: shape.count)
    let steps = try node.integers("steps", orInput: 4) ?? starts.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw node.invalid(
        "starts \(starts), ends \(ends), axes \(axes) and steps \(steps) differ in length")
    }
    var selections: [Selection] = []
    for (position, axis) in axes.enumerated() {
      let (extent, step) = (shape[axis], steps[position])
      guard step != 0 else { throw node.invalid("a step is 0") }
      // Negative numbers count from the end; what lies outside is moved to the border.
      func place(_ index: Int, _ range: ClosedRange<Int>) -> Int {
        let front = index < 0 ? max(index, -extent - 1) + extent : index
        return min(max(front, range.lowerBound), range.upperBound)
      }
      let border = step > 0 ? 0...extent : -1...max(extent - 1, -1)
      let start = place(starts[position], step > 0 ? border : 0...max(extent - 1, 0))
      let end = place(ends[position], border)
      // The distance is at most the extent, and the step is at least 1 in magnitude.
      let distance = step > 0 ? end - start : start - end
      let stride = Int(min(step.magnitude, UInt(NodeView.largestCount)))
      let count = extent == 0 || distance <= 0 ? 0 : (distance - 1) / stride + 1
      selections.append(
        Selection(
          position: position, axis: axis, start: start, step: step > 0 ? stride : -stride,
          count: count))
    }
    return selections
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    var shape = x.shape
    for selection in try selections(node, x.shape) { shape[selection.axis] = selection.count }
    return [TensorType(x.element, shape)]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let x = Folding(node.constant(0)), let selections = try? selections(node, x.shape)
    else { return nil }
    var indices = x.shape.map { Array(0..<$0) }
    for part in selections {
      indices[part.axis] = (0..<part.count).map { part.start + $0 * part.step }
    }
    return x.gathered(indices, permutation: Array(x.shape.indices)).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape, let selections = try? selections(node, x) else {
      return
    }
    for axis in x.indices {
      guard let selection = selections.first(where: { $0.axis == axis }) else {
        relations.tie(.input(0, axis), .output(0, axis))
        continue
      }
      let (start, step, count) = (selection.start, selection.step, selection.count)
      if count == x[axis], step == 1 {
        relations.tie(.input(0, axis), .output(0, axis))
      } else if step == 1, count > 0 {
        // What lies outside the selection goes nowhere, and may leave by itself.
        relations.tie(.input(0, axis, start: start, count: count), .output(0, axis))
      } else if count > 0, isAlone(selection, selections, x) {
        // What stays need not be a regular selection any more: then it is looked up by index.
        let indices = (0..<count).map { start + $0 * step }
        Gather.tie(indices, .input(0, axis), .output(0, axis), &relations)
      } else {
        let reason = "it takes indices in steps of \(step) on one of several axes"
        relations.freeze(.input(0, axis), count == 0 ? "it takes nothing of this axis" : reason)
        relations.freeze(.output(0, axis), reason)
      }
    }
  }

  /// Whether the node selects along no other axis, so that a lookup by index can replace it.
  private static func isAlone(
    _ selection: Selection, _ selections: [Selection], _ x: [Int]
  ) -> Bool {
    selections.allSatisfy {
      $0.axis == selection.axis || $0.step == 1 && $0.count == x[$0.axis]
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let x = cut.view.inputType(0)?.shape else { return }
    for selection in try selections(cut.view, x) where selection.step != 1 {
      guard let kept = cut.kept(.input(0, selection.axis)) else { continue }
      let indices = (0..<selection.count).map { selection.start + $0 * selection.step }
      let picked = Gather.surviving(
        indices, of: kept, as: cut.kept(.output(0, selection.axis)) ?? Array(indices.indices))
      cut.node.op = "Gather"
      cut.node.inputs = Array(cut.node.inputs.prefix(1))
      cut.node.attributes = ["axis": .int(Int64(selection.axis))]
      cut.setConstant(1, TensorData(vector: picked.map(Int64.init)))
      return
    }
    guard var starts = cut.view.knownIntegers("starts", orInput: 1),
      var ends = cut.view.knownIntegers("ends", orInput: 2)
    else { return }
    var changed = false
    for selection in try selections(cut.view, x) {
      guard let kept = cut.kept(.input(0, selection.axis)), selection.step == 1 else { continue }
      let end = selection.start + selection.count
      starts[selection.position] = kept.count { $0 < selection.start }
      ends[selection.position] = kept.count { $0 < end }
      changed = true
    }
    guard changed else { return }
    cut.setIntegers("starts", orInput: 1, starts)
    cut.setIntegers("ends", orInput: 2, ends)
  }
}
