// The stage `analyse` and the measure of early stopping: what they leave in the result, also after a kill.

import Foundation
import Testing

@testable import Methods

@Suite struct AnalyseStageTests {
  private static let instability = """
    seed: 2
    stages:
      - train: {epochs: 1, batch: 16, marks: {early: {step: 10}}, optimizer: {sgd: {rate: 0.3}}}
      - rewind: {to: early}
      - train: {from: {step: 10}, epochs: 2, batch: 16, marks: {first: {step: 50}}, optimizer: {sgd: {rate: 0.3}}}
      - rewind: {to: early}
      - train: {from: {step: 10}, epochs: 2, batch: 16, optimizer: {sgd: {rate: 0.3}}}
      - analyse: {mode-connectivity: {with: first, points: 7}}
      - rewind: {to: first}
      - analyse: {mode-connectivity: {with: first, points: 7}}
      - analyse: {effective-sparsity: {}}
    """

  @Test func instabilityIsTheBarrierBetweenTwoTrainingsFromAMark() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(Self.instability)
    let result = try run.perform()
    let found = try #require(result.analyses)
    #expect(
      found.map(\.analysis) == [
        "mode-connectivity", "mode-connectivity", "effective-sparsity",
      ])
    #expect(found[0].report.curves.map(\.points.count) == [7, 7])
    // Two orders of the data end at two places; the same place with itself has no barrier.
    #expect(try #require(found[0].report["loss barrier"]) != 0)
    #expect(found[1].report["loss barrier"] == 0 && found[1].report["error barrier"] == 0)
    #expect(result.tasks[5].measures?["points"] == 7)
    #expect(result.effectiveSparsity?.after == 0 && result.parameterSparsity?.after == 0)
  }

  @Test func sparsityIsReportedInThreeWays() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      "stages: [{prune: {granularity: element, criterion: l1, target: {sparsity: 0.95}}}]")
    let result = try run.perform()
    let effective = try #require(result.effectiveSparsity)
    #expect(effective.before == 0)
    #expect(effective.after > result.sparsity.after && effective.after <= 1)
    // 31 biases are left beside the weights.
    let weights = Double(6 * 16 + 16 * 12 + 12 * 3)
    let all = try #require(result.parameterSparsity).after
    #expect(abs(all - result.sparsity.after * weights / (weights + 31)) < 1e-9)
  }

  private static let early = """
    seed: 2
    stages:
      - train:
          epochs: 2
          batch: 16
          early-stop: {every: 7, holdout: 120}
          optimizer: {sgd: {rate: 0.5}}
    """

  @Test func earlyStopIsWhereTheHeldOutLossIsLeastAndSurvivesAKill() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 5)
    var run = try tiny.run(Self.early, observer: photographer)
    run.checkpointSeconds = 0
    let result = try run.perform()
    let measures = try #require(result.tasks[0].measures)
    let step = try #require(measures["early-stop iteration"])
    // 360 examples are left: 46 steps, looked at every 7 and at the end.
    #expect(step == 46 || step.truncatingRemainder(dividingBy: 7) == 0)
    #expect(try #require(measures["early-stop accuracy"]) > 0.8)
    for picture in photographer.pictures.filter({ $0.contains("step") }) {
      let name = String(picture.dropFirst(tiny.path.count + 1))
      var resumed = try tiny.run(Self.early, in: name, resume: true)
      #expect(try TinyRun.timeless(resumed.perform()) == TinyRun.timeless(result), "\(name)")
    }
  }

  @Test func holdingOutEverythingIsRefused() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(Self.early.replacing("holdout: 120", with: "holdout: 480"))
    let error = #expect(throws: RecipeError.self) { _ = try run.perform() }
    #expect("\(try #require(error))".contains("fewer than the 480"))
  }

  @Test(arguments: [
    ("analyse: {}", ["stages[0].analyse: nothing was found", "effective-sparsity"]),
    ("analyse: {magic: {}}", ["the analysis 'magic'", "synaptic-flow"]),
    ("analyse: {effective-sparsity: {with: start}}", ["'with' is not known"]),
    ("analyse: {mode-connectivity: {points: 1}}", ["r.yaml:2", "points", "'1'"]),
    ("analyse: {mode-connectivity: {with: nowhere}}", ["sets the mark 'nowhere'"]),
  ])
  func wrongSettingsAreNamed(stage: String, expected: [String]) {
    do throws(RecipeError) {
      _ = try Recipe(parsing: "stages:\n  - \(stage)", file: "r.yaml")
      Issue.record("no error for \(stage)")
    } catch {
      for text in expected { #expect("\(error)".contains(text), "\(error)") }
    }
  }
}
