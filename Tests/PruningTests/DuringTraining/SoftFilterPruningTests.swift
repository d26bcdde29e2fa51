// Soft filter pruning: which filters become zero, that they learn on and may return.

import Execution
import Network
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct SoftFilterPruningTests {
  private func norms(_ values: [Float], rows: Int) -> [Float] {
    let width = values.count / rows
    return (0..<rows).map { row in
      values[row * width..<(row + 1) * width].reduce(0) { $0 + $1 * $1 }
    }
  }

  @Test func theLeastFiltersBecomeZeroAndTheOthersStay() throws {
    let plugin = try SoftFilterPruning(fraction: 0.5)
    let model = try Model(SmallTraining.network())
    let (first, last) = (Onlooker(), Onlooker())
    var before: [Float] = []
    first.epoch = { before = try SmallTraining.values($0.model.parameters["conv.weight"]) }
    last.epoch = { context in
      let after = try SmallTraining.values(context.model.parameters["conv.weight"])
      let least = norms(before, rows: 8).enumerated().sorted { $0.element < $1.element }
        .prefix(4).map(\.offset).sorted()
      #expect(plugin.zeroed["conv"] == least)
      for row in 0..<8 {
        let rows = row * 9..<(row + 1) * 9
        if least.contains(row) {
          #expect(after[rows].allSatisfy { $0 == 0 })
        } else {
          #expect(after[rows] == before[rows])
        }
      }
      // Normalisation is left as it is.
      #expect(
        try SmallTraining.values(context.model.parameters["norm.weight"]).allSatisfy { $0 != 0 })
    }
    try SmallTraining.trainer(model, plugins: [first, plugin, last]).run()
  }

  @Test func zeroFiltersGetGradientsAndReturn() throws {
    let plugin = try SoftFilterPruning(fraction: 0.5)
    let model = try Model(SmallTraining.network())
    var chosen: [[String: [Int]]] = []
    var learning = 0
    let onlooker = Onlooker()
    onlooker.epoch = { _ in chosen.append(plugin.zeroed) }
    onlooker.backward = { gradients, context in
      guard context.step % 5 == 0, context.step > 0 else { return }
      let gradient = try SmallTraining.values(gradients["conv.weight"])
      let rows = plugin.zeroed["conv"] ?? []
      learning += rows.count { norms(gradient, rows: 8)[$0] > 0 }
    }
    try SmallTraining.trainer(model, plugins: [plugin, onlooker], epochs: 20).run()
    #expect(learning > 0)
    #expect(plugin.returned > 0)
    #expect(Set(chosen).count > 1)
    #expect(chosen.allSatisfy { $0["conv"]?.count == 4 && $0["fc1"]?.count == 6 })
  }

  @Test func whatIsZeroInTheEndCanBeCut() throws {
    let plugin = try SoftFilterPruning(fraction: 0.25, exclusions: Exclusions(["fc1"]))
    let model = try Model(SmallTraining.network())
    try SmallTraining.trainer(model, plugins: [plugin]).run()
    #expect(plugin.zeroed.keys.sorted() == ["conv"])
    let network = try model.snapshot()
    let group = try network.coupling().group(named: "conv")
    let scores = try L2().unitScores(of: group, in: Subject(network))
    #expect(scores.indices.filter { scores[$0] == 0 } == plugin.zeroed["conv"])
    // Nothing else is cut, and nothing changes by it: shifts of zero filters went with them.
    let plan = try Pruner(criterion: L2(), target: Target(parsing: "threshold=0"))
      .plan(for: network)
    #expect(plan.kept.map { $0.removed.count } == [2, 0])
    #expect(try Equivalence.check(network, network.cut(keeping: plan.kept)).holds())
  }

  @Test func theFractionIsAFraction() {
    #expect(throws: PruningError.self) { try SoftFilterPruning(fraction: 1) }
  }
}
