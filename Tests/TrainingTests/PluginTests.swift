// Plug-ins: their order, and what they can do to a run.

import Execution
import OrderedCollections
import Testing
import Torch

@testable import Training

/// Writes down every call, with its own letter first.
final class Recorder: Plugin {
  final class Log { var calls: [String] = [] }
  let letter: String
  let log: Log
  init(_ letter: String, _ log: Log) { (self.letter, self.log) = (letter, log) }

  var name: String { letter }
  var observedValues: Set<String> { ["conv"] }
  private func note(_ call: String, _ context: TrainingContext) {
    log.calls.append("\(letter).\(call)@\(context.step)")
  }
  func beforeRun(_ context: TrainingContext) throws(TrainingError) { note("beforeRun", context) }
  func beforeStep(_ context: TrainingContext) throws(TrainingError) {
    note("beforeStep", context)
  }
  func onLoss(_ loss: inout Tensor, _ context: TrainingContext) throws(TrainingError) {
    note(context.observed["conv"] == nil ? "blind" : "onLoss", context)
  }
  func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) { note("afterBackward", context) }
  func afterStep(_ context: TrainingContext) throws(TrainingError) { note("afterStep", context) }
  func afterEpoch(_ context: TrainingContext) throws(TrainingError) {
    note("afterEpoch", context)
  }
  func afterRun(_ context: TrainingContext) throws(TrainingError) { note("afterRun", context) }
}

/// One hook given as a function.
final class Hook: Plugin {
  var onLoss: (inout Tensor, TrainingContext) throws(TrainingError) -> Void = { _, _ in }
  var gradients:
    (inout OrderedDictionary<String, Tensor>, TrainingContext) throws(TrainingError) -> Void = {
      _, _ in
    }
  var step: (TrainingContext) throws(TrainingError) -> Void = { _ in }
  var before: (TrainingContext) throws(TrainingError) -> Void = { _ in }

  func beforeStep(_ context: TrainingContext) throws(TrainingError) { try before(context) }
  func onLoss(_ loss: inout Tensor, _ context: TrainingContext) throws(TrainingError) {
    try onLoss(&loss, context)
  }
  func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) { try self.gradients(&gradients, context) }
  func afterStep(_ context: TrainingContext) throws(TrainingError) { try step(context) }
}

/// Scales a weight by a number that is trained.
final class Scale: Parametrization {
  let factor: Tensor
  init() throws(TorchError) { factor = try Tensor([1] as [Float]).requireGradient() }
  init(leaf: Tensor) { factor = leaf }
  func effective(_ weight: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    try weight * factor
  }
  var variables: [String: Tensor] { ["factor": factor] }
}

@Suite struct PluginTests {
  @Test func hooksAreCalledInOrder() throws {
    let log = Recorder.Log()
    let trainer = try Fixtures.trainer(
      optimizer: SGD(), epochs: 1, plugins: [Recorder("a", log), Recorder("b", log)])
    try trainer.run()
    var expected = ["a.beforeRun@0", "b.beforeRun@0"]
    for step in 0..<4 {
      for hook in ["beforeStep", "onLoss", "afterBackward"] {
        expected += ["a.\(hook)@\(step)", "b.\(hook)@\(step)"]
      }
      expected += ["a.afterStep@\(step + 1)", "b.afterStep@\(step + 1)"]
    }
    expected += ["a.afterEpoch@4", "b.afterEpoch@4", "a.afterRun@4", "b.afterRun@4"]
    #expect(log.calls == expected)
    // A run that is complete does nothing more.
    try trainer.run()
    #expect(log.calls == expected)
  }

