// Groups that fall into blocks of which equally many units leave, and what planning costs.

import Testing

@testable import Network

@Suite struct BalanceTests {
  /// a (8 channels) -> grouped convolution g (2 groups, 12 filters) -> p.
  static func grouped() throws -> NetworkBuilder {
    var b = NetworkBuilder("grouped", input: ["batch", 3, 2, 2], seed: 7)
    _ = try b.conv("g", b.conv("a", b.input, 8, kernel: 1), 12, kernel: 1, groups: 2)
    return b
  }

  @Test func groupsOfAConvolutionAreBlocks() throws {
    var b = try Self.grouped()
    let network = try b.finish(b.flatten(b.conv("p", "g", 2, kernel: 1)))
    let coupling = try network.coupling()
    #expect(coupling.groups.map(\.name) == ["a", "g"])
    #expect(coupling.groups.map(\.size) == [8, 12])
    #expect(coupling.groups.map(\.blocks) == [2, 2])
    let made = try coupling.group(named: "a")
    // The channels of both blocks follow each other: one member; the weight has one for each block.
    let producer = try #require(made.producers.first)
    #expect(producer.units == 0..<8)
    #expect(made.consumers.map(\.block) == [0..<6, 6..<12])
    #expect(made.consumers.map(\.units) == [0..<4, 4..<8])
    #expect(made.consumers[1].indices(of: 5) == 1..<2)
    #expect(made.consumers[1].indices(of: 3).isEmpty)
    #expect(made.first(4) == [0, 1, 4, 5])
  }

  @Test func blocksKeepEquallyMany() throws {
    var b = try Self.grouped()
    let network = try b.finish(b.flatten(b.conv("p", "g", 2, kernel: 1)))
    let group = try network.coupling().group(named: "a")
    let error = #expect(throws: NetworkError.self) { try Kept(group, units: [0, 1, 2, 4]) }
    #expect(error.map { "\($0)" }?.contains("[3, 1]") == true)
    let small = try network.cut(keeping: [Kept(group, units: [0, 3, 5, 6])])
    let before = try #require(network.initializers["g.weight"]).tensor.values(as: Float.self)
    let after = try #require(small.initializers["g.weight"]).tensor
    #expect(after.shape == [12, 2, 1, 1])
    let expected = (0..<12).flatMap { row in
      (row < 6 ? [0, 3] : [1, 2]).map { before[row * 4 + $0] }
    }
    #expect(try after.values(as: Float.self) == expected)
  }

  @Test func maskedBlocksZeroTheirOwnRows() throws {
    var b = try Self.grouped()
    let network = try b.finish(b.flatten(b.conv("p", "g", 2, kernel: 1)))
    let group = try network.coupling().group(named: "a")
    let masked = try network.masked(keeping: [Kept(group, units: [0, 3, 5, 6])])
    let weight = try #require(masked.initializers["g.weight"]).tensor.values(as: Float.self)
    for (index, value) in weight.enumerated() {
      let (row, column) = (index / 4, index % 4)
      #expect((value == 0) == !(row < 6 ? [0, 3] : [1, 2]).contains(column))
    }
  }

  @Test func aFrozenBlockFreezesAll() throws {
    // The first half of the channels is an output of the network: the other half must stay too.
    var b = try Self.grouped()
    let half = try b.add(
      "Slice", name: "half",
      ["a", b.integers("zero", [0]), b.integers("four", [4]), b.integers("one", [1])])
    var network = try b.finish(b.flatten(b.conv("p", "g", 2, kernel: 1)))
    network.outputs.append(ValueInfo(half, .float32, ["batch", 4, 2, 2]))
    let group = try network.coupling().group(named: "a")
    #expect(group.frozen.contains { $0.contains("'half' is an output") })
  }

  @Test func weightsUsedInTwoWaysLoseTheSamePositions() throws {
    // The same weight in two groups and, with half the channels, in one.
    var b = try Self.grouped()
    let other = try b.conv("b", b.input, 4, kernel: 1)
    let plain = try b.add("Conv", name: "plain", [other, "g.weight"])
    let both = try b.sum("s", "g", plain)
    let network = try b.finish(b.flatten(b.conv("p", both, 2, kernel: 1)))
    let group = try network.coupling().group(named: "a[0..<4]")
    #expect((group.size, group.blocks) == (4, 1))
    #expect(group.consumers.map(\.block) == [nil])
    let small = try network.cut(keeping: [Kept(group, units: [0, 3])])
    #expect(small.initializers["g.weight"]?.tensor.shape == [12, 2, 1, 1])
    #expect(small.initializers["a.weight"]?.tensor.shape == [4, 3, 1, 1])
  }

