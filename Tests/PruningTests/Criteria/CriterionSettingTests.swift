// Settings of criteria, schedules of masks, controls, balanced examples, and ranking without sorting.

import Data
import Network
import Testing

@testable import Pruning

@Suite struct CriterionSettingTests {
  @Test func settingsAreReadAndWrongOnesSaid() throws {
    let cold = try #require(
      try Criteria.named("grasp", PartSettings(["temperature": .text("10")])) as? GraSP)
    #expect(cold.temperature == 10 && GraSP().temperature == 200)
    for wrong in ["warm", "0", "-1", "nan"] {
      let error = #expect(throws: PruningError.self) {
        try Criteria.named("grasp", PartSettings(["temperature": .text(wrong)]))
      }
      #expect("\(try #require(error))".contains("temperature is '\(wrong)'"))
    }
    let settings = PartSettings(["on": .text("true"), "of": .table(["a*": "2"])])
    #expect(try settings.bool("on", default: false))
    #expect(try settings.table("of") == ["a*": 2])
    #expect(settings.asked.map(\.name) == ["on", "of"])
    #expect(throws: PruningError.self) { try settings.double("of", default: 1) }
    #expect(throws: PruningError.self) { try settings.table("on") }
    #expect(throws: PruningError.self) { try settings.bool("of", default: true) }
    #expect(throws: PruningError.self) { try settings.choice("on", default: Control.shuffle) }
  }

  @Test func ranksAreThoseOfSorting() throws {
    var random = RandomState(seed: 3)
    for count in [1, 2, 7, 500] {
      for levels in [2.0, 5, 1e6] {
        let lists = (0..<3).map { _ in
          (0..<count).map { _ in
            Float(((random.uniform() * 2 - 1) * levels).rounded() / levels) * 1e-3
          }
        }
        let sorted = lists.joined().sorted()
        for rank in Set([0, count / 2, count * 3 - 1]) {
          #expect(Selection.score(of: rank, among: lists) == sorted[rank])
        }
        for kept in Set([0, 1, count / 2, count]) {
          let candidate = try Candidate(name: "x", scores: lists[0])
          let order = lists[0].indices.sorted { (lists[0][$0], -$0) > (lists[0][$1], -$1) }
          #expect(candidate.best(kept) == order[..<kept].sorted())
        }
        let candidates = try lists.map { try Candidate(name: "x", scores: $0) }
        for fraction in [0, 0.1, 0.5, 0.99, 1] {
          #expect(
            Global().counts(removing: fraction, from: candidates)
              == Global().curve(of: candidates)(fraction))
        }
      }
    }
    #expect(Selection.score(of: 0, among: [[.infinity, -.infinity, 0]]) == -.infinity)
  }

  // MARK: schedules and controls

  private func pruner(_ control: Control?, seed: UInt64 = 1) throws -> Pruner {
    var pruner = Pruner(
      criterion: L1(), target: try Target(.sparsity, .fraction(0.8)), seed: seed)
    pruner.control = control
    return pruner
  }

  /// Steps without training between them end where one step does, for scores that do not change.
  @Test func partsOfAScheduleGoOnWhereTheyStopped() throws {
    let network = try Graphs.dense()
    let once = try pruner(nil).masks(for: network)
    let whole = try Iterative(steps: 5)
    #expect(try pruner(nil).masks(for: network, along: whole) == once)
    let early = try pruner(nil).masks(for: network, along: whole.part(1...2))
    #expect(abs(early.sparsity - (1 - 0.5253)) < 1e-2)
    #expect(try pruner(nil).masks(for: network, after: early, along: whole.part(3...5)) == once)
  }

  /// The sheet's property: a shuffled mask keeps the counts of each layer.
  @Test func shufflingKeepsTheCountOfEveryLayerAndMovesItsPlaces() throws {
    let network = try Graphs.dense()
    let plain = try pruner(nil).masks(for: network, along: OneShot())
    let shuffled = try pruner(.shuffle).masks(for: network, along: OneShot())
    for (name, mask) in plain.kept {
      let other = try #require(shuffled.kept[name])
      #expect(mask.count { $0 } == other.count { $0 } && mask != other, "\(name)")
    }
    #expect(try pruner(.shuffle).masks(for: network, along: OneShot()) == shuffled)
    #expect(try pruner(.shuffle, seed: 2).masks(for: network, along: OneShot()) != shuffled)
    // What has left before stays away.
    let later = plain.shuffled(seed: 3, after: plain)
    #expect(later == plain)
  }

  @Test func invertedScoresRemoveWhatMattersMost() throws {
    let network = try Graphs.residual()
    let inverted = try pruner(.invert).masks(for: network, along: OneShot())
    var (stays, leaves): ([Float], [Float]) = ([], [])
    for (name, mask) in inverted.kept {
      for (element, kept) in zip(try Graphs.elements(network, name), mask) {
        if kept { stays.append(abs(element)) } else { leaves.append(abs(element)) }
      }
    }
    #expect(try #require(stays.max()) <= #require(leaves.min()))
  }

  // MARK: balanced examples

  @Test func everyBatchHasEquallyManyOfEachClass() throws {
    let classes = (0..<60).map { Int64($0 % 7 == 0 ? 2 : $0 % 2) }
    let dataset = try ArrayDataset(
      name: "made up", path: "made up",
      x: NDArray(Graphs.numbers(60, seed: 1), shape: [60, 1]), y: NDArray(classes, shape: [60]))
    let calibration = try Calibration(dataset, perClass: 3, batches: 2, seed: 4)
    #expect(calibration.batches == 2 && calibration.batchSize == 9 && calibration.count == 18)
    let model = try Survey(Graphs.product(transposed: true), for: "test", on: nil).model()
    var seen = Set<Int>()
    for index in 0..<2 {
      let batch = try calibration.batch(index, for: model)
      let labels = try batch.targets.values(as: Int64.self)
      #expect((0..<3).allSatisfy { label in labels.count { $0 == label } == 3 })
      seen.formUnion(batch.indices)
    }
    #expect(seen.count == 18)
    #expect(throws: PruningError.self) { try Calibration(dataset, perClass: 5, batches: 2) }
    let numbers = try Examples.make(4, [3], targets: [2])
    #expect(throws: PruningError.self) { try Calibration(numbers, perClass: 1) }
  }
}
