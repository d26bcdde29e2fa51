// Targets that count units: what is zero leaves, a global percentile of scales, floors that hold.

import Network
import Testing

@testable import Pruning

@Suite struct CountedBudgetTests {
  /// A convolution and a perceptron over it whose units of the given numbers are zero.
  private func network(zeroFilters: [Int], zeroColumns: [Int]) throws -> Network {
    var network = try SmallTraining.network()
    network = try Examples.changing(network, "conv.weight") { values, _ in
      for unit in zeroFilters { for index in 0..<9 { values[unit * 9 + index] = 0 } }
    }
    network = try Examples.changing(network, "fc2.weight") { values, shape in
      for unit in zeroColumns { for row in 0..<shape[0] { values[row * shape[1] + unit] = 0 } }
    }
    return try Self.single(network)
  }

  private static func single(_ network: Network) throws -> Network {
    var result = network
    for (name, initializer) in network.initializers where initializer.tensor.type == .float64 {
      let reals = try #require(initializer.tensor.reals)
      result.initializers[name]?.tensor = try TensorData(
        reals.map(Float.init), shape: initializer.tensor.shape)
    }
    return result
  }

  @Test func whatIsZeroAtEitherEndLeaves() throws {
    let network = try network(zeroFilters: [1, 6], zeroColumns: [0, 3, 11])
    let pruner = try Pruner(criterion: EitherEnd(), target: Target(parsing: "threshold=0"))
    let plan = try pruner.plan(for: network)
    let removed = Dictionary(
      uniqueKeysWithValues: plan.kept.map { ($0.group.name, $0.removed.map(\.self)) })
    #expect(removed["conv"] == [1, 6])
    #expect(removed["fc1"] == [0, 3, 11])
    #expect(plan.outcome.reason == nil)
    #expect(plan.outcome.difference == 0)
    #expect(plan.achieved == 15)
    // Norms of makers alone see the filters only.
    let makers = try Pruner(criterion: L2(), target: Target(parsing: "threshold=0"))
      .plan(for: network)
    #expect(makers.kept.reduce(0) { $0 + $1.removed.count } == 2)
  }

  @Test func aThresholdIsAScoreAsTheCriterionGivesIt() throws {
    let network = try SmallTraining.network()
    let group = try network.coupling().group(named: "fc1")
    let scores = try L2().unitScores(of: group, in: Subject(network))
    let cut = scores.sorted()[4]
    let plan = try Pruner(
      criterion: L2(), target: Target(.threshold, .absolute(cut)), exclusions: Exclusions(["conv"])
    ).plan(for: network)
    let left = try #require(plan.kept.first { $0.group.name == "fc1" })
    #expect(Set(left.units) == Set(scores.indices.filter { Float(scores[$0]) >= Float(cut) }))
    #expect(left.units.count == 8)
  }

  @Test func theFloorHoldsAndSaysSo() throws {
    let network = try network(zeroFilters: Array(0..<8), zeroColumns: [])
    let plan = try Pruner(criterion: EitherEnd(), target: Target(parsing: "threshold=0"), floor: 2)
      .plan(for: network)
    #expect(plan.kept.first { $0.group.name == "conv" }?.units.count == 2)
    #expect(plan.outcome.reason == .floor(groups: ["conv"]))
    #expect("\(try #require(plan.outcome.reason))".contains("'conv'"))
  }

  @Test func unitsLeaveByOneRankingOfScales() throws {
    var b = NetworkBuilder("two", input: ["batch", 3, 8, 8], seed: 1)
    var x = try b.relu(b.batchNorm("norm1", b.conv("conv1", b.input, 12, kernel: 3)))
    x = try b.relu(b.batchNorm("norm2", b.conv("conv2", x, 20, kernel: 3)))
    let built = try b.finish(b.linear("fc", b.flatten(b.globalAveragePool(x)), 4))
    var network = built
    var all: [(String, Int, Float)] = []
    for (name, count, seed) in [("norm1", 12, 5), ("norm2", 20, 6)] {
      let scales = Graphs.numbers(count, seed: UInt64(seed))
      network.initializers["\(name).weight"]?.tensor = try TensorData(scales, shape: [count])
      for (unit, scale) in scales.enumerated() { all.append((name, unit, abs(scale))) }
    }
    let plan = try Pruner(criterion: BatchNormScale(), target: Target(parsing: "units=0.375"))
      .plan(for: network)
    all.sort { $0.2 > $1.2 }
    for (conv, norm) in [("conv1", "norm1"), ("conv2", "norm2")] {
      let expected = all[..<12].filter { $0.0 == norm }.map(\.1).sorted()
      #expect(plan.kept.first { $0.group.name == conv }?.units == expected)
    }
    #expect(plan.achieved == 0.375)
  }

  @Test func channelsWithoutAScaleAreNamed() throws {
    let network = try SmallTraining.network()
    let target = try Target(parsing: "units=0.5")
    #expect(throws: PruningError.self) {
      try Pruner(criterion: BatchNormScale(), target: target).plan(for: network)
    }
    let plan = try Pruner(
      criterion: BatchNormScale(), target: target, exclusions: Exclusions(["fc1"])
    ).plan(for: network)
    #expect(plan.kept.first { $0.group.name == "conv" }?.units.count == 4)
  }

  @Test func theScaleOfASharedStreamIsTheMeanOfItsNormalisations() throws {
    let network = try Graphs.dense()
    let group = try network.coupling().group(named: "stem")
    let scores = try BatchNormScale().unitScores(of: group, in: Subject(network))
    let names = ["norm1", "norm2", "norm3", "norm"].map { "\($0).weight" }
    let scales = try names.map { try Graphs.elements(network, $0) }
    for unit in 0..<8 {
      let mean = scales.reduce(0) { $0 + Double(abs($1[unit])) } / 4
      #expect(abs(scores[unit] - mean) < 1e-6)
    }
  }

  @Test func singleWeightsLeaveByAThreshold() throws {
    let network = try SmallTraining.network()
    let masks = try Pruner(criterion: L1(), target: Target(parsing: "threshold=0.05"))
      .masks(for: network)
    for (name, mask) in masks.kept {
      #expect(mask == (try Graphs.elements(network, name).map { abs($0) > 0.05 }))
    }
    #expect(masks.sparsity > 0.1 && masks.sparsity < 0.9)
  }

  @Test(arguments: ["threshold=-1", "threshold=50%", "threshold=x", "units=0", "units=nan"])
  func wrongTargetsAreRefused(text: String) {
    #expect(throws: PruningError.self) { try Target(parsing: text) }
  }
}
