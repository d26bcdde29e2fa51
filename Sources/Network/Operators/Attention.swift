// Attention, rotary positions and recurrences over tokens.

/// Scaled dot-product attention; heads may share keys and values.
///
/// Inputs: query, key, value as [N, heads, length, size] or [N, length, heads size], mask, past keys
/// and values. Outputs: y, present keys and values, the scores. Its heads and features are frozen.
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
    guard let rank = node.inputType(0)?.shape.count else { return }
    // All heads are turned alike; the features of a head are not.
    for axis in 0..<(rank == 4 ? 3 : 2) { relations.tie(.input(0, axis), .output(0, axis)) }
  }
}
