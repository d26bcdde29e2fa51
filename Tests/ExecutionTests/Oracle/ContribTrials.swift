// The operators of ONNX Runtime's own domain against ONNX Runtime.

import Network
import OrderedCollections
import Testing

@Suite struct ContribTrials {
  static func activations() throws -> Trials {
    var t = Trials(seed: 81, domain: "com.microsoft")
    let x = [2, 3, 8]
    try t.add("Gelu", [t.floats(x)])
    try t.add("QuickGelu", [t.floats(x)], ["alpha": .float(1.5)])
    try t.add("QuickGelu", [t.floats(x)])
    try t.add("BiasGelu", [t.floats(x), t.floats([8])])
    try t.add("FastGelu", [t.floats(x)])
    try t.add("FastGelu", [t.floats(x), t.floats([8])])
    return t
  }

  static func products() throws -> Trials {
    var t = Trials(seed: 82, domain: "com.microsoft")
    try t.add("FusedMatMul", [t.floats([2, 3, 4]), t.floats([2, 4, 5])], ["alpha": .float(0.5)])
    try t.add(
      "FusedMatMul", [t.floats([2, 4, 3]), t.floats([2, 5, 4])],
      ["transA": .int(1), "transB": .int(1)])
    try t.add(
      "FusedMatMul", [t.floats([3, 2, 4]), t.floats([2, 4, 5])], ["transBatchA": .int(1)])
    try t.add(
      "FusedMatMul", [t.floats([4, 2, 3]), t.floats([4, 2, 5])],
      ["transA": .int(1), "transBatchA": .int(1), "transBatchB": .int(1)])
    for activation in ["Relu", "Tanh", "Sigmoid"] {
      try t.add(
        "FusedGemm", [t.floats([3, 4]), t.floats([5, 4]), t.floats([5])],
        ["transB": .int(1), "alpha": .float(0.7), "activation": .string(activation)])
      try t.add(
        "FusedConv", [t.floats([2, 4, 6, 6]), t.floats([6, 2, 3, 3]), t.floats([6])],
        ["group": .int(2), "pads": .ints([1, 1, 1, 1]), "activation": .string(activation)])
    }
    try t.add(
      "FusedGemm", [t.floats([3, 4]), t.floats([4, 5]), t.floats([3, 5])],
      ["activation": .string("LeakyRelu"), "activation_alpha": .float(0.3)])
    try t.add(
      "FusedConv",
      [t.floats([1, 3, 6, 6]), t.floats([4, 3, 3, 3]), t.floats([4]), t.floats([1, 4, 4, 4])],
      ["activation": .string("Relu")])
    try t.add(
      "FusedConv", [t.floats([1, 3, 6, 6]), t.floats([4, 3, 3, 3]), t.floats([4])],
      ["activation": .string("Clip"), "activation_params": .floats([-0.5, 0.75])])
    return t
  }

  static func normalizations() throws -> Trials {
    var t = Trials(seed: 83, domain: "com.microsoft")
    let x = [2, 3, 8]
    let epsilon: OrderedDictionary<String, Attribute> = ["epsilon": .float(1e-3)]
    try t.add(
      "SkipLayerNormalization", [t.floats(x), t.floats(x), t.floats([8]), t.floats([8])], epsilon)
    try t.add(
      "SkipLayerNormalization",
      [t.floats(x), t.floats([3, 8]), t.floats([8]), t.floats([8]), t.floats([8])])
    try t.add(
      "SkipSimplifiedLayerNormalization", [t.floats(x), t.floats(x), t.floats([8])], epsilon)
    try t.add(
      "EmbedLayerNormalization",
      [
        t.integers([2, 3], 0...9).narrowed(Int32.self),
        t.integers([2, 3], 0...1).narrowed(Int32.self),
        t.floats([10, 8]), t.floats([5, 8]), t.floats([2, 8]), t.floats([8]), t.floats([8]),
        t.integers([2, 3], 0...1).narrowed(Int32.self),
      ], ["epsilon": .float(1e-6), "mask_index_type": .int(1)], outputs: 2)
    try t.add(
      "EmbedLayerNormalization",
      [
        t.integers([2, 3], 0...9).narrowed(Int32.self), .none, t.floats([10, 8]), t.floats([5, 8]),
        .none,
        t.floats([8]), t.floats([8]),
      ], outputs: 2)
    return t
  }

