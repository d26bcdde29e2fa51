// The stages `share` and `pack`, and the training of shared values between them.

import Compression
import Foundation
import Network
import ONNX
import Testing

@testable import Methods

@Suite struct CompressionStageTests {
  private static let recipe = """
    id: tiny-compression
    seed: 5
    stages:
      - prune:
          granularity: element
          criterion: l1
          allocation: {per-layer: {"fc1.weight": 0.5, "fc2.weight": 0.25, "fc3.weight": 0.75}}
          target: {sparsity: 0.62037037}
          schedule: {iterative: {steps: 2}}
          recover: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05}}, evaluate: false}
      - share: {bits: "fc=2,fc2.weight=3"}
      - train:
          epochs: 2
          batch: 8
          codebook: {}
          optimizer: {sgd: {rate: 0.02, momentum: 0.9}}
      - pack: {name: small, index-bits: "fc=4"}
    """

  @Test func theArchiveHoldsTheTrainedSharedWeights() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(Self.recipe)
    let result = try run.perform()
    let archive = try Archive(path: tiny("run/small.bonsai"))
    let model = try ONNXModel(path: tiny("run/model.onnx")).network
    let shared = try ONNXModel(path: tiny("run/2-share.onnx")).network
    for (name, kept, most) in [("fc1.weight", 48, 4), ("fc2.weight", 48, 8), ("fc3.weight", 27, 4)]
    {
      let tensor = try #require(archive.model.network.initializers[name]).tensor
      #expect(tensor == model.initializers[name]?.tensor)
      let values = try #require(tensor.reals).filter { $0 != 0 }
      #expect(values.count == kept, "\(name)")
      #expect(Set(values).count <= most)
      #expect(tensor != shared.initializers[name]?.tensor, "\(name) was not trained")
    }
    let packing = try #require(result.tasks.last?.measures)
    #expect(packing["archive bytes"] == Double(try tiny.bytes("run/small.bonsai").count))
    #expect(packing["dense bytes"] == Double(4 * (try TinyRun.network().parameterCount)))
    for tensor in archive.tensors where tensor.name.hasSuffix("weight") {
      #expect(packing["\(tensor.name): bytes"] == Double(tensor.bytes))
    }
    #expect(result.tasks.contains { $0.title == "share" && $0.accuracy != nil })
    #expect(result.tasks.contains { $0.measures?["shared values"] ?? 0 > 8 })
    // Pruned in two steps, halfway first.
    #expect(abs(try #require(result.tasks[0].sparsity) - 0.62037 / 2) < 0.1)
  }

  @Test func aKillAtAnyMomentChangesNothing() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 37)
    var run = try tiny.run(Self.recipe, observer: photographer)
    let expected = try run.perform()
    for picture in photographer.pictures {
      let name = String(picture.dropFirst(tiny.path.count + 1))
      var run = try tiny.run(Self.recipe, in: name, resume: true)
      #expect(try TinyRun.timeless(try run.perform()) == TinyRun.timeless(expected), "\(name)")
      for file in ["model.onnx", "small.bonsai", "2-share.onnx"] {
        #expect(try tiny.bytes("\(name)/\(file)") == tiny.bytes("run/\(file)"), "\(name): \(file)")
      }
    }
  }

  @Test(arguments: [
    ("share: {bits: conv=77}", "1 to 16"), ("share: {bit: 5}", "'bit' is not known"),
    ("share: {start: middle}", "linear, forgy, density"), ("pack: {index-bits: 12}", "3 to 8"),
    ("pack: {name: a/b}", "letters, digits"),
    (
      "prune: {granularity: element, allocation: {per-layer: {}}, target: {sparsity: 0.5}}",
      "per-layer"
    ),
    (
      "prune: {granularity: element, allocation: {per-layer: {fc1.weight: 1.5}}, target: {sparsity: 0.5}}",
      "at most 1"
    ),
    ("train: {epochs: 1, optimizer: {sgd: {rate: 1}}, codebook: {size: 3}}", "'size' is not known"),
  ])
  func wrongSettingsAreErrors(stage: String, text: String) throws {
    do throws(RecipeError) {
      _ = try Recipe(parsing: "stages:\n  - \(stage)\n", file: "r.yaml")
      Issue.record("\(stage) was accepted")
    } catch {
      #expect("\(error)".contains(text), "\(error)")
      #expect("\(error)".contains("r.yaml:2"), "\(error)")
    }
  }
}
