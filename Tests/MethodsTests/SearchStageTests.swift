// The stage `search`: it stays within its bound on what it sees, cuts for real, and outlives a kill.

import Data
import Foundation
import Network
import ONNX
import Testing

@testable import Methods

@Suite struct SearchStageTests {
  private static let recipe = """
    id: tiny-search
    seed: 2
    stages:
      - train: {epochs: 4, batch: 8, optimizer: {sgd: {rate: 0.1, momentum: 0.9}}}
      - search:
          layers: [fc1, fc2]
          bound: 0.05
          rounds: 12
          samples: 4
          rate: 0.1
          examples: 40
          tune: {steps: 3, batch: 8, optimizer: {sgd: {rate: 0.05}}}
          recover: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05}}}
    """

  @Test func layersBecomeSmallerWithinTheBound() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(Self.recipe)
    let result = try run.perform()
    let searches = result.tasks.filter { $0.title.hasPrefix("search") }
    #expect(searches.map(\.title) == ["search fc1", "search fc2"])
    let model = try ONNXModel(path: tiny("run/model.onnx")).network
    let layers = [("fc1.weight", 16), ("fc2.weight", 12)]
    for (task, (weight, before)) in zip(searches, layers) {
      let measures = try #require(task.measures)
      #expect(measures["units before"] == Double(before))
      let kept = try #require(measures["units kept"])
      #expect(kept < Double(before) && kept > 0)
      #expect(try #require(measures["reward"]) > 0)
      #expect(model.initializers[weight]?.tensor.shape[0] == Int(kept))
    }
    #expect(result.params.after < result.params.before)
  }

  @Test func aKillAtAnyMomentChangesNothing() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 97)
    var run = try tiny.run(Self.recipe, observer: photographer)
    let expected = try run.perform()
    for picture in photographer.pictures {
      let name = String(picture.dropFirst(tiny.path.count + 1))
      var run = try tiny.run(Self.recipe, in: name, resume: true)
      #expect(try TinyRun.timeless(try run.perform()) == TinyRun.timeless(expected), "\(name)")
      #expect(try tiny.bytes("\(name)/model.onnx") == tiny.bytes("run/model.onnx"), "\(name)")
    }
  }

  @Test(arguments: [
    ("search: {layers: [fc1]}", "bound"), ("search: {bound: 0.1}", "layers"),
    ("search: {layers: [fc1], bound: 2}", "at most 1"),
    ("search: {layers: [fc1], bound: 0.1, method: magic}", "learn-to-prune"),
    ("search: {layers: [fc1], bound: 0.1, depth: 3}", "'depth' is not known"),
    ("search: {layers: [fc1], bound: 0.1, tune: {batch: 8}}", "steps"),
    ("search: {layers: [fc1], bound: 0.1, tune: {steps: 3}}", "optimizer"),
  ])
  func wrongSettingsAreErrors(stage: String, text: String) throws {
    do throws(RecipeError) {
      _ = try Recipe(parsing: "stages:\n  - \(stage)\n", file: "r.yaml")
      Issue.record("\(stage) was accepted")
    } catch { #expect("\(error)".contains(text), "\(error)") }
  }

  /// What an early stop holds out is what actions are judged by: the rest is trained on, and no more.
  @Test func judgesByExamplesThatNothingIsTrainedOn() throws {
    let tiny = try TinyRun()
    let all = try tiny.run(Self.recipe, in: "data").requireData(for: "test").load(.train)
    let place = RecipeError.Place(file: "r.yaml", line: 1, path: "examples")
    let parts = try HeldOutExamples.divide(all, holdingOut: 40, seed: 2, at: place)
    #expect((parts.held.count, parts.rest.count) == (40, all.count - 40))
    func values(_ dataset: any Dataset) throws -> Set<[Float]> {
      var found = Set<[Float]>()
      for index in 0..<dataset.count {
        guard case .values(let x, _) = try dataset.batch([index]).inputs else { continue }
        found.insert(x)
      }
      return found
    }
    #expect(try values(parts.held).isDisjoint(with: values(parts.rest)))
    let reader = """
      id: r
      stages:
        - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, early-stop: {holdout: 100000}}
      """
    var run = try tiny.run(reader)
    #expect { try run.perform() } throws: { "\($0)".contains("to hold out") }
    var other = try tiny.run(
      "stages:\n  - search: {layers: [fc1], bound: 0.1, examples: 100000}\n", in: "other")
    #expect { try other.perform() } throws: { "\($0)".contains("to hold out") }
  }

  /// A few steps make good for what an action takes away, so that more of it is worth something.
  @Test func tuningRaisesWhatAnActionIsWorth() throws {
    func reward(_ recipe: String, _ folder: String) throws -> Double {
      let tiny = try TinyRun()
      var run = try tiny.run(recipe, in: folder)
      let result = try run.perform()
      return try result.tasks.filter { $0.title.hasPrefix("search") }.reduce(0) {
        $0 + (try #require($1.measures?["reward"]))
      }
    }
    let untuned = Self.recipe.split(separator: "\n").filter { !$0.contains("tune:") }
      .joined(separator: "\n")
    let long = Self.recipe.replacingOccurrences(of: "steps: 3", with: "steps: 40")
    #expect(try reward(long, "a") > reward(untuned, "b"))
  }

  @Test func aLayerThatIsNotThereIsNamed() throws {
    let tiny = try TinyRun()
    var run = try tiny.run("stages:\n  - search: {layers: [fc9], bound: 0.1}\n")
    #expect { try run.perform() } throws: { "\($0)".contains("fc9") && "\($0)".contains("fc1") }
  }
}
