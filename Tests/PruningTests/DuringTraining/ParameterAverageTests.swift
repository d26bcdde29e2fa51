// A training ends with the average of its parameters, gates too, and is not changed by it before.

import Execution
import Foundation
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct ParameterAverageTests {
  /// Keeps what a parameter and a gate were after each step.
  private final class Watch: Plugin {
    let gates: L0Gates?
    var weights: [[Double]] = []
    var logits: [[Double]] = []

    init(_ gates: L0Gates?) { self.gates = gates }

    func afterStep(_ context: TrainingContext) throws(TrainingError) {
      weights.append(try Self.values(context.model.parameters["fc2.weight"]))
      logits.append(try Self.values(gates?.gates.first?.gates.logAlpha))
    }

    static func values(_ tensor: Tensor?) throws(TrainingError) -> [Double] {
      try tensors { () throws(TorchError) in
        try tensor?.detached().to(type: .float64).values(as: Double.self) ?? []
      }
    }
  }

  private func gates() throws -> L0Gates {
    try L0Gates([L0Gates.Rule("fc2.weight", .inputs, strength: 1e-3)])
  }

  /// The weighted mean, written as a sum over all steps.
  private func average(_ history: [[Double]], decay: Double) -> [Double] {
    let weights = history.indices.map { pow(decay, Double(history.count - 1 - $0)) }
    let sum = weights.reduce(0, +)
    return history[0].indices.map { index in
      zip(history, weights).reduce(0) { $0 + $1.0[index] * $1.1 } / sum
    }
  }

  @Test func theEndIsTheWeightedMeanOfAllSteps() throws {
    let gates = try gates()
    let watch = Watch(gates)
    let model = try Model(SmallTraining.network())
    try SmallTraining.trainer(
      model, plugins: [gates, watch, ParameterAverage(decay: 0.9)]
    ).run()
    #expect(watch.weights.count == 40)
    for (found, history) in [
      (try Watch.values(model.parameters["fc2.weight"]), watch.weights),
      (try Watch.values(gates.gates.first?.gates.logAlpha), watch.logits),
    ] {
      let expected = average(history, decay: 0.9)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(zip(found, history.last ?? []).contains { abs($0 - $1) > 1e-3 })
    }
  }

  @Test func theTrainingItselfIsTheSame() throws {
    let (alone, beside) = (Watch(nil), Watch(nil))
    try SmallTraining.trainer(Model(SmallTraining.network()), plugins: [alone]).run()
    try SmallTraining.trainer(
      Model(SmallTraining.network()), plugins: [beside, ParameterAverage(decay: 0.99)]
    ).run()
    #expect(alone.weights == beside.weights)
  }

  /// What is evaluated after an epoch is the average so far, which is what the training would end with
  /// there; the training goes on as if it had not been looked at.
  @Test func anEpochIsEvaluatedWithTheAverage() throws {
    func train(epochs: Int, evaluating: Bool) throws -> (Trainer, [[Double]]) {
      let watch = Watch(nil)
      let trainer = try SmallTraining.trainer(
        Model(SmallTraining.network()), plugins: [watch, ParameterAverage(decay: 0.95)],
        epochs: epochs)
      if evaluating { trainer.validation = trainer.loader.dataset }
      try trainer.run()
      return (trainer, watch.weights)
    }
    let (looked, seen) = try train(epochs: 3, evaluating: true)
    let (_, unseen) = try train(epochs: 3, evaluating: false)
    #expect(seen == unseen)
    let losses = try looked.epochs.map { try #require($0.validation).loss }
    for (epoch, loss) in losses.enumerated() {
      let (ended, _) = try train(epochs: epoch + 1, evaluating: false)
      #expect(try abs(ended.evaluate(ended.loader.dataset).loss - loss) < 1e-6)
    }
    #expect(Set(losses).count == 3)
  }

  @Test(arguments: [0, 1, 1.5]) func aDecayLiesBetweenNoneAndAll(decay: Double) {
    #expect(throws: TrainingError.self) { try ParameterAverage(decay: decay) }
  }
}
