// Samplers: a layer behind a shared value loses inputs of its own, and others notice nothing.

import Data
import Execution
import Network
import Testing

@testable import Pruning

@Suite struct SamplerTests {
  /// Blocks with their normalisation behind the convolutions, or in front of them.
  private func network(isPreActivated: Bool) throws -> Network {
    var b = NetworkBuilder("blocks", input: ["batch", 3, 6, 6], seed: 5)
    var x = try b.conv("stem", b.input, 8, kernel: 3, padding: 1)
    if !isPreActivated { x = try b.relu(x) }
    for block in 1...2 {
      var y = x
      if isPreActivated { y = try b.relu(b.batchNorm("block\(block).bn1", y)) }
      y = try b.relu(b.conv("block\(block).conv1", y, 6, kernel: 3, padding: 1))
      y = try b.conv("block\(block).conv2", y, 8, kernel: 3, padding: 1)
      x = try b.add("Add", name: "block\(block).sum", [x, y])
      if !isPreActivated { x = try b.relu(x) }
    }
    return try b.finish(b.linear("head", b.flatten(b.globalAveragePool(x)), 4))
  }

  private let all = Samplers(["block*.conv1"])

  @Test(arguments: [false, true])
  func whatIsPickedIsCutAndTheStreamStays(isPreActivated: Bool) throws {
    let network = try network(isPreActivated: isPreActivated)
    let open = try all.opened(in: network)
    #expect(try Equivalence.check(network, open).maxAbsDiff == 0)
    let coupling = try open.coupling()
    let stream = try #require(coupling.frozen.first { $0.name == "stem" })
    #expect(stream.frozen.contains { $0.contains("block1.conv1-sampler") })
    // One channel leaves the first block, others the second.
    let kept = try [([0, 2, 3, 4, 6, 7], 1), ([1, 2, 5], 2)].map { units, block in
      try Kept(coupling.group(named: "block\(block).conv1-sampler"), units: units)
    }
    let small = try open.cut(keeping: kept).closingSamplers()
    #expect(small.initializers["block1.conv1.weight"]?.tensor.shape == [6, 6, 3, 3])
    #expect(small.initializers["block2.conv1.weight"]?.tensor.shape == [6, 3, 3, 3])
    #expect(small.initializers["stem.weight"]?.tensor.shape == [8, 3, 3, 3])
    if isPreActivated {
      #expect(small.initializers["block2.bn1.weight"]?.tensor.shape == [3])
    }
    #expect(try Equivalence.check(open.masked(keeping: kept), small).holds())
    // Independently: the convolution without those inputs, whatever made them.
    let weights = try Graphs.elements(network, "block2.conv1.weight")
    let left = try Graphs.elements(small, "block2.conv1.weight")
    var expected: [Float] = []
    for output in 0..<6 {
      for input in [1, 2, 5] {
        let first = (output * 8 + input) * 9
        expected += weights[first..<first + 9]
      }
    }
    #expect(left == expected)
    // Nodes that only Bonsai understands are not written.
    #expect(small.nodes.allSatisfy { $0.attributes["bonsai.sampler"] == nil })
  }

  @Test func openSamplersThatTakeAllAreGone() throws {
    let network = try network(isPreActivated: true)
    #expect(try all.opened(in: network).closingSamplers() == network)
  }

  /// A file may hold the mark where no sampler is.
  @Test func aMarkInTheWrongPlaceIsDropped() throws {
    var open = try Samplers(["block1.conv1"]).opened(in: network(isPreActivated: false))
    let sampler = try #require(open.nodes.firstIndex { $0.op == "Gather" })
    for axis in [-9, 9] as [Int64] {
      open.nodes[sampler].attributes["axis"] = .int(axis)
      let closed = open.closingSamplers()
      #expect(closed.nodes.allSatisfy { $0.attributes["bonsai.sampler"] == nil })
      #expect(closed.nodes.count == open.nodes.count)
    }
  }

