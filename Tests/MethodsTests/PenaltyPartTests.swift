// Penalties in recipes: what they leave for the stage `prune`, and wrong settings.

import Testing

@testable import Methods

@Suite struct PenaltyPartTests {
  private static func recipe(_ penalty: String, _ rest: String = "") -> String {
    """
    id: tiny-penalty
    seed: 5
    stages:
      - train:
          epochs: 4
          batch: 8
          optimizer: {sgd: {rate: 0.05, momentum: 0.9}}
          penalty: \(penalty)
    \(rest)
    """
  }

  @Test func whatAProximalStepLeftAtZeroIsCut() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      Self.recipe(
        "{group-lasso: {filters: 0.05, channels: 0.05}}",
        "  - prune: {criterion: either-end, target: {threshold: 0}}"))
    let result = try run.perform()
    let measures = try #require(result.tasks[0].measures)
    #expect(measures["channels zero"] ?? 0 > 0)
    #expect(result.params.after < result.params.before)
    #expect(result.target == "threshold=0.0")
  }

  @Test(arguments: [
    ("{}", ["a penalty with its settings", "l1-scale, group-lasso"]),
    ("{l7: {}}", ["'l7'", "one of l1-scale"]),
    ("{group-lasso: {}}", ["filters: 1e-4", "depth"]),
    ("{group-lasso: {filters: 0}}", ["above 0"]),
    ("{group-lasso: {filters: 1, form: magic}}", ["form", "gradient, proximal"]),
    ("{group-lasso: {filters: 1, form: gradient, every: epoch}}", ["every", "form is gradient"]),
    ("{group-lasso: {filters: 1, weights: {\"fc*\": much}}}", ["fc*", "number"]),
    ("{group-lasso: {filters: 1, weights: {}}}", ["weights", "a weight that is charged for"]),
    ("{angular: {form: round}}", ["form", "squared, positive"]),
    ("{l1-scale: {strenght: 1}}", ["'strenght' is not known", "strength"]),
  ])
  func wrongSettingsAreNamed(penalty: String, expected: [String]) {
    do throws(RecipeError) {
      _ = try Recipe(parsing: Self.recipe(penalty), file: "r.yaml")
      Issue.record("no error for \(penalty)")
    } catch {
      for text in expected { #expect("\(error)".contains(text), "\(error)") }
    }
  }

  @Test(arguments: ["units: 0.5", "threshold: 0.1"])
  func countsAreOneStep(target: String) {
    #expect(throws: RecipeError.self) {
      try Recipe(
        parsing: Self.recipe(
          "{l1-scale: {}}",
          "  - prune: {target: {\(target)}, schedule: {iterative: {steps: 2}}}"), file: "r.yaml")
    }
  }
}
