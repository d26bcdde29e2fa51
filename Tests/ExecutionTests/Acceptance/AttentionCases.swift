// Acceptance cases of attention: separate and fused projections, shared keys, windows, rotation.

import Network

enum AttentionCases {
  static let all: [String: AcceptanceCase] = [
    "separate projections": separate, "fused projection, picked apart": fusedGather,
    "fused projection, split with its axis": fusedSplit,
    "fused projection, split before the heads": fusedThirds,
    "grouped queries": groupedQueries, "one key for all queries": multiQuery,
    "rotary positions": rotary, "shifted windows": windows,
  ]

  /// The extent of a head.
  static let d = 4

  private static func tokens(_ name: String) -> NetworkBuilder {
    NetworkBuilder(name, input: ["batch", 5, 6])
  }

  static func linear(
    _ b: inout NetworkBuilder, _ name: String, _ x: String, _ features: Int
  ) throws -> String {
    let weight = try b.weight("\(name).weight", [b.shape(x).last ?? 0, features])
    let y = try b.add("MatMul", name: name, [x, weight])
    return try b.add("Add", name: "\(name).add", [y, b.weight("\(name).bias", [features])])
  }

  /// What stays of a linear layer whose weight is [in, out].
  static func picks(_ name: String, out: [Int]? = nil, in used: [Int]? = nil) -> [String: [Pick]] {
    var picks: [String: [Pick]] = [:]
    if let out { picks["\(name).bias"] = [.axis(0, out)] }
    picks["\(name).weight"] =
      (out.map { [.axis(1, $0)] } ?? []) + (used.map { [.axis(0, $0)] } ?? [])
    return picks
  }

  private static func heads(
    _ b: inout NetworkBuilder, _ x: String, _ count: Int
  ) throws -> String {
    let split = b.integers("heads.\(count)", [0, 0, count, d])
    let y = try b.add("Reshape", name: "\(x).heads", [x, split])
    return try b.add("Transpose", name: "\(x).first", [y], ["perm": .ints([0, 2, 1, 3])])
  }

  /// softmax(q k^T / 2) v, the heads joined again.
  private static func attend(
    _ b: inout NetworkBuilder, _ q: String, _ k: String, _ v: String
  ) throws -> String {
    let across = try b.add("Transpose", name: "k.t", [k], ["perm": .ints([0, 1, 3, 2])])
    let scale = b.tensor("scale", TensorData(scalar: Float(0.5)), role: .constant)
    let scores = try b.add("MatMul", name: "scores", [q, across])
    let scaled = try b.add("Mul", name: "scaled", [scores, scale])
    let weights = try b.add("Softmax", name: "weights", [scaled], ["axis": .int(-1)])
    let x = try b.add("MatMul", name: "mixed", [weights, v])
    let back = try b.add("Transpose", name: "back", [x], ["perm": .ints([0, 2, 1, 3])])
    return try b.add("Reshape", name: "join", [back, b.integers("joined", [0, 0, -1])])
  }

  static let separate = AcceptanceCase(
    build: { n in
      var b = tokens("separate")
      var parts: [String] = []
      for name in ["q", "k", "v"] {
        parts.append(try heads(&b, linear(&b, name, b.input, n[0] * d), n[0]))
      }
      let x = try linear(&b, "out", attend(&b, parts[0], parts[1], parts[2]), 6)
      return try b.finish(b.sum("s", x, b.input))
    }, sizes: ([3], [2]), kept: ["q": [0, 2]],
    picks: picks("q", out: [0, 2].spread(width: d)) + picks("k", out: [0, 2].spread(width: d))
      + picks("v", out: [0, 2].spread(width: d)) + picks("out", in: [0, 2].spread(width: d)))

