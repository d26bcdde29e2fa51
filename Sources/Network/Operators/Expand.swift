// Stretching a tensor to a larger shape.

/// Stretches extents of 1 to those of the given shape, as broadcasting does.
///
/// Inputs: x, shape.
enum Expand: Operator {
  static let names = ["Expand"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let target = try node.integers(1)
    guard target.allSatisfy({ $0 >= 0 }), let shape = Broadcasting.shape([x.shape, target]) else {
      throw node.invalid("\(x.shape) does not broadcast to \(target)")
    }
    return [try node.output(x.element, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    Broadcasting.tie(.input(0), to: .output(0), &relations)
    // Of what is repeated there may be fewer: the target shape follows.
    let (x, y) = (node.inputType(0)?.shape ?? [], node.outputType(0)?.shape ?? [])
    for axis in y.indices {
      let own = axis - (y.count - x.count)
      if !x.indices.contains(own) {
        relations.mention(.output(0, axis))
      } else if x[own] != y[axis] {
        relations.mention(.input(0, own))
        relations.mention(.output(0, axis))
      }
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard var target = cut.view.constant(1)?.integers, let y = cut.view.outputType(0)?.shape else {
      return
    }
    let offset = y.count - target.count
    var changed = false
    for axis in target.indices where target[axis] > 1 {
      guard let kept = cut.kept(.output(0, offset + axis)) else { continue }
      target[axis] = kept.count
      changed = true
    }
    guard changed || cut.strays(1), !cut.follows(1, target) else { return }
    // What x brings along need not be stated, and may differ from run to run.
    let x = cut.view.inputType(0)?.shape ?? []
    for axis in target.indices where cut.varies(1, at: axis) {
      let own = axis + offset - (y.count - x.count)
      if x.indices.contains(own),
        cut.probe?.inputType(0)?.shape[own] == cut.probe?.outputType(0)?.shape[axis + offset]
      {
        target[axis] = 1
      }
    }
    cut.setIntegers("shape", orInput: 1, target)
  }
}
