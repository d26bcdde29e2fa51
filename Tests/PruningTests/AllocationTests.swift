// Allocations and schedules: how many units leave, of whom, and in which step.

import Foundation
import Testing

@testable import Pruning

@Suite struct AllocationTests {
  private func candidates(_ scores: [[Float]]) throws -> [Candidate] {
    try scores.enumerated().map { try Candidate(name: "\($0)", scores: $1) }
  }

  @Test func uniformTakesTheSameFractionOfEach() throws {
    let parts = try candidates([10, 7, 1].map { [Float](repeating: 1, count: $0) })
    #expect(Uniform().counts(removing: 0, from: parts) == [10, 7, 1])
    #expect(Uniform().counts(removing: 0.3, from: parts) == [7, 5, 1])
    #expect(Uniform().counts(removing: 0.5, from: parts) == [5, 3, 0])
    #expect(Uniform().counts(removing: 1, from: parts) == [0, 0, 0])
  }

  @Test func globalIsOneRanking() throws {
    let parts = try candidates([[0.1, 0.9, 0.3], [0.2, 0.8], [0.95]])
    #expect(Global().counts(removing: 0, from: parts) == [3, 2, 1])
    #expect(Global().counts(removing: 0.5, from: parts) == [1, 1, 1])
    #expect(Global().counts(removing: 1, from: parts) == [0, 0, 0])
    #expect(Global().counts(removing: 7, from: parts) == [0, 0, 0])
    #expect(Global().counts(removing: -1, from: parts) == [3, 2, 1])
  }

  @Test func globalKeepsWhoeverSortingAllScoresKeeps() throws {
    let scores = (0..<6).map { Graphs.numbers(5 + $0 * 7, seed: UInt64($0)) }
    let parts = try candidates(scores)
    let all = scores.joined().sorted(by: >)
    for percent in stride(from: 0, through: 100, by: 9) {
      let fraction = Double(percent) / 100
      let staying = all.count - Int((fraction * Double(all.count)).rounded())
      let counts = Global().counts(removing: fraction, from: parts)
      #expect(counts.reduce(0, +) == staying)
      guard staying > 0 else { continue }
      #expect(counts == scores.map { part in part.count { $0 >= all[staying - 1] } })
    }
  }

  @Test func perLayerEndsAtTheStatedDensities() throws {
    let parts = try candidates([100, 50, 10].map { [Float](repeating: 1, count: $0) })
    let table = PerLayer([("0", 0.08), ("1", 0.5)])
    let whole = (92.0 + 25) / 160
    #expect(table.counts(removing: whole, from: parts) == [8, 25, 10])
    #expect(table.counts(removing: whole / 2, from: parts) == [54, 37, 10])
    #expect(table.counts(removing: 0, from: parts) == [100, 50, 10])
    #expect(table.counts(removing: 1, from: parts) == [8, 25, 10])
    #expect(table.most(of: parts) == whole)
  }

  @Test func statedNamesAreThoseOfCandidates() throws {
    let parts = try candidates([100, 50].map { [Float](repeating: 1, count: $0) })
    try PerLayer([("0", 0.1), ("*", 0.5)]).check(parts)
    try Uniform(rate: 0.2, rates: [("1", 0.1)]).check(parts)
    let tables: [any Allocation] = [
      PerLayer([("0", 0.1), ("fc2", 0.5)]), try Uniform(rate: 0.2, rates: [("fc2", 0.1)]),
    ]
    for table in tables {
      let error = #expect(throws: PruningError.self) { try table.check(parts) }
      #expect("\(try #require(error))".contains("'fc2'"))
    }
  }