  static func attention() throws -> Trials {
    var t = Trials(seed: 84, domain: "com.microsoft")
    let heads: OrderedDictionary<String, Attribute> = ["num_heads": .int(2)]
    let causal: OrderedDictionary<String, Attribute> = [
      "num_heads": .int(2), "unidirectional": .int(1),
    ]
    let packed = try [t.floats([2, 4, 6]), t.floats([6, 24]), t.floats([24])]
    try t.add("Attention", packed, heads)
    try t.add("Attention", packed, causal)
    try t.add("Attention", packed, ["num_heads": .int(2), "scale": .float(0.3)])
    try t.add(
      "Attention", [t.floats([2, 4, 6]), t.floats([6, 20]), t.floats([20])],
      ["num_heads": .int(2), "qkv_hidden_sizes": .ints([8, 8, 4])])
    let mask = TensorData(vector: [4, 2] as [Int32])
    try t.add("Attention", packed + [.constant(mask)], heads)
    let pairs = try TensorData([1, 1, 1, 0, 1, 1, 0, 0] as [Int32], shape: [2, 4])
    try t.add("Attention", packed + [.constant(pairs)], heads)
    try t.add("Attention", packed + [.constant(pairs)], causal)
    try t.add(
      "Attention", packed + [.none, .none, t.floats([2, 2, 4, 4])], heads)
    try t.add(
      "Attention", packed + [.none, t.floats([2, 2, 2, 3, 4])], causal, outputs: 2)

    let (query, key) = ([2, 4, 8], [2, 5, 8])
    try t.add("MultiHeadAttention", [t.floats(query), t.floats(key), t.floats(key)], heads)
    try t.add(
      "MultiHeadAttention", [t.floats(query), t.floats(key), t.floats([2, 5, 4]), t.floats([20])],
      ["num_heads": .int(2), "scale": .float(0.2)])
    try t.add("MultiHeadAttention", [t.floats(query), t.floats(query), t.floats(query)], causal)
    try t.add(
      "MultiHeadAttention", [t.floats(query), t.floats([2, 2, 5, 4]), t.floats([2, 2, 5, 4])],
      heads)
    try t.add(
      "MultiHeadAttention",
      [
        t.floats(query), t.floats(query), t.floats(query), .none, .constant(pairs),
        t.floats([1, 2, 4, 4]),
      ], heads)
    try t.add(
      "MultiHeadAttention",
      [
        t.floats(query), t.floats(query), t.floats(query), .none, .none, .none,
        t.floats([2, 2, 3, 4]), t.floats([2, 2, 3, 4]),
      ], heads, outputs: 3)
    return t
  }

