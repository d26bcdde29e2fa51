// Group Fisher pruning during training: which channel goes, when it ends, and what can be cut.

import Data
import Execution
import Network
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct GroupFisherPruningTests {
  /// What a step adds up is the criterion's: the squared derivative by the shared mask for each example.
  @Test func statisticsAreThoseOfTheCriterion() throws {
    let network = try Examples.precise(Graphs.residual())
    let dataset = try Examples.make(4, [3, 5, 5], targets: [2, 5, 5])
    let plugin = try GroupFisherPruning(target: Target(.macs, .fraction(0.5)), every: 100)
    let model = try Model(network)
    let trainer = try Trainer(
      model: model, loss: MeanSquaredError(), optimizer: SGD(), schedule: ConstantRate(1e-9),
      loader: DataLoader(dataset, batchSize: 4, seed: 1), length: .steps(1), seed: 1,
      plugins: [plugin])
    try trainer.run()
    struct Saved: Decodable { let sums: [String: [Double]] }
    let found: Saved = try plugin.savedState().value()
    var criterion = GroupFisher()
    criterion.normalization = .none
    let groups = try network.coupling().groups
    let subject = try Subject(
      network, groups: groups, for: criterion, on: Calibration(dataset, batchSize: 4))
    for group in groups {
      let expected = try criterion.unitScores(of: group, in: subject)
      let sums = try #require(found.sums[group.name])
      // Of the batch's mean loss: 1 / 16 of the sum over the examples' own.
      #expect(zip(sums, expected).allSatisfy { abs($0 * 16 - $1) < 1e-9 * max($1, 1e-3) })
      #expect(expected.contains { $0 > 1e-6 })
    }
  }

  @Test(arguments: GroupFisher.Normalization.allCases)
  func channelsGoOneAtATimeUntilTheTargetIsMet(normalization: GroupFisher.Normalization) throws {
    var criterion = GroupFisher()
    criterion.normalization = normalization
    let plugin = try GroupFisherPruning(
      target: Target(.macs, .fraction(0.5)), every: 3, criterion: criterion)
    let model = try Model(SmallTraining.network())
    var counts: [Int] = []
    let onlooker = Onlooker()
    onlooker.epoch = { _ in counts.append(plugin.removed.values.reduce(0) { $0 + $1.count }) }
    try SmallTraining.trainer(model, plugins: [plugin, onlooker], epochs: 12).run()
    #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 && $1 <= $0 + 2 })
    let network = try model.snapshot()
    let before = try network.cost().total.macs
    // What is zero is cut without any change.
    let pruner = Pruner(criterion: L2(), target: try Target(.threshold, .absolute(0)))
    let plan = try pruner.plan(for: network)
    let small = try network.cut(keeping: plan.kept)
    let removed = plan.kept.reduce(0) { $0 + $1.removed.count }
    #expect(removed == counts.last)
    #expect(try Double(small.cost().total.macs) <= 0.5 * Double(before))
    #expect(try Equivalence.check(network, small).holds())
  }

  @Test func otherTargetsAreRefused() throws {
    #expect(throws: PruningError.self) {
      try GroupFisherPruning(target: Target(.sparsity, .fraction(0.5)))
    }
  }
}
