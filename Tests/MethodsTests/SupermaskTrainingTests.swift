// Trained supermasks: gradients through the draw, weights that never move, runs that resume.

import Execution
import Foundation
import Network
import ONNX
import Pruning
import Testing
import Torch

@testable import Methods

@Suite struct SupermaskTrainingTests {
  /// The gradient by a score is that by the effective weight, times the weight, its rescaling and the
  /// slope of the sigmoid, whether the weight was drawn or not; the stored weight gets none.
  @Test func gradientsPassTheDrawAsIfItWereItsProbability() throws {
    let generator = try Generator(seed: 3)
    let scores = try Tensor.randn([4, 5], generator).requireGradient()
    let weight = try Tensor.randn([4, 5], generator).requireGradient()
    let upstream = try Tensor.randn([4, 5], generator)
    let drawn = DrawnWeight(scores, rescales: true)
    let effective = try drawn.effective(weight, mode: .training(Generator(seed: 7)))
    let found = try gradients(
      of: [(effective * upstream).sum()], with: [scores, weight], allowUnused: true)
    #expect(found[1] == nil)
    let (w, m, g) = (
      try weight.values(as: Float.self), try scores.values(as: Float.self),
      try upstream.values(as: Float.self)
    )
    let values = try effective.values(as: Float.self)
    let there = values.count { $0 != 0 }
    #expect(there > 3 && there < 20)
    let scale = Float(20) / Float(there)
    let slopes = try #require(found[0]).values(as: Float.self)
    for index in values.indices {
      if values[index] != 0 { #expect(abs(values[index] - w[index] * scale) < 1e-5) }
      let p = 1 / (1 + exp(-m[index]))
      #expect(abs(slopes[index] - g[index] * w[index] * scale * p * (1 - p)) < 1e-5)
    }
  }

  @Test func elementsAreThereAsOftenAsTheirScoresSay() throws {
    let scores = try Tensor([-2, -0.5, 0.5, 2] as [Float])
    let drawn = DrawnWeight(scores, rescales: false)
    let weight = try Tensor.ones([4])
    #expect(try drawn.effective(weight, mode: .evaluation).values(as: Float.self) == [0, 0, 1, 1])
    let generator = try Generator(seed: 1)
    var counts = [Double](repeating: 0, count: 4)
    var last: [Float] = []
    for _ in 0..<2000 {
      let values = try drawn.effective(weight, mode: .training(generator)).values(as: Float.self)
      for index in 0..<4 where abs(values[index]) > 0.5 { counts[index] += 1 }
      last = values
    }
    for (count, score) in zip(counts, [-2, -0.5, 0.5, 2]) {
      // Four standard deviations of 2,000 draws are below 0.045.
      #expect(abs(count / 2000 - 1 / (1 + exp(-score))) < 0.045)
    }
    // What is evaluated is the mask that was drawn last.
    let evaluated = try drawn.effective(weight, mode: .evaluation).values(as: Float.self)
    for (value, drawn) in zip(evaluated, last) { #expect(abs(value - drawn) < 1e-6) }
  }

  private static let recipe = """
    seed: 3
    stages:
      - train:
          epochs: 4
          batch: 8
          optimizer: {adam: {rate: 0.1, weight-decay: 0.01}}
          supermask: {rescale: true}
    """

  /// What is there at the end is the first weight times one number a layer, and biases never moved.
  @Test func onlyTheMaskIsLearned() throws {
    let tiny = try TinyRun()
    var b = NetworkBuilder("wide", input: ["batch", 6], seed: 3)
    let x = try b.relu(b.linear("fc2", b.relu(b.linear("fc1", b.input, 120)), 60))
    let start = try b.finish(b.linear("fc3", x, 3))
    try ONNXModel(start).write(to: tiny("wide.onnx"))
    var run = try tiny.run(Self.recipe, model: "wide.onnx")
    _ = try run.perform()
    for name in ["fc1", "fc2", "fc3"] {
      func values(_ network: Network, _ part: String) throws -> [Float] {
        try #require(network.initializers["\(name).\(part)"]).tensor.values(as: Float.self)
      }
      #expect(try values(run.network, "bias") == values(start, "bias"))
      let (first, now) = (try values(start, "weight"), try values(run.network, "weight"))
      let mask = try #require(run.masks.kept["\(name).weight"])
      let scale = Float(mask.count) / Float(mask.count { $0 })
      for index in mask.indices {
        #expect(abs(now[index] - (mask[index] ? first[index] * scale : 0)) < 1e-5)
      }
    }
    #expect(run.masks.sparsity > 0.2 && run.masks.sparsity < 0.8)
  }

  @Test func masksInTrainingOutliveAKill() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 61)
    var run = try tiny.run(Self.recipe, observer: photographer)
    run.checkpointSeconds = 0
    let result = try run.perform()
    for picture in photographer.pictures {
      let name = String(picture.dropFirst(tiny.path.count + 1))
      var resumed = try tiny.run(Self.recipe, in: name, resume: true)
      #expect(try TinyRun.timeless(resumed.perform()) == TinyRun.timeless(result), "\(name)")
      #expect(try tiny.bytes("\(name)/model.onnx") == tiny.bytes("run/model.onnx"), "\(name)")
    }
  }
}
