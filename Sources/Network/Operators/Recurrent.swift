// Recurrent layers: LSTM, GRU and the plain recurrent network.

/// Recurrent layers over a sequence of T steps, with D directions, I inputs and H hidden units.
///
/// Inputs: x [T, B, I], w [D, G H, I], r [D, G H, H], b [D, 2 G H], lengths [B], initial h [D, B, H],
/// and for the LSTM initial c [D, B, H] and peepholes [D, 3 H], where G counts the gates (LSTM 4,
/// GRU 3, RNN 1). Outputs: y [T, D, B, H], the last h [D, B, H], and for the LSTM the last c. With
/// `layout` 1 the batch comes first everywhere.
enum Recurrent: Operator {
  static let names = ["GRU", "LSTM", "RNN"]

  private static func gates(_ node: Node) -> Int {
    switch node.op {
    case "LSTM": 4
    case "GRU": 3
    default: 1
    }
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let w = try node.input(1)
    let r = try node.input(2)
    guard x.shape.count == 3, w.shape.count == 3, r.shape.count == 3 else {
      throw node.invalid(
        "x, w and r were expected to have three axes each, found \(x.shape), \(w.shape), \(r.shape)"
      )
    }
    let gates = gates(node.node)
    let directions = node.node.string("direction", default: "forward") == "bidirectional" ? 2 : 1
    let hidden = node.node.int("hidden_size") ?? r.shape[2]
    guard (0...NodeView.largestStep).contains(hidden) else {
      throw node.invalid("hidden_size is \(hidden)")
    }
    let weight = [directions, gates * hidden, x.shape[2]]
    let recurrence = [directions, gates * hidden, hidden]
    guard w.shape == weight, r.shape == recurrence else {
      throw node.invalid(
        "w \(w.shape) and r \(r.shape) were expected to be \(weight) and \(recurrence) for the input "
          + "\(x.shape) and \(hidden) hidden units")
    }
    let batchFirst = node.node.int("layout", default: 0) == 1
    let (steps, batch) = batchFirst ? (x.shape[1], x.shape[0]) : (x.shape[0], x.shape[1])
    let state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    let others: [(Int, [Int])] = [
      (3, [directions, 2 * gates * hidden]), (4, [batch]), (5, state), (6, state),
      (7, [directions, 3 * hidden]),
    ]
    for (index, expected) in others where node.node.input(index) != nil {
      guard let type = node.inputType(index), type.shape != expected else { continue }
      throw node.invalid("input \(index) has shape \(type.shape); \(expected) was expected")
    }
    let y = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]
    let types: [TensorType?] = [
      try node.output(x.element, y), TensorType(x.element, state), TensorType(x.element, state),
    ]
    return Array(types.prefix(node.node.outputs.count))
  }

  static func macs(_ node: NodeView) -> Int {
    guard let x = node.inputType(0), let r = node.inputType(2), x.shape.count == 3,
      r.shape.count == 3
    else { return 0 }
    // Each step multiplies the input and the last hidden state by their weights.
    return [x.shape[0], x.shape[1], r.shape[0], r.shape[1], x.shape[2] + r.shape[2]]
      .saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let hidden = node.inputType(2)?.shape.last,
      let anchor = node.outputs.indices.first(where: { node.outputType($0) != nil }),
      let rank = node.outputType(anchor)?.shape.count
    else { return }
    relations.consume(.input(0, 2), .input(1, 2))
    let units = AxisSlice.output(anchor, rank - 1)
    for gate in 0..<gates(node.node) {
      relations.produce(.input(1, 1, start: gate * hidden, count: hidden), units)
      relations.produce(.input(2, 1, start: gate * hidden, count: hidden), units)
    }
    relations.consume(units, .input(2, 2))
    for gate in 0..<2 * gates(node.node) where node.inputType(3) != nil {
      relations.tie(.input(3, 1, start: gate * hidden, count: hidden), units)
    }
    for gate in 0..<3 where node.inputType(7) != nil {
      relations.tie(.input(7, 1, start: gate * hidden, count: hidden), units)
    }
    for index in 5...6 where node.inputType(index) != nil {
      relations.tie(.input(index, 2), units)
    }
    for index in node.outputs.indices where node.outputType(index) != nil && index != anchor {
      relations.tie(.output(index, 2), units)
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let kept = cut.kept(.input(2, 2)) else { return }
    cut.node.set("hidden_size", .int(Int64(kept.count)))
  }

  static func role(ofInput index: Int) -> Initializer.Role? {
    switch index {
    case 1, 2, 3, 7: .parameter
    case 4, 5, 6: .constant
    default: nil
    }
  }
}
