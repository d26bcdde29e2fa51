// Criteria with settings, schedules without recovery and controls, in recipes.

import Foundation
import Network
import Pruning
import Testing

@testable import Methods

@Suite struct CriterionStageTests {
  private func error(_ lines: String) -> String {
    let source = "stages:\n  - prune:\n      granularity: element\n      target: {sparsity: 0.5}\n"
    do throws(RecipeError) {
      _ = try Recipe(parsing: source + lines, file: "r.yaml")
      return ""
    } catch { return "\(error)" }
  }

  @Test(arguments: [
    ("      criterion: {grasp: {temperature: 20}}", ""),
    (
      "      criterion: {grasp: {temperature: warm}}",
      "r.yaml:5: stages[0].prune.criterion.grasp.temperature: 'warm' was found"
    ),
    ("      criterion: {grasp: {temp: 20}}", "'temp' is not known here; known: temperature"),
    ("      criterion: {grasp: {temperature: [1]}}", "criterion.grasp.temperature: a list"),
    ("      criterion: {snip: {temperature: 20}}", "'temperature' is not known"),
    (
      "      criterion: {magic: {}}",
      "r.yaml:5: stages[0].prune.criterion: there is no criterion 'magic'"
    ),
    ("      control: shuffle", ""),
    ("      control: shake", "shuffle, invert"),
    (
      "      control: shuffle\n      schedule: {iterative: {steps: 2}}\n      recover: {epochs: 1, optimizer: {sgd: {rate: 1}}}",
      "leave recover out"
    ),
    (
      "      criterion: grasp\n      calibration: {per-class: 2, batch: 4}", "leave one of them out"
    ),
    ("      schedule: {cubic: {steps: 5, initial: 0.4}}", ""),
    ("      schedule: {cubic: {steps: 5, initial: 0.95}}", "stages[0].prune.schedule"),
    ("      schedule: {cubic: {steps: 5, initial: 0.95}}", "after step 1 of 5"),
  ])
  func settingsAreReadAndWrongOnesSaidWithLineAndKey(lines: String, expected: String) {
    let found = error(lines)
    #expect(expected.isEmpty ? found.isEmpty : found.contains(expected), "\(found)")
  }

  private func result(_ prune: String, network: String = "") throws -> (RunResult, TinyRun) {
    let tiny = try TinyRun()
    var run = try tiny.run(
      """
      id: tiny
      seed: 5
      \(network)
      stages:
        - prune: {granularity: element, target: {sparsity: 0.75}, \(prune)}
        - train: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05}}}
      """)
    return (try run.perform(), tiny)
  }

  /// Steps without recovery are one task, and the masks hold through training.
  @Test(arguments: ["snip", "grasp", "synflow"])
  func initialisationIsPrunedInOneTask(criterion: String) throws {
    let (result, _) = try result(
      "criterion: \(criterion), schedule: {iterative: {steps: 7}}, "
        + "calibration: {per-class: 2, batches: 2}, reestimate: false")
    #expect(result.tasks.map(\.title) == ["prune", "train"])
    #expect(abs(result.sparsity.after - 0.75) < 0.01)
    #expect(result.tasks[0].sparsity == result.sparsity.after)
  }
}
