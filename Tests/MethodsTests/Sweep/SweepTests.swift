// Sweeps: which runs a file comes to, what stands in their recipes, and what is refused.

import Data
import Foundation
import Testing

@testable import Methods

@Suite struct SweepTests {
  private static let source = """
    id: s
    seeds: [1, 2]
    network: lenet-5
    data: mnist
    vary: {sparsity: [0.8, 0.9], epochs: [3]}
    starts:
      - id: dense
        stages: [{train: &t {epochs: $epochs, optimizer: {sgd: {rate: 0.1}}}}]
    runs:
      - id: a
        from: dense
        stages:
          - prune: {granularity: element, target: {sparsity: $sparsity}}
          - train: *t
      - id: b
        recipe: rigl
        vary: {every: [50, 100]}
        settings:
          "stages[0].prune.target.sparsity": $sparsity
          "stages[1].train.drop-and-grow.every": $every
          "stages[1].train.warm-up": 1
    """

  private func sweep(
    _ change: (String) -> String = { $0 }, varying: [String: [String]] = [:]
  ) throws -> Sweep {
    try Sweep(parsing: change(Self.source), file: "s.yaml", varying: varying)
  }

  @Test func runsAreEveryCombinationByEverySeed() throws {
    let sweep = try sweep()
    #expect(sweep.starts.map(\.folder) == ["dense/seed-1", "dense/seed-2"])
    #expect(sweep.vary.map(\.name) == ["sparsity"])
    let a = sweep.runs.filter { $0.id == "a" }
    #expect(
      a.map(\.folder) == [
        "a/sparsity=0.8/seed-1", "a/sparsity=0.8/seed-2", "a/sparsity=0.9/seed-1",
        "a/sparsity=0.9/seed-2",
      ])
    #expect(a.map(\.start) == ["dense/seed-1", "dense/seed-2", "dense/seed-1", "dense/seed-2"])
    let b = sweep.runs.filter { $0.id == "b" }
    #expect(b.count == 8 && Set(b.map(\.folder)).count == 8 && b.allSatisfy { $0.start == nil })
    #expect(
      b[0].title
        == "LeNet-300-100 on MNIST, sparse from the first step to the last, rewired by gradients")
  }

  @Test func valuesReachTheRecipes() throws {
    let sweep = try sweep()
    let a = try Recipe(parsing: sweep.runs[2].recipe, file: "a")
    #expect(a.id == "a" && a.network == "lenet-5" && a.data == "mnist" && a.stages.count == 2)
    #expect(a.parts["target"] == ["sparsity=0.9"])
    #expect((a.stages[1] as? TrainStage)?.length == .epochs(3))
    let last = try #require(sweep.runs.last)
    #expect(
      last.values.map(\.value) == ["100", "0.9"] || last.values.map(\.value) == ["0.9", "100"])
    let b = try Recipe(parsing: last.recipe, file: "b")
    #expect(b.network == "lenet-300-100" && b.parts["target"] == ["sparsity=0.9"])
    #expect(last.recipe.contains("every: 100") && last.recipe.contains("warm-up: 1"))
  }

  @Test func valuesCanBeGivenFromOutside() throws {
    let sweep = try sweep(varying: ["sparsity": ["0.5"], "epochs": ["7"]])
    #expect(sweep.vary.isEmpty)
    #expect(sweep.runs.filter { $0.id == "a" }.map(\.folder) == ["a/seed-1", "a/seed-2"])
    let a = try Recipe(parsing: try #require(sweep.runs.first).recipe, file: "a")
    #expect(a.parts["target"] == ["sparsity=0.5"])
    #expect((a.stages[1] as? TrainStage)?.length == .epochs(7))
    #expect(throws: RecipeError.self) { try self.sweep(varying: ["sparsty": ["0.5"]]) }
  }

  @Test(arguments: [
    ("id: a\n    from: dense", "id: a\n    from: dens", "s.yaml:10", "one of starts (dense)"),
    ("$every", "$evry", "s.yaml:15", "$evry"),
    ("id: b\n", "id: a\n", "s.yaml:15", "stands twice"),
    ("stages[0].prune.target", "stages[2].prune.target", "s.yaml:19", "the path of a value"),
    ("stages[0].prune.target", "stages[0]..target", "s.yaml:19", "the path of a value"),
    ("[1, 2]", "[1, 1]", "s.yaml:2", "different whole numbers"),
    ("[0.8, 0.9]", "[0.8, 1.5]", "s.yaml:10", "1.5"),
    ("[0.8, 0.9]", "[0.8, 0.8]", "s.yaml:5", "different values"),
    ("recipe: rigl", "recipe: rigle", "no recipe", "rigle"),
    ("recipe: rigl", "recipe: rigl\n    stages: [export]", "s.yaml:15", "already"),
    ("warm-up", "warmup", "s.yaml:15", "'warmup' is not known"),
    ("    from: dense\n", "    form: dense\n", "s.yaml:11", "'form' is not known"),
    ("epochs: [3]", "epochs: [3, 4]", "s.yaml:7", "varies nothing"),
  ])
  func whatIsWrongIsSaidWithItsLine(old: String, new: String, place: String, words: String) {
    let error = #expect(throws: RecipeError.self) { try sweep { $0.replacing(old, with: new) } }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(place) && text.contains(words), "\(text)")
  }

  @Test func valuesThatGrowAreNotFollowed() {
    var source = "a0: &a0 [x, x]\n"
    for level in 1...40 { source += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(throws: RecipeError.self) {
      try Sweep(parsing: source + "runs: [{id: a, stages: *a40}]", file: "s.yaml")
    }
    #expect(throws: RecipeError.self) {
      try Sweep(
        parsing: "runs:\n  - id: a\n    stages: " + source.dropFirst(4), file: "s.yaml")
    }
  }

  @Test func theLeaderboardsAreSweeps() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let sweep = try Sweep(at: root.appendingPathComponent("docs/leaderboard.yaml").path)
    #expect(sweep.seeds.count == 3 && sweep.starts.count == 3)
    #expect(Set(sweep.runs.map(\.id)).isSuperset(of: ["l1-global", "random", "gradual", "rigl"]))
    #expect(sweep.runs.allSatisfy { !$0.values.isEmpty } && sweep.axis == .weights)
    let filters = try Sweep(at: root.appendingPathComponent("docs/leaderboard-filters.yaml").path)
    #expect(filters.axis == .macs && filters.seeds == sweep.seeds)
    #expect(Set(filters.runs.map(\.id)).isSuperset(of: ["l1", "random", "taylor", "ssl"]))
  }

  // MARK: results

  @Test func spreadsAreThoseOfTheSample() throws {
    let spread = StoredEvidence.Spread([0.97, 0.98, 0.99])
    #expect(abs(spread.mean - 0.98) < 1e-12 && abs(spread.deviation - 0.01) < 1e-12)
    #expect(StoredEvidence.Spread([3]).deviation == 0)
  }

  @Test func aTrialKnowsHowFarItIs() throws {
    let tiny = try TinyRun()
    let recipe = "id: t\nstages: [{prune: {granularity: element, target: {sparsity: 0.5}}}]\n"
    let source = """
      id: s
      runs:
        - id: t
          stages: [{prune: {granularity: element, target: {sparsity: $p}}}]
          vary: {p: [0.5, 0.6]}
      """
    let trials = try Sweep(parsing: source, file: "s.yaml").runs
    let model = tiny("model-in.onnx")
    let folder = tiny("run")
    guard case .open(isTaken: false) = try trials[0].state(in: folder, model: model) else {
      Issue.record("nothing is there yet")
      return
    }
    var run = try Run(
      try Recipe(parsing: trials[0].recipe, file: "t"), in: folder, model: model, seed: 1)
    guard case .begun = try trials[0].state(in: folder, model: model) else {
      Issue.record("it was begun")
      return
    }
    run.measuresLatency = false
    _ = try run.perform()
    guard case .done(let result) = try trials[0].state(in: folder, model: model) else {
      Issue.record("it is done")
      return
    }
    #expect(abs(result.sparsity.after - 0.5) < 0.01 && recipe != trials[0].recipe)
    for (trial, model) in [(trials[1], model), (trials[0], nil)] {
      guard case .open(isTaken: true) = try trial.state(in: folder, model: model) else {
        Issue.record("it is another run")
        return
      }
    }
    let gathered = try SweepResult(Sweep(parsing: source, file: "s.yaml")) {
      $0 == trials[0] ? result : nil
    }
    #expect(gathered.points.count == 1 && gathered.points[0].seeds == [1])
    #expect(gathered.points[0].figures["sparsity"]?.mean == result.sparsity.after)
  }
}
