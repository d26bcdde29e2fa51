// Attention, rotary positions, losses and grids against ONNX Runtime and central differences.

import Network
import OrderedCollections
import Runtimes
import Testing

@Suite struct AttentionTrials {
  static func attention() throws -> Trials {
    var t = Trials(opset: 23, seed: 61)
    let query = [2, 4, 3, 8]
    for heads in [4, 2, 1] {
      let key = [2, heads, 5, 8]
      try t.add("Attention", [t.floats(query), t.floats(key), t.floats(key)])
      try t.add(
        "Attention", [t.floats(query), t.floats(key), t.floats(key), t.floats([3, 5])],
        ["scale": .float(0.3), "softcap": .float(2)])
    }
    let mask = try TensorData((0..<15).map { $0 % 5 <= $0 / 5 + 1 }, shape: [3, 5])
    try t.add(
      "Attention",
      [t.floats(query), t.floats([2, 4, 5, 8]), t.floats([2, 4, 5, 8]), .constant(mask)])
    try t.add(
      "Attention", [t.floats([2, 3, 32]), t.floats([2, 5, 16]), t.floats([2, 5, 16])],
      ["q_num_heads": .int(4), "kv_num_heads": .int(2)])
    try t.add(
      "Attention", [t.floats([2, 4, 5, 8]), t.floats([2, 4, 5, 8]), t.floats([2, 4, 5, 8])],
      ["is_causal": .int(1)])
    return t
  }

  static func positions() throws -> Trials {
    var t = Trials(opset: 23, seed: 62)
    for interleaved: Int64 in [0, 1] {
      try t.add(
        "RotaryEmbedding",
        [
          t.floats([2, 3, 4, 8]), t.floats([10, 4]), t.floats([10, 4]), t.integers([2, 4], 0...9),
        ], ["interleaved": .int(interleaved)])
      try t.add(
        "RotaryEmbedding", [t.floats([2, 4, 24]), t.floats([2, 4, 4]), t.floats([2, 4, 4])],
        ["interleaved": .int(interleaved), "num_heads": .int(3)])
    }
    try t.add(
      "RotaryEmbedding",
      [
        t.floats([2, 3, 4, 8]), t.floats([10, 2]), t.floats([10, 2]), t.integers([2, 4], 0...9),
      ],
      ["rotary_embedding_dim": .int(4)])
    for axis: Int64 in [-1, 1] {
      try t.add(
        "RMSNormalization", [t.floats([2, 3, 4]), t.floats(axis == 1 ? [3, 4] : [4])],
        ["axis": .int(axis), "epsilon": .float(1e-3)])
    }
    return t
  }

  static func losses() throws -> Trials {
    var t = Trials(opset: 13, seed: 63)
    for op in ["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"] {
      for reduction in ["none", "sum", "mean"] {
        try t.add(
          op, [t.floats([4, 3]), t.integers([4], 0...2)], ["reduction": .string(reduction)])
        try t.add(
          op, [t.floats([2, 3, 2, 2]), t.integers([2, 2, 2], 0...2), t.floats([3], 0.5...2)],
          ["reduction": .string(reduction), "ignore_index": .int(1)])
      }
    }
    return t
  }

  static func grids(modes: [String] = ["linear", "nearest", "cubic"]) throws -> Trials {
    var t = Trials(opset: 20, seed: 64)
    for mode in modes {
      for padding in ["zeros", "border", "reflection"] {
        try t.add(
          "GridSample", [t.floats([2, 2, 4, 5]), t.floats([2, 3, 3, 2], -1.2...1.2)],
          [
            "mode": .string(mode), "padding_mode": .string(padding),
            "align_corners": .int(t.coin() ? 1 : 0),
          ])
      }
    }
    for corners: Int64 in [0, 1] {
      try t.add(
        "AffineGrid", [t.floats([2, 2, 3]), .list([2, 3, 4, 5])], ["align_corners": .int(corners)])
    }
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func attentionAgrees() throws {
    try Self.attention().compare()
    try Self.positions().compare()
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime)) func lossesAndGridsAgree() throws {
    try Self.losses().compare()
    try Self.grids().compare(tolerance: 1e-4)
  }

  @Test func attentionDifferentiates() throws {
    try Self.attention().differentiate()
    try Self.positions().differentiate()
    try Self.losses().differentiate()
  }

  /// Queries that may look at nothing give zeros, and a window hides what lies outside it.
  @Test func windowsAndEmptyRows() throws {
    let q = try floats((0..<8).map { Float($0) / 8 }, [1, 1, 4, 2])
    let v = try floats([1, 0, 0, 1, 2, 0, 0, 2], [1, 1, 4, 2])
    let y = try evaluate(
      "Attention", [q, q, v], attributes: ["left_window_size": .int(0), "is_causal": .int(1)],
      opset: 25)
    #expect(try y[0].values(as: Float.self) == [1, 0, 0, 1, 2, 0, 0, 2])
    let blind = try TensorData([Bool](repeating: false, count: 16), shape: [4, 4])
    let zeros = try evaluate("Attention", [q, q, v, blind], opset: 23)
    #expect(try zeros[0].values(as: Float.self).allSatisfy { $0 == 0 })
  }

  /// Token by token with the state handed on, a recurrence gives what it gives over all at once.
  @Test(arguments: ["linear", "gated", "delta", "gated_delta"])
  func statesAreHandedOn(rule: String) throws {
    var t = Trials(seed: 65)
    func random(_ shape: [Int]) throws -> TensorData {
      try #require(t.floats(shape, -1...1).tensor)
    }
    let length = 5
    let inputs: [TensorData?] = [
      try random([1, length, 8]), try random([1, length, 4]), try random([1, length, 6]), nil,
      rule.hasPrefix("gated") ? try random([1, length, 2]) : nil,
      rule.hasSuffix("delta") ? try random([1, length, 2]) : nil,
    ]
    let attributes: OrderedDictionary<String, Attribute> = [
      "q_num_heads": .int(4), "kv_num_heads": .int(2), "update_rule": .string(rule),
    ]
    let whole = try evaluate(
      "LinearAttention", inputs, attributes: attributes, outputs: 2, opset: 27)
    var state: TensorData?
    var rows: [Float] = []
    for step in 0..<length {
      var part: [TensorData?] = []
      for input in inputs {
        part.append(
          try input.map {
            try TensorData($0.tensor(named: "x").narrow(axis: 1, start: step, length: 1))
          })
      }
      part[3] = state
      let found = try evaluate(
        "LinearAttention", part, attributes: attributes, outputs: 2, opset: 27)
      rows += try found[0].values(as: Float.self)
      state = try TensorData(found[1])
    }
    let expected = try whole[0].values(as: Float.self)
    #expect(zip(rows, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    let last = try #require(state?.reals)
    #expect(zip(last, try whole[1].values(as: Double.self)).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