  @Test func aSamplerIsOpenedAgain() throws {
    let open = try all.opened(in: network(isPreActivated: false))
    let first = try open.coupling().group(named: "block1.conv1-sampler")
    let once = try open.cut(keeping: [Kept(first, units: [1, 3, 5, 7])]).closingSamplers()
    let again = try Samplers(["block1.conv1"]).opened(in: once)
    let second = try again.coupling().group(named: "block1.conv1-sampler")
    #expect(second.size == 4)
    let twice = try again.cut(keeping: [Kept(second, units: [0, 3])]).closingSamplers()
    #expect(twice.initializers["block1.conv1-sampler"]?.tensor.integers == [1, 7])
    #expect(twice.nodes.count { $0.op == "Gather" } == 1)
  }

  @Test func whatIsNotSharedOrNotThereIsAnError() throws {
    let network = try network(isPreActivated: false)
    let alone = #expect(throws: PruningError.self) {
      try Samplers(["block1.conv2"]).opened(in: network)
    }
    #expect("\(try #require(alone))".contains("nothing else reads what it reads"))
    let missing = #expect(throws: PruningError.self) {
      try Samplers(["block9.conv1"]).opened(in: network)
    }
    #expect("\(try #require(missing))".contains("block1.conv1"))
  }

  /// The channels with the largest weights in the layer that reads them.
  @Test func magnitudesAreThoseOfTheReader() throws {
    let open = try all.opened(in: network(isPreActivated: false))
    let group = try open.coupling().group(named: "block2.conv1-sampler")
    let weights = try Graphs.elements(open, "block2.conv1.weight").map(Double.init)
    var slow = [Double](repeating: 0, count: 8)
    for index in weights.indices { slow[index / 9 % 8] += abs(weights[index]) }
    let found = try L1().unitScores(of: group, in: Subject(open))
    #expect(zip(found, slow).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Network slimming before blocks that begin with their normalisation: each has its own scales.
  @Test func scalesAreThoseOfTheBlock() throws {
    let open = try all.opened(in: network(isPreActivated: true))
    let scaled = try Examples.changing(open, "block2.bn1.weight") { weights, _ in
      for index in weights.indices { weights[index] = Double(index % 2 == 0 ? index : -index) }
    }
    let group = try scaled.coupling().group(named: "block2.conv1-sampler")
    #expect(
      try BatchNormScale().unitScores(of: group, in: Subject(scaled)) == (0..<8).map(Double.init))
  }

  /// Half of the stream is silent where the block has its largest weights: magnitudes pick just that half,
  /// the LASSO the other one, and the fit is exact.
  @Test func theLassoPicksWhatSaysSomething() throws {
    var network = try network(isPreActivated: false)
    network = try Examples.changing(network, "stem.weight") { weights, _ in
      for index in weights.indices where index / 27 >= 4 { weights[index] = 0 }
    }
    network = try Examples.changing(network, "block1.conv1.weight") { weights, _ in
      for index in weights.indices where index / 9 % 8 >= 4 { weights[index] *= 10 }
    }
    network.initializers["stem.bias"]?.tensor = try TensorData(
      [Float](repeating: 0, count: 8), shape: [8])
    let open = try Samplers(["block1.conv1"]).opened(in: Examples.precise(network))
    let group = try open.coupling().group(named: "block1.conv1-sampler")
    var pruner = Pruner(
      criterion: L1(), allocation: Uniform(), target: try Target(.units, .fraction(0.5)))
    pruner.exclusions = Exclusions(
      try open.coupling().groups.map(\.name).filter { $0 != group.name })
    let dataset = try Examples.make(24, [3, 6, 6], targets: [4])
    let calibration = Calibration(dataset, batchSize: 12)
    let plan = try pruner.plan(for: open, on: calibration)
    #expect(plan.kept.first { $0.group.name == group.name }?.units == [4, 5, 6, 7])
    let found = try LassoSelection(on: calibration, positions: 36)(plan, of: open)
    #expect(found.plan.kept.first { $0.group.name == group.name }?.units == [0, 1, 2, 3])
    let difference = try Equivalence.check(open, found.network)
    // The ridge of least squares is 1e-10 of what it is added to.
    #expect(difference.maxAbsDiff < 1e-7 * difference.scale)
  }
}