  static func groupedQueries() throws -> Trials {
    var t = Trials(seed: 85, domain: "com.microsoft")
    let lasts = Operand.constant(TensorData(vector: [3, 3] as [Int32]))
    let total = Operand.constant(TensorData(vector: [4] as [Int32]))
    let heads: OrderedDictionary<String, Attribute> = [
      "num_heads": .int(4), "kv_num_heads": .int(2),
    ]
    let first = try [t.floats([2, 4, 64]), t.floats([2, 4, 32]), t.floats([2, 4, 32])]
    try t.add("GroupQueryAttention", first + [.none, .none, lasts, total], heads, outputs: 3)
    try t.add(
      "GroupQueryAttention", [t.floats([2, 4, 128]), .none, .none, .none, .none, lasts, total],
      heads, outputs: 3)
    for interleaved: Int64 in [0, 1] {
      try t.add(
        "GroupQueryAttention",
        first + [.none, .none, lasts, total, t.floats([10, 8]), t.floats([10, 8])],
        heads.merging(["do_rotary": .int(1), "rotary_interleaved": .int(interleaved)]) { $1 },
        outputs: 3)
    }
    try t.add(
      "GroupQueryAttention", first + [.none, .none, lasts, total],
      heads.merging(["softcap": .float(2), "scale": .float(0.4)]) { $1 }, outputs: 3)
    try t.add(
      "GroupQueryAttention", first + [.none, .none, lasts, total],
      heads.merging(["local_window_size": .int(2)]) { $1 }, outputs: 3)
    // A score that leads nowhere: zero, or one a head; with the products packed.
    try t.add(
      "GroupQueryAttention", first + [.none, .none, lasts, total],
      heads.merging(["smooth_softmax": .int(1)]) { $1 }, outputs: 3)
    let rest = [lasts, total] + Array(repeating: Operand.none, count: 4)
    try t.add(
      "GroupQueryAttention", first + [.none, .none] + rest + [t.floats([4])], heads, outputs: 3)
    try t.add(
      "GroupQueryAttention",
      [t.floats([2, 4, 128])] + Array(repeating: Operand.none, count: 4) + rest + [t.floats([4])],
      heads.merging(["local_window_size": .int(3), "softcap": .float(3)]) { $1 }, outputs: 3)
    try t.add(
      "GroupQueryAttention",
      [t.floats([2, 4, 128])] + Array(repeating: Operand.none, count: 4)
        + [lasts, total, t.floats([10, 8]), t.floats([10, 8]), .none, .none, t.floats([4])],
      heads.merging(["do_rotary": .int(1)]) { $1 }, outputs: 3)
    // One more position behind a cache of three.
    let next = try [t.floats([2, 1, 64]), t.floats([2, 1, 32]), t.floats([2, 1, 32])]
    let cache = try [t.floats([2, 2, 3, 16]), t.floats([2, 2, 3, 16])]
    try t.add(
      "GroupQueryAttention",
      next + cache + [lasts, total, t.floats([10, 8]), t.floats([10, 8])],
      heads.merging(["do_rotary": .int(1)]) { $1 }, outputs: 3)
    return t
  }

  static func positions() throws -> Trials {
    var t = Trials(seed: 86, domain: "com.microsoft")
    for interleaved: Int64 in [0, 1] {
      let attributes: OrderedDictionary<String, Attribute> = ["interleaved": .int(interleaved)]
      let tables = try [t.floats([10, 4]), t.floats([10, 4])]
      try t.add(
        "RotaryEmbedding", [t.floats([2, 3, 5, 8]), t.integers([2, 5], 0...9)] + tables, attributes)
      try t.add("RotaryEmbedding", [t.floats([2, 5, 24]), .list([2])] + tables, attributes)
    }
    return t
  }

