// Branches that give nothing but zeros leave in the stage prune, from sums and from concatenations.

import Network
import ONNX
import Testing

@testable import Methods

@Suite struct DeadBranchStageTests {
  /// Two branches joined, and a block on a shortcut; of each one branch is zero.
  private func network(shift: Float = 0) throws -> Network {
    var b = NetworkBuilder("branches", input: ["batch", 3, 6, 6], seed: 5)
    let stem = try b.relu(b.conv("stem", b.input, 4, kernel: 3, padding: 1))
    let wide = try b.relu(b.conv("wide", stem, 3, kernel: 3, padding: 1))
    let inner = try b.relu(b.conv("inner", stem, 6, kernel: 1))
    let narrow = try b.relu(b.conv("narrow", inner, 5, kernel: 1))
    let joined = try b.relu(b.batchNorm("norm", b.concat("join", [wide, narrow])))
    let block = try b.conv("block", joined, 8, kernel: 3, padding: 1)
    let x = try b.relu(b.add("Add", name: "sum", [block, joined]))
    var network = try b.finish(b.linear("head", b.flatten(b.globalAveragePool(x)), 4))
    for name in ["narrow.weight", "narrow.bias", "block.weight", "block.bias"] {
      let shape = try #require(network.initializers[name]).tensor.shape
      network.initializers[name]?.tensor = try TensorData(
        [Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
    }
    network.initializers["norm.bias"]?.tensor = try TensorData(
      [Float](repeating: shift, count: 8), shape: [8])
    return network
  }

  private func pruned(_ network: Network) throws -> (Network, [String: Double]) {
    let tiny = try TinyRun()
    try ONNXModel(network).write(to: tiny("branches.onnx"))
    let recipe = try Recipe(
      parsing: """
        id: branches
        stages:
          - prune: {granularity: element, criterion: l1, target: {sparsity: 0.1}, exclude: ["stem*"]}
          - prune: {criterion: either-end, target: {threshold: 0}, reestimate: false}
          - rewind: {to: start}
        """, file: "r.yaml")
    var run = try Run(recipe, in: tiny("run"), model: tiny("branches.onnx"))
    run.measuresLatency = false
    let result = try run.perform()
    return (
      try ONNXModel(path: tiny("run/model.onnx")).network,
      result.tasks.compactMap(\.measures).reduce(into: [:]) { $0.merge($1) { $1 } }
    )
  }

  @Test func branchesLeaveAndMasksAndMarksFollow() throws {
    let (small, measures) = try pruned(network())
    #expect(measures["branches removed"] == 2)
    #expect(!small.initializers.keys.contains { $0.hasPrefix("narrow") || $0.hasPrefix("inner") })
    #expect(!small.initializers.keys.contains { $0.hasPrefix("block") })
    #expect(small.initializers["norm.weight"]?.tensor.shape == [3])
    #expect(small.initializers["head.weight"]?.tensor.shape == [4, 3])
    #expect(small.nodes.first { $0.op == "Concat" }?.inputs.count == 1)
  }

  /// A normalisation behind the join makes its shift of the zeros: then they are no nothing.
  @Test func aBranchWhoseZerosAreShiftedStays() throws {
    let (small, measures) = try pruned(network(shift: 0.5))
    #expect(measures["branches removed"] == 1, "the block on the shortcut")
    #expect(small.initializers["narrow.weight"] != nil)
    #expect(small.nodes.first { $0.op == "Concat" }?.inputs.count == 2)
  }
}
