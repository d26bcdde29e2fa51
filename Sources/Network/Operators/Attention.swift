// Attention, rotary positions and recurrences over tokens.

/// Scaled dot-product attention; heads may share keys and values.
///
/// Inputs: query, key, value as [N, heads, length, size] or [N, length, heads size], mask, past keys
/// and values. Outputs: y, present keys and values, the scores. A key-value head leaves with the query
/// heads that share it. With four axes the features of a head may leave too: those of queries and keys
/// together, and those of values.
enum Attention: Operator {
  static let names = ["Attention"]

  /// The shape [N, heads, length, size] of the input at `index`.
  private static func heads(_ node: NodeView, _ index: Int) throws(NetworkError) -> [Int] {
    let shape = try node.input(index, rank: 3).shape
    if shape.count == 4 { return shape }
    let count = node.node.int(index == 0 ? "q_num_heads" : "kv_num_heads", default: 0)
    guard shape.count == 3, count > 0, shape[2] % count == 0 else {
      throw node.invalid("the input \(shape) does not split into \(count) heads")
    }
    return [shape[0], count, shape[1], shape[2] / count]
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (query, key, value) = (try heads(node, 0), try heads(node, 1), try heads(node, 2))
    let input = try node.input(0)
    guard query[3] == key[3], key[1] > 0, query[1] % key[1] == 0, key[2] == value[2] else {
      throw node.invalid("the query \(query), key \(key) and value \(value) do not fit")
    }
    let past = node.node.input(4) == nil ? 0 : try node.input(4, rank: 3).shape[2]
    let total = past + key[2]
    let y =
      input.shape.count == 4
      ? [query[0], query[1], query[2], value[3]]
      : [query[0], query[2], [query[1], value[3]].saturatingProduct]
    let shapes = [
      y, [key[0], key[1], total, key[3]], [value[0], value[1], total, value[3]],
      [query[0], query[1], query[2], total],
    ]
    var types: [TensorType?] = []
    for shape in shapes.prefix(max(1, node.node.outputs.count)) {
      types.append(try node.output(input.element, shape))
    }
    return types
  }

  static func macs(_ node: NodeView) -> Int {
    guard let query = try? heads(node, 0), let key = try? heads(node, 1),
      let value = try? heads(node, 2)
    else { return 0 }
    let past = node.inputType(4).map { $0.shape.count > 2 ? $0.shape[2] : 0 } ?? 0
    let scores = Array(query[..<3]) + [past + key[2]]
    return min(
      (scores + [query[3]]).saturatingProduct + (scores + [value[3]]).saturatingProduct, 1 << 50)
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tie(.input(0, 0), .output(0, 0))
    guard let query = try? heads(node, 0), let key = try? heads(node, 1),
      let value = try? heads(node, 2), key[1] > 0, query[1] % key[1] == 0
    else { return }
    let (count, shared) = (key[1], query[1] / key[1])
    // The units of `count` heads in a tensor: on an axis of their own, or in blocks of features.
    func units(_ tensor: AxisSlice.Tensor, width: Int, features: Int) -> AxisSlice {
      let isSplit = relations.type(of: tensor)?.shape.count == 4
      let size = isSplit ? width : width * features
      return AxisSlice(
        tensor: tensor, axis: isSplit ? 1 : 2, start: 0, stride: size, width: size, count: count)
    }
    let made = units(.output(0), width: shared, features: value[3])
    relations.tie(units(.input(0), width: shared, features: query[3]), made)
    relations.tie(units(.input(1), width: 1, features: key[3]), made)
    relations.tie(units(.input(2), width: 1, features: value[3]), made)
    for past in 4...5 where node.inputType(past) != nil {
      relations.tie(units(.input(past), width: 1, features: 1), made)
    }
    for present in 1...2 where node.outputType(present) != nil {
      relations.tie(units(.output(present), width: 1, features: 1), made)
    }
    if node.outputType(3) != nil {
      relations.tie(units(.output(3), width: shared, features: 1), made)
    }
    if let mask = node.inputType(3)?.shape, mask.count == 4, mask[1] == query[1] {
      relations.tie(units(.input(3), width: shared, features: 1), made)
    }
    guard (0..<3).allSatisfy({ node.inputType($0)?.shape.count == 4 }) else { return }
    relations.tie(.input(0, 3), .input(1, 3))
    relations.sum([.input(0, 3), .input(1, 3)])
    // Once features leave, the scale that followed from them must be stated, in float32.
    let scale = 1 / Double(max(query[3], 1)).squareRoot()
    if node.node.attributes["scale"] == nil, Double(Float(scale)) != scale {
      relations.freeze(
        .input(0, 3), "its scale, 1 over the root of \(query[3]), cannot be stated exactly")
    }
    relations.tie(.input(2, 3), .output(0, 3))
    if node.inputType(4) != nil { relations.tie(.input(4, 3), .input(1, 3)) }
    if node.inputType(5) != nil { relations.tie(.input(5, 3), .input(2, 3)) }
    if node.outputType(1) != nil { relations.tie(.output(1, 3), .input(1, 3)) }
    if node.outputType(2) != nil { relations.tie(.output(2, 3), .input(2, 3)) }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    let (query, key) = (try heads(cut.view, 0), try heads(cut.view, 1))
    for (input, name, shape) in [(0, "q_num_heads", query), (1, "kv_num_heads", key)] {
      guard cut.view.inputType(input)?.shape.count == 3, let kept = cut.kept(.input(input, 2))
      else { continue }
      cut.node.set(name, .int(Int64(kept.count / max(shape[3], 1))))
    }
    // The scale follows the features unless it is stated.
    if cut.view.inputType(0)?.shape.count == 4, cut.kept(.input(0, 3)) != nil,
      cut.node.attributes["scale"] == nil
    {
      cut.node.set("scale", .float(1 / Float(query[3]).squareRoot()))
    }
  }
}