  private static func fused(
    _ apart: @escaping @Sendable (inout NetworkBuilder, String, Int) throws -> [String]
  ) -> AcceptanceCase {
    AcceptanceCase(
      build: { n in
        var b = tokens("fused")
        let x = try linear(&b, "qkv", b.input, 3 * n[0] * d)
        let parts = try apart(&b, x, n[0])
        let y = try linear(&b, "out", attend(&b, parts[0], parts[1], parts[2]), 6)
        return try b.finish(b.sum("s", y, b.input))
      }, sizes: ([3], [2]), kept: ["qkv[0..<12]": [1, 2]],
      picks: picks("qkv", out: [1, 2].spread(width: d, copies: 3, step: 12))
        + picks("out", in: [1, 2].spread(width: d)))
  }

  private static func stacked(
    _ b: inout NetworkBuilder, _ x: String, _ count: Int
  ) throws -> String {
    let split = b.integers("stack", [0, 0, 3, count, d])
    let y = try b.add("Reshape", name: "stacked", [x, split])
    return try b.add("Transpose", name: "swap", [y], ["perm": .ints([2, 0, 3, 1, 4])])
  }

  static let fusedGather = fused { b, x, count in
    let x = try stacked(&b, x, count)
    return try (0..<3).map { index in
      let number = b.tensor("\(index)", TensorData(scalar: Int64(index)), role: .constant)
      return try b.add("Gather", name: "part", [x, number], ["axis": .int(0)])
    }
  }

  static let fusedSplit = fused { b, x, count in
    let x = try stacked(&b, x, count)
    let parts = try b.add("Split", name: "parts", [x], ["axis": .int(0)], outputs: 3)
    return try [parts, "\(parts).1", "\(parts).2"].map {
      try b.add("Squeeze", name: "\($0).part", [$0, b.integers("front", [0])])
    }
  }

  static let fusedThirds = fused { b, x, count in
    let parts = try b.add("Split", name: "parts", [x], ["axis": .int(2)], outputs: 3)
    return try [parts, "\(parts).1", "\(parts).2"].map { try heads(&b, $0, count) }
  }

  /// Two queries share a key and value; n counts the keys.
  static let groupedQueries = AcceptanceCase(
    build: { n in
      var b = tokens("grouped queries")
      let q = try heads(&b, linear(&b, "q", b.input, 2 * n[0] * d), 2 * n[0])
      var parts: [String] = []
      for name in ["k", "v"] {
        var x = try heads(&b, linear(&b, name, b.input, n[0] * d), n[0])
        x = try b.add("Unsqueeze", name: "\(name).one", [x, b.integers("two", [2])])
        x = try b.add(
          "Expand", name: "\(name).both", [x, b.integers("twice", [1, n[0], 2, 5, d])])
        parts.append(
          try b.add(
            "Reshape", name: "\(name).all", [x, b.integers("all", [0, 2 * n[0], 5, d])]))
      }
      let x = try linear(&b, "out", attend(&b, q, parts[0], parts[1]), 6)
      return try b.finish(b.sum("s", x, b.input))
    }, sizes: ([3], [2]), kept: ["q": [0, 2]],
    picks: picks("q", out: [0, 2].spread(width: 2 * d))
      + picks("k", out: [0, 2].spread(width: d)) + picks("v", out: [0, 2].spread(width: d))
      + picks("out", in: [0, 2].spread(width: 2 * d)))

  /// One key and value for all queries, whose heads are free.
  static let multiQuery = AcceptanceCase(
    build: { n in
      var b = tokens("one key")
      let q = try heads(&b, linear(&b, "q", b.input, n[0] * d), n[0])
      let k = try heads(&b, linear(&b, "k", b.input, d), 1)
      let v = try heads(&b, linear(&b, "v", b.input, d), 1)
      let x = try linear(&b, "out", attend(&b, q, k, v), 6)
      return try b.finish(b.sum("s", x, b.input))
    }, sizes: ([4], [2]), kept: ["q": [0, 3]],
    picks: picks("q", out: [0, 3].spread(width: d)) + picks("out", in: [0, 3].spread(width: d)))