  @Test func sparsitiesBeyondTheStatedDensitiesAreRefused() throws {
    let parts = try candidates([100, 100].map { [Float](repeating: 1, count: $0) })
    let table = PerLayer([("0", 0.1), ("1", 0.3)])
    for sparsity in [0, 0.5, 0.8, 0.801] { try table.check(parts, reaching: sparsity) }
    for sparsity in [0.81, 0.95] {
      let error = #expect(throws: PruningError.self) {
        try table.check(parts, reaching: sparsity)
      }
      #expect("\(try #require(error))".contains("0.8 of the weights"))
    }
    try Global().check(parts, reaching: 1)
  }

  @Test(arguments: [Global() as any Allocation, Uniform()])
  func countsNeverGrowWithTheFraction(allocation: any Allocation) throws {
    // Ties and removed units among them.
    let parts = try (0..<5).map { index in
      try Candidate(
        name: "\(index)",
        scores: Graphs.numbers(20 + index, seed: UInt64(index)).map { ($0 * 4).rounded() },
        removed: [0, 3])
    }
    var last = parts.map(\.scores.count)
    for percent in 0...1000 {
      let counts = allocation.counts(removing: Double(percent) / 1000, from: parts)
      #expect(zip(counts, last).allSatisfy { $0 <= $1 })
      last = counts
    }
    #expect(last == [0, 0, 0, 0, 0])
  }

  @Test func theBestStayAndOfEqualOnesTheEarlier() throws {
    let part = try Candidate(name: "a", scores: [0.5, 0.9, 0.5, 0.1, 0.5])
    #expect(part.best(0) == [] && part.best(-1) == [])
    #expect(part.best(1) == [1] && part.best(2) == [0, 1] && part.best(3) == [0, 1, 2])
    #expect(part.best(5) == [0, 1, 2, 3, 4] && part.best(9) == [0, 1, 2, 3, 4])
    let gone = try Candidate(name: "a", scores: [0.5, 0.9, -3], removed: [1])
    #expect(gone.best(2) == [0, 2])
  }

  @Test func ofEqualScoresEarlierCandidatesLeaveFirst() throws {
    let parts = try candidates([[1, 1], [1, 1], [1, 1]])
    #expect(Global().counts(removing: 0.5, from: parts) == [0, 1, 2])
  }

  // MARK: schedules

  @Test func oneShotTakesOneStep() {
    #expect(OneShot().steps == 1 && OneShot().kept(after: 1, target: 0.3) == 0.3)
    #expect(OneShot().removed(after: 1, target: 0.7) == 0.7)
  }

  @Test func iterativeKeepsTheSameFractionOfWhatIsLeft() throws {
    let schedule = try Iterative(steps: 4)
    let kept = (0...4).map { schedule.kept(after: $0, target: 0.0625) }
    for (found, wanted) in zip(kept, [1, 0.5, 0.25, 0.125, 0.0625]) {
      #expect(abs(found - wanted) < 1e-12)
    }
    for target in [0.1, 0.3, 0.9, 0.999] {
      #expect(schedule.kept(after: 4, target: target) == target)
      #expect(schedule.removed(after: 4, target: target) == target)
      #expect(abs(schedule.removed(after: 2, target: target) - (1 - sqrt(1 - target))) < 1e-12)
    }
    #expect(schedule.removed(after: 2, target: 0) == 0)
  }

  @Test func noStepGoesBeyondTheTarget() throws {
    let schedule = try Cubic(steps: 3, initial: 0.6)
    for kept in [0.4, 0.2, 0] { try schedule.check(keeping: kept) }
    let error = #expect(throws: PruningError.self) { try schedule.check(keeping: 0.5) }
    #expect("\(try #require(error))".contains("after step 1 of 3"))
    for kept in [0, 0.3, 1] {
      try OneShot().check(keeping: kept)
      try Iterative(steps: 5).check(keeping: kept)
    }
  }

  @Test func aScheduleNeedsAStep() {
    for steps in [0, -1] {
      #expect(throws: PruningError.self) { try Iterative(steps: steps) }
    }
    #expect(PruningSchedules.all.map { $0.name } == ["one-shot", "iterative", "cubic"])
  }
}
