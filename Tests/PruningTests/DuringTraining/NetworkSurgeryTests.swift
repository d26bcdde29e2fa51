// Dynamic network surgery: the two thresholds, hysteresis, and that what is cut off goes on learning.

import Execution
import Foundation
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct NetworkSurgeryTests {
  @Test func theThresholdsComeFromMeanAndDeviation() throws {
    let weight = try Tensor([1, -2, 3, -4] as [Float], shape: [2, 2])
    // |w|: mean 2.5, variance 1.25.
    let middle = 2.5 + 0.5 * 1.25.squareRoot()
    let bounds = try NetworkSurgery.Bounds(of: weight, nil, 0.5)
    #expect(abs(bounds.low - 0.9 * middle) < 1e-12)
    #expect(abs(bounds.high - 1.1 * middle) < 1e-12)
    let masked = try NetworkSurgery.Bounds(
      of: weight, Tensor([0, 1, 0, 1] as [Float], shape: [2, 2]), 0)
    #expect(abs(masked.low - 0.9 * 3) < 1e-12)
    #expect(try NetworkSurgery.Bounds(of: weight, nil, -9).high == 0)
  }

  @Test func updatesBecomeRare() throws {
    let plugin = try NetworkSurgery([("*", 0)], gamma: 0.01, power: 2)
    #expect(plugin.probability(at: 0) == 1)
    #expect(abs(plugin.probability(at: 100) - 0.25) < 1e-15)
  }

  @Test func masksFollowTheHysteresisAtEveryStep() throws {
    let plugin = try NetworkSurgery([("fc*.weight", 0.3)], gamma: 0)
    let model = try Model(SmallTraining.network())
    let (first, last) = (Onlooker(), Onlooker())
    var old: [Float] = []
    var between = 0
    first.before = { context in
      old = try SmallTraining.values(context.model.masks["fc1.weight"]?.mask)
    }
    last.before = { context in
      let bounds = try #require(plugin.bounds["fc1.weight"])
      let weight = try SmallTraining.values(context.model.parameters["fc1.weight"])
      let mask = try SmallTraining.values(context.model.masks["fc1.weight"]?.mask)
      for (index, value) in weight.enumerated() {
        let size = Double(abs(value))
        if size < bounds.low {
          #expect(mask[index] == 0)
        } else if size >= bounds.high {
          #expect(mask[index] == 1)
        } else {
          #expect(mask[index] == old[index])
          between += 1
        }
      }
    }
    try SmallTraining.trainer(model, plugins: [first, plugin, last], epochs: 12).run()
    #expect(between > 0)
    #expect(Set(model.masks.keys) == ["fc1.weight", "fc2.weight"])
    // Splicing happens: what was cut off grew by the gradient it went on getting.
    #expect(plugin.counts.pruned > 0)
    #expect(plugin.counts.spliced > 0)
  }

  /// A threshold above every weight leaves the largest one of each tensor.
  @Test func noTensorIsEmptied() throws {
    let plugin = try NetworkSurgery([("*.weight", 90)], gamma: 0)
    let model = try Model(SmallTraining.network())
    try SmallTraining.trainer(model, plugins: [plugin], epochs: 1).run()
    #expect(model.masks.count == 3)
    for (name, mask) in model.masks {
      let kept = try SmallTraining.values(mask.mask)
      #expect(kept.count { $0 != 0 } == 1, "\(name)")
    }
  }

  /// Where two tensors would change, one may be updated and the other not.
  @Test func everyTensorDrawsForItself() throws {
    let plugin = try NetworkSurgery([("*.weight", 0)], gamma: 0.1, power: 1)
    let model = try Model(SmallTraining.network())
    let onlooker = Onlooker()
    var old: [String: [Float]] = [:]
    var mixed = 0
    onlooker.before = { context in
      var updated: Set<Bool> = []
      for (name, mask) in context.model.masks {
        let bounds = try #require(plugin.bounds[name])
        let now = try SmallTraining.values(mask.mask)
        let weight = try SmallTraining.values(context.model.parameters[name])
        if let before = old[name] {
          let wanted = zip(weight, before).map { value, kept -> Float in
            let size = Double(abs(value))
            return size < bounds.low ? 0 : size >= bounds.high ? 1 : kept
          }
          if wanted != before { updated.insert(now != before) }
        }
        old[name] = now
      }
      if updated.count == 2 { mixed += 1 }
    }
    try SmallTraining.trainer(model, plugins: [plugin, onlooker], epochs: 20, rate: 0.2).run()
    #expect(mixed > 3)
  }

  @Test func theThresholdsStayAndTheSurgeryEnds() throws {
    let plugin = try NetworkSurgery([("fc1.weight", 0.3)], gamma: 0, until: 0.5)
    let model = try Model(SmallTraining.network())
    let onlooker = Onlooker()
    var masks: [Int: [Float]] = [:]
    onlooker.after = { context in
      masks[context.step] = try SmallTraining.values(context.model.masks["fc1.weight"]?.mask)
    }
    try SmallTraining.trainer(model, plugins: [plugin, onlooker], epochs: 8).run()
    #expect((20...40).allSatisfy { masks[$0] == masks[20] })
    #expect(masks[1] != masks[20])
  }

  @Test func aPatternThatFitsNothingIsAnError() throws {
    let trainer = try SmallTraining.trainer(
      Model(SmallTraining.network()), plugins: [NetworkSurgery([("nothing", 1)])], epochs: 1)
    #expect(throws: TrainingError.self) { try trainer.run() }
  }
}
