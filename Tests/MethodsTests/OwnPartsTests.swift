// Words that a program brings along: recipes know them while they are lent, and not after.

import Foundation
import Network
import Pruning
import Testing
import Torch

@testable import Methods

/// A criterion with a setting.
private struct Power: Criterion {
  static let name = "own-power"
  static let summary = "power of the magnitude"
  var exponent = 1.0

  mutating func configure(_ settings: PartSettings) throws(PruningError) {
    exponent = try settings.double("exponent", default: 1)
  }

  func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    try subject.elements(of: name).map { Float(pow(Double(abs($0)), exponent)) }
  }
}

private struct Halving: PruningSchedule {
  static let name = "own-halving"
  static let summary = "halves"
  let steps: Int

  init(_ settings: PartSettings) throws(PruningError) {
    steps = try settings.int("steps", default: 4, in: 1...50)
  }

  func kept(after step: Int, target: Double) -> Double {
    step >= steps ? target : target + (1 - target) / Double(1 << max(step, 0))
  }
}

private struct Nothing: Penalty {
  static let name = "own-nothing"
  static let summary = "charges nothing"

  init(_ settings: PartSettings) throws(PruningError) {
    _ = try settings.double("strength", default: 1)
  }
}

private struct Every: Regrowth {
  static let name = "own-every"
  static let summary = "those at every so many places"
  let needsGradients = false
  var distance = 2
  var names: [String] = []

  mutating func configure(_ settings: PartSettings) throws(PruningError) {
    distance = try settings.int("distance", default: distance, in: 1...9)
    names = try settings.strings("names")
  }

  func scores(
    for weight: Tensor, gradient: Tensor?, _ generator: Generator
  ) throws(TorchError) -> Tensor {
    let scores = (0..<weight.count).map { Float($0 % distance == 0 ? 1 : 0) }
    return try Tensor(scores, shape: weight.shape, device: weight.device)
  }
}

@Suite struct OwnPartsTests {
  private static let source = """
    stages:
      - train:
          epochs: 1
          optimizer: {sgd: {rate: 0.1}}
          penalty: {own-nothing: {strength: 2}}
      - prune:
          criterion: {own-power: {exponent: 2}}
          schedule: {own-halving: {steps: 3}}
          target: {params: 0.5}
    """

  private func withOwn<R>(_ body: () throws -> R) rethrows -> R {
    try Vocabulary.with(
      criteria: [Power.self], schedules: [Halving.self], penalties: [Nothing.self], body)
  }

  private func read(_ change: (String) -> String = { $0 }) throws -> Recipe {
    try Recipe(parsing: change(Self.source), file: "r.yaml")
  }

  @Test func ownWordsAreReadWithTheirSettings() throws {
    let recipe = try withOwn { try read() }
    let prune = try #require(recipe.stages.last as? PruneStage)
    #expect((prune.pruner.criterion as? Power)?.exponent == 2)
    #expect(prune.schedule.steps == 3 && prune.schedule is Halving)
    #expect(recipe.parts["criterion"] == ["own-power"])
    let words = withOwn { Vocabulary.parts.flatMap(\.words).map(\.name) }
    #expect(words.contains("own-power") && words.contains("own-halving"))
    #expect(words.contains("own-nothing"))
  }

  /// A regrowth with settings, a number and a list, decides where connections come back.
  @Test func ownRegrowthMovesConnections() throws {
    let tiny = try TinyRun()
    let text = """
      id: own
      stages:
        - prune: {granularity: element, criterion: random, target: {sparsity: 0.6}}
        - train:
            epochs: 1
            optimizer: {sgd: {rate: 0.1}}
            drop-and-grow: {every: 2, regrowth: {own-every: {distance: 3, names: [a, b]}}}
      """
    let result = try Vocabulary.with(regrowths: [Every.self]) {
      var run = try Run(
        try Recipe(parsing: text, file: "own.yaml"), in: tiny("own"), model: tiny("model-in.onnx"),
        data: tiny("spots.npz"))
      run.measuresLatency = false
      return try run.perform()
    }
    #expect(abs(result.sparsity.after - 0.6) < 0.01)
    #expect(try #require(result.tasks.last?.measures?["mask updates"]) > 0)
    let wrong = text.replacing("names: [a, b]", with: "names: [[a]]")
    let error = #expect(throws: RecipeError.self) {
      try Vocabulary.with(regrowths: [Every.self]) { try Recipe(parsing: wrong, file: "r.yaml") }
    }
    #expect("\(try #require(error))".contains("r.yaml:7"))
  }

  @Test func theyAreLentAndNoLonger() {
    #expect(throws: RecipeError.self) { try read() }
    #expect(!Vocabulary.parts.flatMap(\.words).contains { $0.name.hasPrefix("own-") })
  }

  @Test(arguments: [
    ("exponent: 2", "exponents: 2", "r.yaml:7", "'exponents' is not known"),
    ("steps: 3", "steps: 0", "r.yaml:8", "'0' was found"),
    ("strength: 2", "strength: much", "r.yaml:5", "'much' was found"),
  ])
  func theirSettingsAreCheckedLikeAnyOthers(
    old: String, new: String, place: String, words: String
  ) {
    let error = #expect(throws: RecipeError.self) {
      try withOwn { try read { $0.replacing(old, with: new) } }
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(place) && text.contains(words), "\(text)")
  }

  @Test func ownWordsPruneARun() throws {
    let tiny = try TinyRun()
    let text = """
      id: own
      stages: [{prune: {criterion: own-power, schedule: own-halving, target: {params: 0.5}}}]
      """
    let result = try withOwn {
      var run = try Run(
        try Recipe(parsing: text, file: "own.yaml"), in: tiny("own"), model: tiny("model-in.onnx"))
      run.measuresLatency = false
      return try run.perform()
    }
    #expect(result.tasks.map(\.title) == ["prune 1/4", "prune 2/4", "prune 3/4", "prune 4/4"])
    #expect(Double(result.params.after) <= 0.5 * Double(result.params.before))
  }
}
