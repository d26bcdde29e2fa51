// Random layers over tokens.

import Network

extension RandomGraph {
  mutating func growTokens() throws {
    let x = try token()
    let count = try b.channels(x, axis: 2)
    let layers: [(inout RandomGraph, String, Int) throws -> Void] = [
      { try $0.linear($1, $2) }, { try $0.linear($1, $2) }, { try $0.perceptron($1, $2) },
      { try $0.attention($1, $2) }, { try $0.attention($1, $2) }, { try $0.fused($1, $2) },
      { try $0.recurrent($1, $2) }, { try $0.added($1, $2) }, { try $0.gatedHalves($1, $2) },
      { try $0.overSteps($1, $2) }, { try $0.selected($1, $2) }, { try $0.layerNorm($1, $2) },
    ]
    try draw(layers)(&self, x, count)
  }

  /// A linear layer in one of the ways in which exporters write it.
  private mutating func dense(_ x: String, _ count: Int, _ wide: Int) throws -> String {
    let bias = try b.weight(name("bias"), [wide])
    let y: String
    switch Int.random(in: 0..<4, using: &random) {
    case 0: y = try op("MatMul", [x, b.weight(name("dense"), [count, wide])])
    case 1:
      let across = try op("Transpose", [b.weight(name("dense"), [wide, count])])
      y = try op("MatMul", [x, across])
    case 2:
      y = try op(
        "Einsum", [x, b.weight(name("dense"), [wide, count])],
        ["equation": .string("...i,oi->...o")])
    default:
      // Flattened to a matrix and back.
      let flat = try op("Reshape", [x, list([-1, count])])
      let product = try op(
        "Gemm", [flat, b.weight(name("dense"), [wide, count])], ["transB": .int(1)])
      y = try op("Reshape", [product, list([-1, 6, wide])])
    }
    return try op("Add", [y, bias])
  }

  private mutating func linear(_ x: String, _ count: Int) throws {
    tokens.append(try activated(dense(x, count, width())))
  }

  private mutating func perceptron(_ x: String, _ count: Int) throws {
    let wide = try width()
    let hidden = try activated(dense(x, count, wide))
    tokens.append(try op("Add", [x, dense(hidden, wide, count)]))
  }

  private mutating func added(_ x: String, _ count: Int) throws {
    let y = try token()
    let other = try b.channels(y, axis: 2)
    tokens.append(
      try other == count
        ? op("Add", [x, y]) : op("Concat", [x, y], ["axis": .int(2)]))
    if let last = tokens.last, try b.channels(last, axis: 2) > 72 { tokens.removeLast() }
  }

  private mutating func heads(_ x: String, _ count: Int, _ size: Int) throws -> String {
    let y = try op("Reshape", [x, list([0, 0, chance(0.5) ? count : -1, size])])
    return try op("Transpose", [y], ["perm": .ints([0, 2, 1, 3])])
  }

  private mutating func attend(
    _ q: String, _ k: String, _ v: String, _ wide: Int
  ) throws -> String {
    let scores: String
    if chance(0.5) {
      let across = try op("Transpose", [k], ["perm": .ints([0, 1, 3, 2])])
      scores = try op("MatMul", [q, across])
    } else {
      scores = try op("Einsum", [q, k], ["equation": .string("bhqd,bhkd->bhqk")])
    }
    let weights = try op("Softmax", [scores], ["axis": .int(-1)])
    let mixed = try op("MatMul", [weights, v])
    let back = try op("Transpose", [mixed], ["perm": .ints([0, 2, 1, 3])])
    return try op("Reshape", [back, list([0, 0, chance(0.5) ? wide : -1])])
  }

  private mutating func attention(_ x: String, _ count: Int) throws {
    let (shared, size) = (try draw([1, 2, 3]), 4)
    let keys = try draw([1, 2, 3])
    let wide = shared * keys * size
    var q = try heads(dense(x, count, wide), shared * keys, size)
    if chance(0.3) {
      // Rotated halves, as rotary positions have them.
      let half = try op("Split", [q], ["axis": .int(3)], outputs: 2)
      let turned = try op("Concat", [op("Neg", ["\(half).1"]), half], ["axis": .int(3)])
      q = try op("Add", [q, turned])
    }
    var parts: [String] = []
    for _ in 0..<2 {
      var y = try heads(dense(x, count, keys * size), keys, size)
      if shared > 1 {
        // Each key and value head for several queries.
        y = try op("Unsqueeze", [y, list([2])])
        y = try op("Expand", [y, list([1, 1, shared, 1, 1])])
        y = try op("Reshape", [y, list([0, shared * keys, 6, size])])
      }
      parts.append(y)
    }
    let y = try attend(q, parts[0], parts[1], wide)
    tokens.append(try op("Add", [x, dense(y, wide, count)]))
  }