  @Test func aPenaltyEntersTheLossAndItsGradient() throws {
    let hook = Hook()
    hook.onLoss = { (loss: inout Tensor, context: TrainingContext) throws(TrainingError) in
      guard let weight = context.model.parameters["fc.weight"] else { return }
      do throws(TorchError) {
        loss = try loss.add(weight.abs().sum(), alpha: 100)
      } catch { throw .engine(error) }
    }
    let plain = try Fixtures.trainer(optimizer: SGD())
    let penal = try Fixtures.trainer(optimizer: SGD(), plugins: [hook])
    var losses: [Double] = []
    for trainer in [plain, penal] {
      trainer.observers.append { if case .step(let step) = $0 { losses.append(step.loss) } }
      try trainer.run(until: 1)
    }
    let size = try #require(Model(Fixtures.convolutional()).parameters["fc.weight"]).abs().sum()
    #expect(abs(losses[1] - losses[0] - 100 * (try size.scalar())) < 1e-2)
    #expect(
      try Fixtures.bytes(of: plain.model)["fc.weight"]
        != Fixtures.bytes(of: penal.model)["fc.weight"])
  }

  @Test func gradientsCanBeReplacedAndRemoved() throws {
    let hook = Hook()
    hook.gradients = {
      (gradients: inout OrderedDictionary<String, Tensor>, _: TrainingContext)
        throws(TrainingError) in
      gradients["conv.weight"] = nil
      guard let weight = gradients["fc.weight"] else { return }
      do throws(TorchError) { gradients["fc.weight"] = try weight.zerosLike() } catch {
        throw .engine(error)
      }
    }
    let trainer = try Fixtures.trainer(optimizer: SGD(momentum: 0.9), plugins: [hook])
    let before = try Fixtures.bytes(of: trainer.model)
    try trainer.run()
    let after = try Fixtures.bytes(of: trainer.model)
    for (name, bytes) in before {
      let isHeld = name == "conv.weight" || name == "fc.weight"
      #expect((after[name] == bytes) == isHeld, "\(name)")
    }
  }

  @Test func aPlugInCanChangeTheRateAndStopTheRun() throws {
    let hook = Hook()
    hook.before = { (context: TrainingContext) throws(TrainingError) in context.rate = 0.125 }
    hook.step = { (context: TrainingContext) throws(TrainingError) in
      if context.step == 5 { context.stop() }
    }
    let trainer = try Fixtures.trainer(optimizer: SGD(), plugins: [hook])
    var rates: [Double] = []
    trainer.observers.append { if case .step(let step) = $0 { rates.append(step.rate) } }
    let result = try trainer.run()
    #expect(result.step == 5)
    #expect(result.isComplete)
    #expect(rates == [Double](repeating: 0.125, count: 5))
  }

  @Test func maskedWeightsStayAndVariablesAreTrained() throws {
    let trainer = try Fixtures.trainer(optimizer: SGD(momentum: 0.9))
    let weight = try #require(trainer.model.parameters["fc.weight"])
    let mask = try Tensor.rand(weight.shape, Generator(seed: 3)).greater(0.5).to(type: .float32)
    trainer.model.parametrizations["fc.weight"] = Mask(mask)
    let scale = try Scale()
    trainer.model.parametrizations["conv.weight"] = scale
    let before = try weight.values(as: Float.self)
    try trainer.run()
    let after = try weight.values(as: Float.self)
    let kept = try mask.values(as: Float.self)
    for (index, keep) in kept.enumerated() {
      #expect((before[index] == after[index]) == (keep == 0))
    }
    #expect(try scale.factor.scalar() != 1)
    #expect(
      trainer.optimizer.state.parameters.contains("conv.weight:factor"))
  }

  @Test func frozenParametersAreLeftAlone() throws {
    let trainer = try Fixtures.trainer(optimizer: Adam())
    let weight = try #require(trainer.model.parameters["conv.weight"])
    try weight.requireGradient(false)
    let before = try weight.bytes()
    try trainer.run()
    #expect(try weight.bytes() == before)
    #expect(!trainer.optimizer.state.parameters.contains("conv.weight"))
  }

  @Test func aLossOfSeveralNumbersIsRefused() throws {
    let hook = Hook()
    hook.onLoss = { (loss: inout Tensor, context: TrainingContext) throws(TrainingError) in
      if let output = context.output { loss = output }
    }
    let trainer = try Fixtures.trainer(optimizer: SGD(), plugins: [hook])
    #expect { try trainer.run() } throws: { "\($0)".contains("the loss has shape [12, 10]") }
  }
}
