// Operators that combine tensors element by element after stretching them to one shape.

/// Element-by-element functions of several tensors, broadcast as NumPy does it: shapes are aligned at
/// the last axis, and an extent of 1 stretches to the other operands' extent.
enum Broadcasting: Operator {
  static let names =
    arithmetic + comparisons + [
      "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Or", "SwiGLU", "Where", "Xor",
    ]
  private static let arithmetic = [
    "Add", "Div", "Max", "Mean", "Min", "Mod", "Mul", "PRelu", "Pow", "Sub", "Sum",
  ]
  private static let comparisons = ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]

  /// The shape that all of `shapes` stretch to; `nil` where two extents differ and neither is 1.
  static func shape(_ shapes: [[Int]]) -> [Int]? {
    let rank = shapes.map(\.count).max() ?? 0
    var result = Array(repeating: 1, count: rank)
    for shape in shapes {
      let offset = rank - shape.count
      for (axis, extent) in shape.enumerated() where extent != 1 {
        guard result[offset + axis] == 1 || result[offset + axis] == extent else { return nil }
        result[offset + axis] = extent
      }
    }
    return result
  }

  /// Ties the axes of an operand to those of the result; a stretched axis is left alone.
  static func tie(
    _ operand: AxisSlice.Tensor, to result: AxisSlice.Tensor, _ relations: inout Relations
  ) {
    guard let a = relations.type(of: operand)?.shape, let y = relations.type(of: result)?.shape,
      a.count <= y.count
    else { return }
    let offset = y.count - a.count
    for axis in a.indices where a[axis] == y[offset + axis] {
      relations.tie(
        AxisSlice(tensor: operand, axis: axis), AxisSlice(tensor: result, axis: offset + axis))
    }
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    var operands: [TensorType] = []
    for index in node.node.inputs.indices { operands.append(try node.input(index)) }
    let fewest =
      switch node.node.op {
      case "Where": 3
      case "Max", "Mean", "Min", "Sum": 1
      default: 2
      }
    guard operands.count >= fewest else {
      throw node.invalid("\(fewest) inputs were expected, found \(operands.count)")
    }
    guard let shape = shape(operands.map(\.shape)) else {
      throw node.invalid(
        "the shapes \(operands.map(\.shape)) do not broadcast: aligned at the last axis, extents "
          + "must be equal or 1")
    }
    let element =
      comparisons.contains(node.node.op)
      ? .bool : operands[node.node.op == "Where" ? 1 : 0].element
    return [try node.output(element, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    for index in node.node.inputs.indices {
      tie(.input(index), to: .output(0), &relations)
    }
    // A masked divisor gives infinities that no zero weight silences.
    let base: Int
    switch node.node.op {
    case "Div", "Mod": base = 1
    case "Pow" where node.constant(1)?.reals?.allSatisfy({ $0 >= 0 }) != true: base = 0
    default: return
    }
    for axis in (node.inputType(base)?.shape ?? []).indices {
      relations.mixes(.input(base, axis), "it divides by this")
    }
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    if let type = node.constant(0)?.type, Folding.isReal(type) { return foldNumbers(node, type) }
    var operands: [Folding] = []
    for index in node.node.inputs.indices {
      guard let operand = Folding(node.constant(index)) else { return nil }
      operands.append(operand)
    }
    guard let first = operands.first, let shape = shape(operands.map(\.shape)) else { return nil }
    if node.node.op == "Where" {
      guard operands.count == 3 else { return nil }
      return Folding.combine(operands, shape, operands[1].type) { $0[0] != 0 ? $0[1] : $0[2] }
    }
    let type = comparisons.contains(node.node.op) ? .bool : first.type
    return Folding.combine(operands, shape, type) { values in
      guard let start = values.first else { return nil }
      var result = start
      for value in values.dropFirst() {
        guard let next = apply(node.node.op, result, value) else { return nil }
        result = next
      }
      return result
    }
  }

  /// Arithmetic on single floating-point numbers: exporters pass extents through them.
  private static func foldNumbers(_ node: NodeView, _ type: ElementType) -> [TensorData?]? {
    let numbers = node.node.inputs.indices.compactMap { Folding.number(node.constant($0)) }
    guard numbers.count == node.node.inputs.count, numbers.count == 2,
      let shape = shape(node.node.inputs.indices.compactMap { node.inputType($0)?.shape })
    else { return nil }
    let (a, b) = (numbers[0], numbers[1])
    let result: Double? =
      switch node.node.op {
      case "Add": a + b
      case "Sub": a - b
      case "Mul": a * b
      case "Div": b == 0 ? nil : a / b
      case "Max": max(a, b)
      case "Min": min(a, b)
      default: nil
      }
    return result.flatMap { Folding.tensor($0, shape: shape, type: type) }.map { [$0] }
  }

  /// One step of integer arithmetic; `nil` where it overflows, divides by zero or is not known.
  private static func apply(_ op: String, _ a: Int, _ b: Int) -> Int? {
    func checked(_ result: (partialValue: Int, overflow: Bool)) -> Int? {
      result.overflow ? nil : result.partialValue
    }
    return switch op {
    case "Add", "Sum": checked(a.addingReportingOverflow(b))
    case "Sub": checked(a.subtractingReportingOverflow(b))
    case "Mul": checked(a.multipliedReportingOverflow(by: b))
    case "Div": checked(a.dividedReportingOverflow(by: b))
    case "Mod": remainder(a, b)
    case "Max": max(a, b)
    case "Min": min(a, b)
    case "Equal": a == b ? 1 : 0
    case "Greater": a > b ? 1 : 0
    case "GreaterOrEqual": a >= b ? 1 : 0
    case "Less": a < b ? 1 : 0
    case "LessOrEqual": a <= b ? 1 : 0
    default: nil
    }
  }

  /// The remainder that has the sign of the divisor.
  private static func remainder(_ a: Int, _ b: Int) -> Int? {
    guard b != 0 else { return nil }
    let (rest, overflow) = a.remainderReportingOverflow(dividingBy: b)
    if overflow { return 0 }
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }
}