/// Operators over tokens that keep the first input's shape and hand on a state.
enum Recurrence: Operator {
  static let names = ["CausalConvWithState", "LinearAttention"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 3)
    if node.node.op == "CausalConvWithState" {
      let kernel = try node.input(1, rank: 3).shape[2]
      return [x, try node.output(x.element, [x.shape[0], x.shape[1], max(0, kernel - 1)])]
    }
    let (key, value) = (try node.input(1, rank: 3).shape, try node.input(2, rank: 3).shape)
    let (queryHeads, heads) = (
      node.node.int("q_num_heads", default: 0), node.node.int("kv_num_heads", default: 0)
    )
    guard heads > 0, queryHeads > 0, key[2] % heads == 0, value[2] % heads == 0 else {
      throw node.invalid("the keys \(key) and values \(value) do not split into \(heads) heads")
    }
    let width = [value[2] / heads, queryHeads].saturatingProduct
    return [
      try node.output(x.element, [x.shape[0], x.shape[1], width]),
      try node.output(
        node.inputType(3)?.element ?? x.element,
        [x.shape[0], heads, key[2] / heads, value[2] / heads]),
    ]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}

/// Pairs of features turned by an angle that grows with the position.
///
/// Inputs: x [N, heads, length, size] or [N, length, heads size], cosines, sines, positions.
enum RotaryEmbedding: Operator {
  static let names = ["RotaryEmbedding"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    [try node.input(0, rank: 3)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape else { return }
    // All heads are turned alike; the features of a head are not.
    for axis in 0..<(x.count == 4 ? 3 : 2) { relations.tie(.input(0, axis), .output(0, axis)) }
    let heads = node.node.int("num_heads", default: 0)
    guard x.count == 3, heads > 0, x[2] % heads == 0 else { return }
    let size = x[2] / heads
    relations.tie(
      .input(0, 2, start: 0, stride: size, width: size, count: heads),
      .output(0, 2, start: 0, stride: size, width: size, count: heads))
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    let heads = cut.node.int("num_heads", default: 0)
    guard let x = cut.view.inputType(0)?.shape, x.count == 3, heads > 0,
      let kept = cut.kept(.input(0, 2))
    else { return }
    cut.node.set("num_heads", .int(Int64(kept.count * heads / max(x[2], 1))))
  }
}
