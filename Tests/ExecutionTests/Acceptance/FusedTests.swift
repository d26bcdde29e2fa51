// Networks of ONNX Runtime's own operators: what mixes is said, and only that; masked equals cut.

import Network
import OrderedCollections
import Testing
import Torch

@testable import Execution

@Suite struct FusedTests {
  private static let domain = "com.microsoft"

  /// x [N, 5, 6], to which `body` adds nodes; its result goes through one more layer.
  private static func network(
    _ name: String, randomizing: Bool = true, _ body: (inout NetworkBuilder) throws -> String
  ) throws -> Network {
    var b = NetworkBuilder(name, input: ["batch", 5, 6])
    let y = try body(&b)
    let network = try b.finish(AttentionCases.linear(&b, "out", y, 3))
    return randomizing ? try Samples.randomized(network, seed: 61) : network
  }

  /// Masked and cut give the same in float64, where nothing is said to mix.
  @discardableResult
  private static func check(_ network: Network, _ name: String, _ units: [Int]) throws -> Network {
    let group = try network.coupling().group(named: name)
    #expect(group.frozen == [] && group.mixing == [])
    let kept = [try Kept(group, units: units)]
    try InvariantTests.check(network, kept)
    return try network.cut(keeping: kept)
  }

  /// The product of two activations, which would notice a unit that is masked and not zero.
  @Test(arguments: ["FastGelu", "BiasGelu", "QuickGelu", "Gelu"])
  func activations(op: String) throws {
    let network = try Self.network("gelu") { b in
      let x = try AttentionCases.linear(&b, "a", b.input, 8)
      let inputs = op == "BiasGelu" ? [x, try b.weight("added", [8])] : [x]
      let y = try b.add(op, name: "gelu", inputs, domain: Self.domain)
      let t = try b.add("Transpose", name: "t", [y], ["perm": .ints([0, 2, 1])])
      return try b.add("MatMul", name: "square", [y, t])
    }
    try Self.check(network, "a", [0, 2, 3, 7])
  }

  /// What a layer normalisation gives is zero where its scale and shift are, and so is the sum it
  /// hands on where all of its terms are.
  @Test func sumsBeforeNormalisations() throws {
    let network = try Self.network("skip") { b in
      let x = try AttentionCases.linear(&b, "a", b.input, 8)
      let y = try AttentionCases.linear(&b, "b", b.input, 8)
      let vectors = [
        b.vector("scale", 1.5, count: 8, role: .parameter), try b.weight("shift", [8]),
        try b.weight("bias", [8]),
      ]
      let norm = try b.add(
        "SkipLayerNormalization", name: "norm", [x, y] + vectors, outputs: 4, domain: Self.domain)
      let parts = try [norm, "\(norm).3"].map { part in
        let t = try b.add("Transpose", name: "\(part).t", [part], ["perm": .ints([0, 2, 1])])
        return try b.add("MatMul", name: "\(part).square", [part, t])
      }
      return try b.add("Add", name: "both", parts)
    }
    let group = try network.coupling().group(named: "a")
    #expect(group.frozen == [])
    #expect(group.mixing.allSatisfy { $0.contains("mean and variance") }, "\(group.mixing)")
    // Over those that stay, the masked network takes them too.
    try InvariantTests.check(network, [try Kept(group, units: [0, 2, 3, 7])])
  }

  /// A residual stream through normalisations of sums, as optimizers fuse a transformer's: with and
  /// without shift, bias, and the sum handed on.
  @Test(
    arguments: ["SkipLayerNormalization", "SkipSimplifiedLayerNormalization"], [false, true])
  func residualStreams(op: String, hasBias: Bool) throws {
    let network = try Self.network("stream") { b in
      let x = try AttentionCases.linear(&b, "stream", b.input, 8)
      var h = try AttentionCases.linear(&b, "up", x, 12)
      h = try AttentionCases.linear(&b, "down", b.add("Tanh", name: "tanh", [h]), 8)
      var vectors = [b.vector("scale", 1.5, count: 8, role: .parameter)]
      if op == "SkipLayerNormalization" { vectors.append(try b.weight("shift", [8])) }
      if hasBias { vectors.append(try b.weight("bias", [8])) }
      return try b.add(op, name: "norm", [h, x] + vectors, domain: Self.domain)
    }
    let group = try network.coupling().group(named: "stream")
    #expect(group.frozen == [])
    try InvariantTests.check(network, [try Kept(group, units: [1, 2, 5, 6, 7])])
  }