  static func quantized() throws -> Trials {
    var t = Trials(seed: 87, domain: "com.microsoft")
    func scale(_ value: Float) -> Operand { .constant(TensorData(scalar: value)) }
    func zero(_ value: UInt8) -> Operand { .constant(TensorData(scalar: value)) }
    let a = try t.integers([2, 3, 4, 4], 0...255).narrowed(UInt8.self)
    let b = try t.integers([2, 3, 4, 4], 0...255).narrowed(UInt8.self)
    for op in ["QLinearAdd", "QLinearMul"] {
      try t.add(
        op,
        [
          a, scale(0.03), zero(120), b, scale(0.05), zero(130), scale(0.11), zero(125),
        ])
    }
    try t.add("QLinearGlobalAveragePool", [a, scale(0.03), zero(120), scale(0.01), zero(100)])
    try t.add(
      "QLinearLeakyRelu", [a, scale(0.03), zero(120), scale(0.04), zero(100)],
      ["alpha": .float(0.2)])
    try t.add("QLinearSigmoid", [a, scale(0.03), zero(120), scale(0.004), zero(0)])
    try t.add(
      "QLinearConcat",
      [scale(0.04), zero(90), a, scale(0.03), zero(120), b, scale(0.05), zero(130)],
      ["axis": .int(1)])
    try t.add(
      "DynamicQuantizeMatMul",
      [
        t.floats([3, 8]), t.integers([8, 5], 0...255).narrowed(UInt8.self).fixed, scale(0.02),
        zero(128), t.floats([5]),
      ])
    try t.add(
      "MatMulIntegerToFloat",
      [
        t.integers([3, 8], 0...255).narrowed(UInt8.self),
        t.integers([8, 5], 0...255).narrowed(UInt8.self).fixed,
        scale(0.02), .constant(TensorData(vector: [0.1, 0.2, 0.3, 0.4, 0.5] as [Float])), zero(128),
        .none, t.floats([5]),
      ])
    for bits in [4, 8] {
      let bytes = 32 * bits / 8
      let codes = try t.integers([6, 2, bytes], 0...255).narrowed(UInt8.self).fixed
      let attributes: OrderedDictionary<String, Attribute> = [
        "K": .int(50), "N": .int(6), "bits": .int(Int64(bits)), "block_size": .int(32),
      ]
      try t.add(
        "MatMulNBits", [t.floats([2, 3, 50]), codes, t.floats([6, 2]).fixed],
        attributes)
      try t.add(
        "MatMulNBits",
        [
          t.floats([3, 50]), codes, t.floats([6, 2]).fixed,
          t.integers([6, bits == 4 ? 1 : 2], 0...255).narrowed(UInt8.self).fixed,
        ], attributes)
    }
    // Two directions of an LSTM whose weights are kept in eight bits; with one scale, or one a column.
    for columns in [1, 20] {
      let shape = columns == 1 ? [2] : [2, columns]
      func few(_ rows: Int) throws -> Operand {
        try t.integers([2, rows, 20], 0...255).narrowed(UInt8.self).fixed
      }
      func scales(_ value: Float) throws -> Operand {
        let count = 2 * columns
        let list = (0..<count).map { value * (1 + Float($0) / Float(count)) }
        return .constant(try TensorData(list, shape: shape))
      }
      func zeros() throws -> Operand {
        .constant(try TensorData(Array(repeating: UInt8(128), count: 2 * columns), shape: shape))
      }
      try t.add(
        "DynamicQuantizeLSTM",
        [t.floats([6, 2, 4]), few(4), few(5), t.floats([2, 40]), .none, .none, .none, .none]
          + [scales(0.004), zeros(), scales(0.006), zeros()],
        ["hidden_size": .int(5), "direction": .string("bidirectional")], outputs: 3)
    }
    // Inputs that take the scales of blocks in no order. Without zero points, which ONNX Runtime
    // leaves out of account here, though its documentation has them.
    let codes = try t.integers([6, 2, 16], 0...255).narrowed(UInt8.self).fixed
    let places = try t.integers([64], 0...1).narrowed(Int32.self).fixed
    try t.add(
      "MatMulNBits", [t.floats([3, 64]), codes, t.floats([6, 2]).fixed, .none, places],
      ["K": .int(64), "N": .int(6), "bits": .int(4), "block_size": .int(32)])
    return t
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime))
  func sameAsTheRuntime() throws {
    try Self.activations().compare()
    try Self.products().compare()
    try Self.normalizations().compare()
    try Self.attention().compare()
    try Self.groupedQueries().compare()
    try Self.positions().compare()
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime))
  func quantizedSameAsTheRuntime() throws {
    // Vector units multiply by reciprocals: a number next to half-way may go either way.
    try Self.quantized().compare(steps: 1)
  }

  @Test func gradientsAreRight() throws {
    try Self.activations().differentiate()
    try Self.normalizations().differentiate(tolerance: 1e-5)
    try Self.attention().differentiate(tolerance: 1e-5)
  }
}
