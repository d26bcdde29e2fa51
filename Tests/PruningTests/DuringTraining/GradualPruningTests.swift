// Gradual pruning: the cubic's values, the sparsity at every step, and that masked weights stay.

import Execution
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct GradualPruningTests {
  @Test func theCubicHasItsValuesAtTheEndsAndInTheMiddle() throws {
    let schedule = try Cubic(steps: 10, initial: 0.2)
    func sparsity(_ step: Int) -> Double { schedule.removed(after: step, target: 0.9) }
    #expect(abs(sparsity(0) - 0.2) < 1e-15)
    #expect(sparsity(10) == 0.9)
    // s_f + (s_i - s_f) / 8 half way; (9/10)^3 after one step.
    #expect(abs(sparsity(5) - (0.9 - 0.7 / 8)) < 1e-15)
    #expect(abs(sparsity(1) - (0.9 - 0.7 * 0.729)) < 1e-15)
    #expect((1...10).allSatisfy { sparsity($0) > sparsity($0 - 1) })
    #expect(throws: PruningError.self) { try Cubic(steps: 0) }
    #expect(throws: PruningError.self) { try Cubic(steps: 3, initial: 1) }
  }

  private func plugin(
    _ schedule: any PruningSchedule, begin: Int, every: Int
  ) throws -> GradualPruning {
    try GradualPruning(
      Pruner(
        criterion: L1(), allocation: Uniform(), target: Target(.sparsity, .fraction(0.75))),
      schedule: schedule, begin: begin, every: every)
  }

  @Test func everyUpdateReachesItsSparsityWithinOneWeight() throws {
    let schedule = try Cubic(steps: 6)
    let plugin = try plugin(schedule, begin: 4, every: 3)
    let model = try Model(SmallTraining.network())
    let onlooker = Onlooker()
    var masks: [[Float]] = []
    onlooker.after = { context in
      let step = context.step - 1
      guard step >= 4 else {
        #expect(context.model.masks.isEmpty)
        return
      }
      let update = min((step - 4) / 3, 6)
      for (name, mask) in context.model.masks {
        let values = try SmallTraining.values(mask.mask)
        let zeros = Double(values.count { $0 == 0 })
        let asked = schedule.removed(after: update, target: 0.75) * Double(values.count)
        #expect(abs(zeros - asked) <= 1, "\(name) at step \(step)")
      }
      if let mask = context.model.masks["fc1.weight"] {
        masks.append(try SmallTraining.values(mask.mask))
      }
    }
    try SmallTraining.trainer(model, plugins: [plugin, onlooker]).run()
    // What has left stays away.
    for (old, new) in zip(masks, masks.dropFirst()) {
      #expect(zip(old, new).allSatisfy { $0 >= $1 })
    }
    #expect(Set(masks.map { $0.reduce(0, +) }).count == 6)
    // Masked weights are zero in what is saved, through momentum and weight decay.
    let network = try model.snapshot()
    #expect(abs(network.weightSparsity - 0.75) < 0.01)
  }

  @Test func theLeastMagnitudesLeave() throws {
    let plugin = try plugin(OneShot(), begin: 5, every: 1)
    let model = try Model(SmallTraining.network())
    var sizes: [Float] = []
    var kept: [Float] = []
    let (first, last) = (Onlooker(), Onlooker())
    first.before = { context in
      if context.step == 5 {
        sizes = try SmallTraining.values(context.model.parameters["fc1.weight"]).map(abs)
      }
    }
    last.before = { context in
      if context.step == 5 {
        kept = try SmallTraining.values(context.model.masks["fc1.weight"]?.mask)
      }
    }
    try SmallTraining.trainer(model, plugins: [first, plugin, last], epochs: 2).run()
    let staying = zip(sizes, kept).filter { $0.1 == 1 }.map(\.0)
    let leaving = zip(sizes, kept).filter { $0.1 == 0 }.map(\.0)
    #expect(staying.count == sizes.count / 4)
    #expect((leaving.max() ?? 1) <= (staying.min() ?? 0))
  }

  @Test func onlyASparsityMakesSense() throws {
    let pruner = Pruner(target: try Target(.macs, .fraction(0.5)))
    #expect(throws: PruningError.self) {
      try GradualPruning(pruner, schedule: OneShot(), begin: 0, every: 1)
    }
  }

  /// A schedule that the training does not see to its end is refused: its sparsity is never reached.
  @Test func aScheduleThatDoesNotFitIsAnError() throws {
    let pruner = Pruner(
      criterion: L1(), allocation: Uniform(), target: try Target(.sparsity, .fraction(0.5)))
    let long = try GradualPruning(pruner, schedule: Cubic(steps: 4), begin: 2, every: 3)
    #expect(throws: Never.self) { try long.check(steps: 15) }
    #expect(throws: PruningError.self) { try long.check(steps: 14) }
    let once = try GradualPruning(pruner, schedule: OneShot(), begin: 2, every: 3)
    #expect(throws: Never.self) { try once.check(steps: 3) }
    #expect(throws: PruningError.self) { try once.check(steps: 2) }
    let trainer = try SmallTraining.trainer(
      Model(SmallTraining.network()),
      plugins: [try GradualPruning(pruner, schedule: Cubic(steps: 4), begin: 0, every: 100)],
      epochs: 1)
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    #expect("\(try #require(error))".contains("end at step 400"))
  }
}