  /// Four heads of two numbers over two key heads, with a sink for each, queries, keys and values
  /// packed into one tensor.
  @Test(arguments: [false, true])
  func groupedQueries(isPacked: Bool) throws {
    let network = try Self.network("grouped") { b in
      var inputs: [String]
      if isPacked {
        inputs = [try AttentionCases.linear(&b, "qkv", b.input, 64), "", ""]
      } else {
        inputs = try [("q", 32), ("k", 16), ("v", 16)].map { name, width in
          try AttentionCases.linear(&b, name, b.input, width)
        }
      }
      inputs += ["", ""]
      inputs.append(b.tensor("lasts", TensorData(vector: [4, 4] as [Int32]), role: .constant))
      inputs.append(b.tensor("total", TensorData(scalar: 5 as Int32), role: .constant))
      inputs += ["", "", "", "", try b.weight("sink", [4])]
      return try b.add(
        "GroupQueryAttention", name: "heads", inputs,
        ["num_heads": .int(4), "kv_num_heads": .int(2)], domain: Self.domain)
    }
    let group = try #require(
      network.coupling().groups.first {
        $0.producers.contains { $0.value == "sink" || $0.value.hasPrefix("q") }
      })
    #expect(group.size == 2)
    let cut = try Self.check(network, group.name, [1])
    #expect(
      cut.initializers["sink"]?.tensor.reals
        == Array(network.initializers["sink"]?.tensor.reals?[2...] ?? []))
    #expect(cut.nodes.first { $0.name == "heads" }?.int("num_heads") == 2)
  }

  /// Two layers of four bits: an output leaves with its row, inputs leave by whole blocks.
  private static func blocks(zeros: Bool, places: Bool) throws -> Network {
    var random = SeededGenerator(state: 5)
    return try network("blocks") { b in
      var x = b.input
      x = try AttentionCases.linear(&b, "a", x, 64)
      for (name, k, n) in [("b", 64, 32), ("c", 32, 8)] {
        let blocks = k / 16
        let codes = (0..<n * blocks * 8).map { _ in UInt8.random(in: 0...255, using: &random) }
        var inputs = [
          x,
          try b.tensor("\(name).codes", TensorData(codes, shape: [n, blocks, 8]), role: .constant),
          try b.weight("\(name).scales", [n, blocks]),
        ]
        if zeros {
          let points = (0..<n * blocks).map { _ in Float.random(in: 3...9, using: &random) }
          inputs.append(
            try b.tensor("\(name).zeros", TensorData(points, shape: [n, blocks]), role: .constant))
        }
        if places {
          inputs += zeros ? [] : [""]
          inputs.append(
            b.tensor(
              "\(name).places", TensorData(vector: (0..<k).map { Int32($0 % blocks) }),
              role: .constant))
        }
        x = try b.add(
          "MatMulNBits", name: name, inputs,
          ["K": .int(Int64(k)), "N": .int(Int64(n)), "bits": .int(4), "block_size": .int(16)],
          domain: Self.domain)
      }
      return x
    }
  }

  @Test(arguments: [false, true])
  func blocksOfFewBits(zeros: Bool) throws {
    let network = try Self.blocks(zeros: zeros, places: false)
    let first = try network.coupling().group(named: "a")
    #expect(first.size == 4)
    let cut = try Self.check(network, "a", [0, 3])
    #expect(cut.initializers["b.codes"]?.tensor.shape == [32, 2, 8])
    #expect(cut.initializers["a.weight"]?.tensor.shape == [6, 32])
    let second = try Self.check(network, "b.scales", [1])
    #expect(second.initializers["b.codes"]?.tensor.shape == [16, 4, 8])
    #expect(second.initializers["c.scales"]?.tensor.shape == [8, 1])
    try Self.check(network, "c.scales", [0, 2, 3, 6, 7])
  }

  /// Where inputs take scales in any order, only outputs leave.
  @Test func blocksInNoOrder() throws {
    let network = try Self.blocks(zeros: true, places: true)
    let coupling = try network.coupling()
    #expect(coupling.groups.map(\.name) == ["c.scales"])
    let frozen = try #require(coupling.frozen.first)
    #expect(frozen.frozen.contains { $0.contains("shares scales by blocks") })
    try Self.check(network, "c.scales", [0, 2, 3, 6, 7])
  }

  /// Two layers whose weights are kept in eight bits, as ONNX Runtime's optimiser leaves them: what is
  /// multiplied is quantized by its range, in the node or before it.
  @Test(arguments: ["DynamicQuantizeMatMul", "MatMulIntegerToFloat"], [false, true])
  func weightsOfEightBits(op: String, byColumn: Bool) throws {
    var random = SeededGenerator(state: 8)
    // The codes are to stay codes.
    let network = try Self.network("eight", randomizing: false) { b in
      var x = b.input
      for (name, k, n) in [("b", 6, 10), ("c", 10, 4)] {
        let codes = (0..<k * n).map { _ in UInt8.random(in: 0...255, using: &random) }
        let count = byColumn ? n : 1
        let scales = (0..<count).map { _ in Float.random(in: 0.01...0.1, using: &random) }
        let zeros = (0..<count).map { _ in UInt8.random(in: 100...150, using: &random) }
        let shape = byColumn ? [n] : []
        let weight = try b.tensor(
          "\(name).codes", TensorData(codes, shape: [k, n]), role: .parameter)
        let scale = try b.tensor(
          "\(name).scale", TensorData(scales, shape: shape), role: .constant)
        let zero = try b.tensor("\(name).zero", TensorData(zeros, shape: shape), role: .constant)
        let bias = try b.weight("\(name).bias", [n])
        if op == "DynamicQuantizeMatMul" {
          x = try b.add(op, name: name, [x, weight, scale, zero, bias], domain: Self.domain)
        } else {
          let q = try b.add("DynamicQuantizeLinear", name: "\(name).q", [x], outputs: 3)
          x = try b.add(
            op, name: name, [q, weight, "\(q).1", scale, "\(q).2", zero, bias],
            domain: Self.domain)
        }
        x = try b.relu(x)
      }
      return x
    }
    #expect(try network.coupling().groups.map(\.size) == [10, 4])
    let cut = try Self.check(network, "b.codes", [0, 2, 3, 7, 9])
    #expect(cut.initializers["b.codes"]?.tensor.shape == [6, 5])
    #expect(cut.initializers["c.codes"]?.tensor.shape == [5, 4])
    #expect(cut.initializers["b.scale"]?.tensor.shape == (byColumn ? [5] : []))
    #expect(cut.initializers["b.bias"]?.tensor.shape == [5])
  }
}
