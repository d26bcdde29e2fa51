// Groups of small hand-made networks against what a reader works out by hand.

import Testing

@testable import Network

@Suite struct CouplingTests {
  /// A weight of the given shape, numbered 1, 2, 3, ... so that every element can be told apart.
  static func weight(_ shape: [Int]) throws -> Initializer {
    let count = shape.reduce(1, *)
    return Initializer(
      try TensorData((0..<count).map { Float($0 + 1) }, shape: shape), role: .parameter)
  }

  /// x -> conv a (8) -> relu -> conv b (6); a skips to an addition with conv c (8), which ends.
  static func residual() throws -> Network {
    var net = Network(
      name: "residual", inputs: [ValueInfo("x", .float32, ["batch", 3, 5, 5])],
      outputs: [ValueInfo("y", .float32, ["batch", 2, 5, 5])])
    net.initializers = [
      "a.weight": try weight([8, 3, 1, 1]), "a.bias": try weight([8]),
      "b.weight": try weight([6, 8, 1, 1]), "c.weight": try weight([8, 6, 1, 1]),
      "d.weight": try weight([2, 8, 1, 1]),
    ]
    net.nodes = [
      Node("Conv", name: "a", inputs: ["x", "a.weight", "a.bias"], outputs: ["a"]),
      Node("Relu", name: "r", inputs: ["a"], outputs: ["r"]),
      Node("Conv", name: "b", inputs: ["r", "b.weight"], outputs: ["b"]),
      Node("Conv", name: "c", inputs: ["b", "c.weight"], outputs: ["c"]),
      Node("Add", name: "s", inputs: ["r", "c"], outputs: ["s"]),
      Node("Conv", name: "d", inputs: ["s", "d.weight"], outputs: ["y"]),
    ]
    return net
  }

  /// A recurrent layer whose last state alone is read: its first output is left out.
  @Test func unitsOfARecurrentLayerHangTogetherWhereItsFirstOutputIsLeftOut() throws {
    var net = Network(
      name: "last", inputs: [ValueInfo("x", .float32, [4, 2, 3])],
      outputs: [ValueInfo("y", .float32, [1, 2, 2])])
    net.initializers = [
      "w": try Self.weight([1, 15, 3]), "r": try Self.weight([1, 15, 5]),
      "b": try Self.weight([1, 30]), "d": try Self.weight([5, 2]),
    ]
    net.nodes = [
      Node(
        "GRU", name: "gru", inputs: ["x", "w", "r", "b"], outputs: ["", "h"],
        attributes: ["hidden_size": .int(5)]),
      Node("MatMul", name: "d", inputs: ["h", "d"], outputs: ["y"]),
    ]
    let group = try #require(try net.coupling().groups.first { $0.size == 5 })
    #expect(try net.coupling().groups.count == 1)
    let small = try net.cut(keeping: [try Kept(group, units: [1, 4])])
    #expect(small.initializers["w"]?.tensor.shape == [1, 6, 3])
    #expect(small.initializers["r"]?.tensor.shape == [1, 6, 2])
    #expect(small.initializers["b"]?.tensor.shape == [1, 12])
    #expect(small.nodes[0].int("hidden_size", default: 0) == 2)
  }

  @Test func residualAdditionJoinsItsBranches() throws {
    let coupling = try Self.residual().coupling()
    #expect(coupling.groups.map(\.name) == ["a", "b"])
    #expect(coupling.barriers.isEmpty)
    let stream = try coupling.group(named: "a")
    #expect(stream.size == 8)
    #expect(Set(stream.producers.map(\.value)) == ["a.weight", "c.weight"])
    #expect(Set(stream.consumers.map(\.value)) == ["b.weight", "d.weight"])
    let output = try coupling.group(named: "d")
    #expect(output.frozen.contains { $0.contains("output of the network") })
  }

  @Test func cuttingKeepsTheSurvivorsBits() throws {
    let net = try Self.residual()
    let coupling = try net.coupling()
    let small = try net.cut(keeping: [
      Kept(coupling.group(named: "a"), units: [1, 4, 7]),
      Kept(coupling.group(named: "b"), units: [0, 5]),
    ])
    let a = try #require(small.initializers["a.weight"]).tensor
    #expect(a.shape == [3, 3, 1, 1])
    #expect(try a.values(as: Float.self) == [4, 5, 6, 13, 14, 15, 22, 23, 24])
    let b = try #require(small.initializers["b.weight"]).tensor
    #expect(b.shape == [2, 3, 1, 1])
    #expect(try b.values(as: Float.self) == [2, 5, 8, 42, 45, 48])
    #expect(small.initializers["c.weight"]?.tensor.shape == [3, 2, 1, 1])
    #expect(small.initializers["d.weight"]?.tensor.shape == [2, 3, 1, 1])
    #expect(try small.initializers["a.bias"]?.tensor.values(as: Float.self) == [2, 5, 8])
    try small.validate()
  }

  @Test func maskingZeroesMakersAndUsers() throws {
    let net = try Self.residual()
    let group = try net.coupling().group(named: "b")
    let masked = try net.masked(keeping: [Kept(group, units: [0, 1, 2, 3, 4])])
    let b = try #require(masked.initializers["b.weight"]).tensor.values(as: Float.self)
    #expect(b[..<40].allSatisfy { $0 != 0 } && b[40...].allSatisfy { $0 == 0 })
    let c = try #require(masked.initializers["c.weight"]).tensor.values(as: Float.self)
    for (index, value) in c.enumerated() { #expect((value == 0) == (index % 6 == 5)) }
  }

  @Test func unknownOperatorIsABarrier() throws {
    var net = try Self.residual()
    net.nodes[1] = Node("Mystery", name: "r", inputs: ["a"], outputs: ["r"], domain: "com.example")
    net.annotations["r"] = ValueInfo("r", .float32, ["batch", 8, 5, 5])
    let coupling = try net.coupling()
    #expect(coupling.barriers.map(\.node) == ["r (com.example.Mystery)"])
    #expect(coupling.groups.map(\.name) == ["b"])
    #expect(try coupling.group(named: "a").frozen.contains { $0.contains("barrier") })
  }

  @Test func impossibleCutsSayWhy() throws {
    let coupling = try Self.residual().coupling()
    let group = try coupling.group(named: "a")
    #expect(throws: NetworkError.self) { try Kept(group, units: [] as [Int]) }
    #expect(throws: NetworkError.self) { try Kept(group, units: [8]) }
    let output = try coupling.group(named: "d")
    let error = #expect(throws: NetworkError.self) { try Kept(output, units: [0]) }
    #expect(error.map { "\($0)" }?.contains("output of the network") == true)
    #expect(throws: NetworkError.self) { try coupling.group(named: "nowhere") }
  }

  @Test func sortingAndCycles() throws {
    var net = try Self.residual()
    net.nodes.reverse()
    #expect(throws: NetworkError.self) { try net.validate() }
    #expect(try net.sorted().nodes.map(\.name) == ["a", "r", "b", "c", "s", "d"])
    net.nodes.removeAll { $0.name == "a" }
    net.nodes.append(Node("Conv", name: "a", inputs: ["s", "a.weight"], outputs: ["a"]))
    #expect(
      throws: NetworkError.cycle(nodes: [
        "d (Conv)", "s (Add)", "c (Conv)", "b (Conv)", "r (Relu)", "a (Conv)",
      ])
    ) {
      try net.sorted()
    }
  }
}