  private mutating func fused(_ x: String, _ count: Int) throws {
    let (heads, size) = (try draw([2, 3]), 4)
    let wide = heads * size
    let y = try dense(x, count, 3 * wide)
    var parts: [String] = []
    if chance(0.5) {
      let split = try op("Reshape", [y, list([0, 6, 3, heads, size])])
      let first = try op("Transpose", [split], ["perm": .ints([2, 0, 3, 1, 4])])
      for index in 0..<3 {
        let place = b.tensor(
          "place.\(index)", TensorData(scalar: Int64(index)), role: .constant)
        parts.append(try op("Gather", [first, place], ["axis": .int(0)]))
      }
    } else {
      let third = try op("Split", [y], ["axis": .int(2)], outputs: 3)
      for part in [third, "\(third).1", "\(third).2"] {
        parts.append(try self.heads(part, heads, size))
      }
    }
    tokens.append(try dense(attend(parts[0], parts[1], parts[2], wide), wide, width()))
  }

  private mutating func recurrent(_ x: String, _ count: Int) throws {
    let (kind, gates) = try draw([("LSTM", 4), ("GRU", 3), ("RNN", 1)])
    let (directions, hidden) = (try draw([1, 2]), try draw([4, 6]))
    let rows = gates * hidden
    let first = try op("Transpose", [x], ["perm": .ints([1, 0, 2])])
    let y = try op(
      kind,
      [
        first, b.weight(name("w"), [directions, rows, count]),
        b.weight(name("r"), [directions, rows, hidden]),
        b.weight(name("rb"), [directions, 2 * rows]),
      ],
      [
        "hidden_size": .int(Int64(hidden)),
        "direction": .string(directions == 2 ? "bidirectional" : "forward"),
      ])
    // [T, D, N, H] to [N, T, D H].
    let back = try op("Transpose", [y], ["perm": .ints([2, 0, 1, 3])])
    tokens.append(try op("Reshape", [back, list([0, 0, directions * hidden])]))
  }

  private mutating func gatedHalves(_ x: String, _ count: Int) throws {
    let wide = try width()
    let y = try op(
      "Split", [dense(x, count, 2 * wide)], ["axis": .int(-1)], outputs: 2)
    tokens.append(try op("Mul", [y, op("Sigmoid", ["\(y).1"])]))
  }

  /// A convolution over the steps.
  private mutating func overSteps(_ x: String, _ count: Int) throws {
    let first = try op("Transpose", [x], ["perm": .ints([0, 2, 1])])
    let groups = chance(0.5) ? count : 1
    let wide = groups == count ? count : try width()
    let y = try op(
      "Conv", [first, b.weight(name("steps"), [wide, count / groups, 3])],
      [
        "kernel_shape": .ints([3]), "pads": .ints([1, 1]), "group": .int(Int64(groups)),
      ])
    tokens.append(try op("Transpose", [activated(y)], ["perm": .ints([0, 2, 1])]))
  }

  private mutating func selected(_ x: String, _ count: Int) throws {
    guard count > 3 else { return }
    if chance(0.5) {
      let indices = Array((0..<count).shuffled(using: &random).prefix(max(2, count * 2 / 3)))
      tokens.append(try op("Gather", [x, list(indices)], ["axis": .int(2)]))
    } else {
      // The middle features, and the others after them.
      let (a, z) = (count / 4, count - count / 3)
      let ends = [(a, z), (0, a), (z, count)]
      var parts: [String] = []
      for (start, end) in ends where end > start {
        parts.append(try op("Slice", [x, list([start]), list([end]), list([2])]))
      }
      tokens.append(try op("Concat", parts, ["axis": .int(-1)]))
    }
  }

  private mutating func layerNorm(_ x: String, _ count: Int) throws {
    let scale = b.vector(name("ln") + ".weight", 1, count: count)
    tokens.append(try op("LayerNormalization", [x, scale, b.weight(name("ln"), [count])]))
  }
}

extension NetworkBuilder {
  /// The extent of an axis.
  fileprivate func channels(_ value: String, axis: Int) throws -> Int {
    let shape = try shape(value)
    guard axis < shape.count else { throw RandomGraph.NothingToDraw() }
    return shape[axis]
  }
}
