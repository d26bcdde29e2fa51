// The stage `search`: it stays within its bound on what it sees, cuts for real, and outlives a kill.

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
          examples: 200
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
  ])
  func wrongSettingsAreErrors(stage: String, text: String) throws {
    do throws(RecipeError) {
      _ = try Recipe(parsing: "stages:\n  - \(stage)\n", file: "r.yaml")
      Issue.record("\(stage) was accepted")
    } catch { #expect("\(error)".contains(text), "\(error)") }
  }

  @Test func aLayerThatIsNotThereIsNamed() throws {
    let tiny = try TinyRun()
    var run = try tiny.run("stages:\n  - search: {layers: [fc9], bound: 0.1}\n")
    #expect { try run.perform() } throws: { "\($0)".contains("fc9") && "\($0)".contains("fc1") }
  }
}