  @Test func unevenPiecesFallBackToPositions() throws {
    // Blocks of 4 over pieces of 6 and 2: the pieces correspond only position by position.
    var b = NetworkBuilder("uneven", input: ["batch", 3, 2, 2], seed: 7)
    let x = try b.conv("x", b.input, 6, kernel: 1)
    let y = try b.conv("y", b.input, 2, kernel: 1)
    let g = try b.conv("g", b.concat("both", [x, y]), 6, kernel: 1, groups: 2)
    let network = try b.finish(b.flatten(b.conv("p", g, 2, kernel: 1)))
    let coupling = try network.coupling()
    let parts = coupling.groups.filter { $0.name.hasPrefix("x") }
    #expect(parts.reduce(0) { $0 + $1.size } == 4)
    for part in parts where part.size > 1 {
      let units = part.blocks == 1 ? [0] : part.first(part.blocks)
      let small = try network.cut(keeping: [Kept(part, units: units)])
      #expect(try small.infer().gaps.isEmpty)
    }
  }

  @Test func blocksOfTwoConvolutionsNest() throws {
    var b = NetworkBuilder("nested", input: ["batch", 3, 2, 2], seed: 7)
    let a = try b.conv("a", b.input, 12, kernel: 1)
    let two = try b.conv("two", a, 4, kernel: 1, groups: 2)
    let three = try b.conv("three", a, 6, kernel: 1, groups: 3)
    let network = try b.finish(b.flatten(b.conv("p", b.concat("c", [two, three]), 2, kernel: 1)))
    // Pieces of 4, 2, 2, 4 between the boundaries of both: no choice of other units keeps all equal.
    for group in try network.coupling().groups where group.name.hasPrefix("a") {
      let count = group.blocks == 1 ? 1 : group.blocks
      let small = try network.cut(keeping: [Kept(group, units: group.first(count))])
      #expect(try small.infer().gaps.isEmpty)
    }
  }

  /// Block after block of one kind.
  private static func chain(_ kind: String, _ blocks: Int) throws -> Network {
    var b = NetworkBuilder(kind, input: ["batch", 3, 2, 2], seed: nil)
    var x = try b.conv("stem", b.input, 8, kernel: 1)
    let lists = [0, 1, 2, 8].map { b.integers("list.\($0)", [$0]) }
    for k in 0..<blocks {
      switch kind {
      case "dense":
        var pieces = [x]
        for layer in 0..<6 {
          let y = pieces.count > 1 ? try b.concat("cat\(k).\(layer)", pieces) : x
          pieces.append(try b.conv("d\(k).\(layer)", y, 4, kernel: 1))
        }
        x = try b.conv("t\(k)", b.concat("all\(k)", pieces), 8, kernel: 1)
      case "halves":
        let y = try b.add("Split", name: "h\(k)", [x], ["axis": .int(1)], outputs: 2)
        let z = try b.relu(b.conv("m\(k)", "\(y).1", 4, kernel: 1))
        x = try b.conv("o\(k)", b.concat("c\(k)", [y, "\(y).1", z]), 8, kernel: 1)
      case "dealt":
        let even = try b.add(
          "Slice", name: "e\(k)", [x, lists[0], lists[3], lists[1], lists[2]])
        let odd = try b.add("Slice", name: "u\(k)", [x, lists[1], lists[3], lists[1], lists[2]])
        x = try b.conv("o\(k)", b.concat("c\(k)", [odd, even]), 8, kernel: 1)
      default:
        let groups = kind == "grouped" ? 2 : 1
        let y = try b.relu(b.conv("a\(k)", x, 8, kernel: 1, groups: groups))
        x = try b.sum("s\(k)", x, b.conv("b\(k)", y, 8, kernel: 1))
      }
    }
    return try b.finish(b.flatten(b.conv("last", x, 2, kernel: 1)))
  }

  /// Counted, not timed: the runs and groups that there are in the end, and the comparisons of slices
  /// with runs on the way to them.
  @Test(
    "The solver's work grows with the nodes, not faster",
    arguments: ["residual", "grouped", "dense", "halves", "dealt"])
  func planningIsLinear(kind: String) throws {
    func work(_ blocks: Int) throws -> (nodes: Int, counts: [Int]) {
      let network = try Self.chain(kind, blocks)
      let solver = network.solved(try network.infer(), CouplingOptions())
      let space = solver.space
      return (network.nodes.count, [space.runs.count, space.groups.count, space.steps])
    }
    let blocks = kind == "dense" ? 80 : 250
    let (small, large) = (try work(blocks), try work(10 * blocks))
    #expect(large.nodes > 10_000)
    for (few, many) in zip(small.counts, large.counts) { #expect(many <= few * 10) }
  }

  @Test func piecesDoNotDependOnChannels() throws {
    func runs(_ channels: Int) throws -> Int {
      var b = NetworkBuilder("wide", input: ["batch", 3, 2, 2], seed: nil)
      let x = try b.conv("a", b.input, channels, kernel: 1)
      let g = try b.conv("g", x, channels, kernel: 1, groups: 4)
      let network = try b.finish(b.flatten(b.conv("p", g, 2, kernel: 1)))
      return network.solved(try network.infer(), CouplingOptions()).space.runs.count
    }
    #expect(try runs(1024) == runs(16))
  }
}
