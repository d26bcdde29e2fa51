// The three ways in which a layer stays, and choices under a budget that keep blocks equal.

import Network
import Testing

@testable import Pruning

@Suite struct FreezingTests {
  /// stem (8) -> a (6) -> normalisation -> grouped convolution b (2 groups, 8) -> head.
  private func network() throws -> Network {
    var b = NetworkBuilder("three", input: ["batch", 3, 4, 4], seed: 3)
    let x = try b.relu(b.conv("stem", b.input, 8, kernel: 1))
    let y = try b.relu(b.batchNorm("bn", b.conv("a", x, 6, kernel: 1)))
    let z = try b.conv("b", y, 8, kernel: 3, groups: 2)
    return try b.finish(b.linear("head", b.flatten(b.globalAveragePool(z)), 2))
  }

  private func allowed(_ exclusions: Exclusions) throws -> [String] {
    try exclusions.allowed(of: network().coupling()).map(\.name)
  }

  @Test func outputsInputsAndWholeLayersDiffer() throws {
    #expect(try allowed(Exclusions()) == ["stem", "a", "b"])
    #expect(try allowed(Exclusions(["a"])) == ["stem", "b"])
    #expect(try allowed(Exclusions(inputs: ["a"])) == ["a", "b"])
    #expect(try allowed(Exclusions(layers: ["a"])) == ["b"])
    #expect(try allowed(Exclusions(layers: ["bn"])) == ["stem", "b"])
    #expect(try allowed(Exclusions(["stem"], inputs: ["head"])) == ["a"])
  }

  @Test func whatFitsNothingIsAnError() throws {
    #expect(throws: PruningError.self) { try allowed(Exclusions(["bn"])) }
    #expect(throws: PruningError.self) { try allowed(Exclusions(inputs: ["stem"])) }
    #expect(throws: PruningError.self) { try allowed(Exclusions(layers: ["nowhere"])) }
  }

  @Test func singleWeightsFollowOutputsAndLayers() {
    let exclusions = Exclusions(["a"], inputs: ["b"], layers: ["c*"])
    #expect(exclusions.excludes(parameter: "a.weight"))
    #expect(!exclusions.excludes(parameter: "b.weight"))
    #expect(exclusions.excludes(parameter: "c1.bias"))
  }

  @Test("A budget keeps equally many of each block", arguments: [1, 2, 4])
  func blocksUnderABudget(roundTo: Int) throws {
    let pruner = Pruner(target: try Target(parsing: "params=0.6"), roundTo: roundTo)
    let plan = try pruner.plan(for: network())
    for kept in plan.kept where kept.group.blocks > 1 {
      let size = kept.group.size / kept.group.blocks
      let counts = (0..<kept.group.blocks).map { block in
        kept.units.count { $0 / size == block }
      }
      #expect(Set(counts).count == 1)
      #expect(kept.units.count % roundTo == 0 || kept.units.count == kept.group.size)
    }
    #expect(plan.after.parameters < plan.before.parameters)
    _ = try network().cut(keeping: plan.kept)
  }

  @Test func eachBlockKeepsItsBest() throws {
    let candidate = try Candidate(name: "c", scores: [5, 1, 4, 0.1, 0.3, 0.2], blocks: 2)
    #expect(candidate.best(4) == [0, 2, 4, 5])
    #expect(candidate.best(2) == [0, 4])
    #expect(candidate.best(6) == [0, 1, 2, 3, 4, 5])
  }

  @Test func scoresOfBlocksComeFromTheirOwnRows() throws {
    // A grouped transposed convolution makes its outputs block by block.
    var b = NetworkBuilder("up", input: ["batch", 3, 4, 4], seed: 3)
    let x = try b.conv("a", b.input, 4, kernel: 1)
    let values = (0..<12).map { Float($0) }
    let weight = b.tensor(
      "up.weight", try TensorData(values, shape: [4, 3, 1, 1]), role: .parameter)
    let y = try b.add("ConvTranspose", name: "up", [x, weight], ["group": .int(2)])
    let network = try b.finish(b.linear("head", b.flatten(b.globalAveragePool(y)), 2))
    let group = try network.coupling().group(named: "up")
    #expect((group.size, group.blocks) == (6, 2))
    // Output o of block g sums rows 2g and 2g + 1 of column o.
    let scores = try L1().unitScores(of: group, in: Subject(network))
    #expect(scores.elementsEqual([3, 5, 7, 15, 17, 19]))
  }
}
