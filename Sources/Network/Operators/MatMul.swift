// The batched matrix product.

/// The matrix product over the last two axes, the others broadcast as NumPy's `matmul` does it.
///
/// Inputs: a [..., M, K], b [..., K, N]. Output: [..., M, N]. A vector `a` is a row, a vector `b` a
/// column, and the axis that this adds is taken away again.
enum MatMul: Operator {
  static let names = ["MatMul"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let a = try node.input(0, rank: 1)
    let b = try node.input(1, rank: 1)
    let rows = a.shape.count == 1 ? [1] + a.shape : a.shape
    let columns = b.shape.count == 1 ? b.shape + [1] : b.shape
    guard rows[rows.count - 1] == columns[columns.count - 2] else {
      throw node.invalid("\(a.shape) and \(b.shape) do not multiply: the inner extents differ")
    }
    guard
      var shape = Broadcasting.shape([Array(rows.dropLast(2)), Array(columns.dropLast(2))])
    else {
      throw node.invalid("the leading axes of \(a.shape) and \(b.shape) do not broadcast")
    }
    if a.shape.count > 1 { shape.append(rows[rows.count - 2]) }
    if b.shape.count > 1 { shape.append(columns[columns.count - 1]) }
    return [try node.output(a.element, shape)]
  }

  static func macs(_ node: NodeView) -> Int {
    guard let k = node.inputType(0)?.shape.last, let y = node.outputType(0) else { return 0 }
    return (y.shape + [k]).saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let a = node.inputType(0)?.shape, let b = node.inputType(1)?.shape,
      let y = node.outputType(0)?.shape, !a.isEmpty, !b.isEmpty
    else { return }
    let (inner, outer) = (AxisSlice.input(0, a.count - 1), AxisSlice.input(1, max(b.count - 2, 0)))
    // Whichever side is a weight consumes the other; its remaining axis makes the output's.
    let weightFirst = relations.isWeight(0) && !relations.isWeight(1)
    if weightFirst { relations.consume(outer, inner) } else { relations.consume(inner, outer) }
    relations.sum([inner, outer])
    if b.count > 1 {
      let (column, made) = (AxisSlice.input(1, b.count - 1), AxisSlice.output(0, y.count - 1))
      if weightFirst { relations.tie(column, made) } else { relations.produce(column, made) }
    }
    if a.count > 1 {
      let made = AxisSlice.output(0, y.count - (b.count > 1 ? 2 : 1))
      let row = AxisSlice.input(0, a.count - 2)
      if weightFirst { relations.produce(row, made) } else { relations.tie(row, made) }
    }
    let lead = y.count - (a.count > 1 ? 1 : 0) - (b.count > 1 ? 1 : 0)
    for (index, shape) in [a, b].enumerated() {
      let own = max(shape.count - 2, 0)
      for axis in 0..<own where shape[axis] == y[lead - own + axis] {
        relations.tie(.input(index, axis), .output(0, lead - own + axis))
      }
    }
  }
}