  /// x cos + (-x2, x1) sin over the halves of each head.
  private static func rotated(_ b: inout NetworkBuilder, _ x: String) throws -> String {
    let axis = b.integers("last", [3])
    let halves = try [(0, d / 2), (d / 2, d)].map { from, to in
      let borders = [b.integers("at.\(from)", [from]), b.integers("at.\(to)", [to])]
      return try b.add("Slice", name: "\(x).\(from)", [x] + borders + [axis])
    }
    let turned = try b.add(
      "Concat", name: "\(x).turned", [b.add("Neg", name: "\(x).neg", [halves[1]]), halves[0]],
      ["axis": .int(3)])
    let angles = (0..<5 * d).map { Float($0) / 7 }
    func table(_ name: String) throws -> String {
      b.tensor(name, try TensorData(angles, shape: [5, d]), role: .constant)
    }
    let cosine = try b.add("Mul", name: "\(x).cos", [x, table("cos")])
    let sine = try b.add("Mul", name: "\(x).sin", [turned, table("sin")])
    return try b.add("Add", name: "\(x).rotated", [cosine, sine])
  }

  static let rotary = AcceptanceCase(
    build: { n in
      var b = tokens("rotary")
      let q = try rotated(&b, heads(&b, linear(&b, "q", b.input, n[0] * d), n[0]))
      let k = try rotated(&b, heads(&b, linear(&b, "k", b.input, n[0] * d), n[0]))
      let v = try heads(&b, linear(&b, "v", b.input, n[0] * d), n[0])
      let x = try linear(&b, "out", attend(&b, q, k, v), 6)
      return try b.finish(b.sum("s", x, b.input))
    }, sizes: ([3], [1]), kept: ["q": [1]],
    picks: picks("q", out: [1].spread(width: d)) + picks("k", out: [1].spread(width: d))
      + picks("v", out: [1].spread(width: d)) + picks("out", in: [1].spread(width: d)))

  /// Attention inside windows of 4 by 4 pixels, as Swin cuts them out of a picture.
  static let windows = AcceptanceCase(
    build: { n in
      var b = NetworkBuilder("windows", input: ["batch", 8, 8, 6])
      func reshape(_ name: String, _ x: String, _ shape: [Int]) throws -> String {
        try b.add("Reshape", name: name, [x, b.integers("\(name).to", shape)])
      }
      let swap: [String: Attribute] = ["perm": .ints([0, 1, 3, 2, 4, 5])]
      var x = try linear(&b, "stem", b.input, n[1])
      x = try reshape("rows", x, [-1, 2, 4, 2, 4, n[1]])
      x = try b.add("Transpose", name: "gather", [x], .init(uniqueKeysWithValues: swap))
      x = try reshape("windows", x, [-1, 16, n[1]])
      x = try linear(&b, "qkv", x, 3 * n[0] * d)
      x = try stacked(&b, x, n[0])
      let parts = try (0..<3).map { index in
        let number = b.tensor("\(index)", TensorData(scalar: Int64(index)), role: .constant)
        return try b.add("Gather", name: "part", [x, number], ["axis": .int(0)])
      }
      x = try linear(&b, "out", attend(&b, parts[0], parts[1], parts[2]), n[1])
      x = try reshape("apart", x, [-1, 2, 2, 4, 4, n[1]])
      x = try b.add("Transpose", name: "scatter", [x], .init(uniqueKeysWithValues: swap))
      x = try reshape("picture", x, [-1, 8, 8, n[1]])
      return try b.finish(linear(&b, "head", x, 3))
    }, sizes: ([3, 6], [2, 4]),
    kept: ["qkv[0..<12]": [0, 2], "stem": [0, 1, 2, 5], "out": [1, 2, 3, 4]],
    picks: picks("stem", out: [0, 1, 2, 5])
      + picks("qkv", out: [0, 2].spread(width: d, copies: 3, step: 12), in: [0, 1, 2, 5])
      + picks("out", out: [1, 2, 3, 4], in: [0, 2].spread(width: d))
      + picks("head", in: [1, 2, 3, 4]))
}
