// Dropout after pruning: the root of what is left of each layer's connections.

import Network
import ONNX
import Pruning
import Testing

@testable import Methods

@Suite struct ScaleDropoutTests {
  /// Each ratio is the first one times the root of its own layer's density, after every step.
  @Test func ratiosFollowTheConnectionsLeft() throws {
    let tiny = try TinyRun()
    var b = NetworkBuilder("dropping", input: ["batch", 6], seed: 3)
    var x = try b.dropout(b.relu(b.linear("fc1", b.input, 16)), 0.5)
    x = try b.dropout(b.relu(b.linear("fc2", x, 12)), 0.25)
    try ONNXModel(b.finish(b.linear("fc3", x, 3))).write(to: tiny("dropping.onnx"))
    let source = """
      seed: 4
      stages:
        - train: {epochs: 1, batch: 8, optimizer: {adam: {rate: 0.01}}}
        - prune:
            granularity: element
            criterion: l1
            allocation: {per-layer: {fc1.weight: 0.25, fc2.weight: 0.64}}
            target: {sparsity: 0.4355}
            schedule: {iterative: {steps: 2}}
            recover: {scale-dropout: {}, epochs: 1, batch: 8, optimizer: {adam: {rate: 0.01}}}
      """
    var run = try tiny.run(source, in: "run", model: "dropping.onnx")
    let result = try run.perform()
    let ratios = run.network.nodes.filter { $0.op == "Dropout" }.map { node -> Double in
      node.input(1).flatMap { run.network.initializers[$0]?.tensor.reals?.first } ?? -1
    }
    try #require(ratios.count == 2)
    for (ratio, (first, name)) in zip(ratios, [(0.5, "fc1.weight"), (0.25, "fc2.weight")]) {
      let mask = try #require(run.masks.kept[name])
      let density = Double(mask.count { $0 }) / Double(mask.count)
      #expect(abs(ratio - first * density.squareRoot()) < 1e-6)
    }
    #expect(abs(ratios[0] - 0.25) < 0.01 && abs(ratios[1] - 0.2) < 0.01)
    #expect(result.tasks.filter { $0.title == "scale-dropout" }.count == 2)
  }
}
