// The trainer learns, repeats itself bit for bit, and says what is wrong.

import Data
import Execution
import Foundation
import Network
import Testing
import Torch

@testable import Training

@Suite struct TrainerTests {
  @Test func aLinearlySeparableProblemIsLearnt() throws {
    let dataset = try Fixtures.halves()
    let trainer = try Trainer(
      model: Model(Fixtures.line()), loss: CrossEntropy(), optimizer: SGD(momentum: 0.9),
      schedule: ConstantRate(0.5), loader: DataLoader(dataset, batchSize: 16, seed: 1),
      length: .epochs(20), seed: 1)
    let before = try trainer.evaluate(dataset)
    let result = try trainer.run()
    let after = try trainer.evaluate(dataset)
    #expect(result.isComplete)
    #expect(result.epochs.count == 20)
    #expect(after.accuracy == 1)
    #expect(after.loss < before.loss / 2)
    #expect(after.count == 64)
    #expect(after.top5 == nil)
  }

  @Test func theSameSeedGivesTheSameBytes() throws {
    let first = try Fixtures.trainer(optimizer: SGD(momentum: 0.9))
    let second = try Fixtures.trainer(optimizer: SGD(momentum: 0.9))
    let other = try Fixtures.trainer(optimizer: SGD(momentum: 0.9), seed: 8)
    let results = try (first.run(), second.run(), other.run())
    #expect(results.0 == results.1)
    #expect(try Fixtures.bytes(of: first.model) == Fixtures.bytes(of: second.model))
    // Another seed gives other dropout.
    #expect(try Fixtures.bytes(of: first.model) != Fixtures.bytes(of: other.model))
  }

  @Test func tensorsOfAStepDieWithIt() throws {
    let watcher = Watcher()
    let trainer = try Fixtures.trainer(optimizer: Adam(), epochs: 10, plugins: [watcher])
    try trainer.run()
    #expect(watcher.seen.count == 40 * (1 + 1 + 6))
    #expect(watcher.seen.allSatisfy { $0.tensor == nil })
    #expect(watcher.mostAlive <= 2 * (1 + 1 + 6))
  }

  @Test func recordsTellWhatHappened() throws {
    let trainer = try Fixtures.trainer(optimizer: SGD(), epochs: 2)
    trainer.validation = try Fixtures.pictures(20, seed: 9)
    var events: [TrainingEvent] = []
    trainer.observers.append { events.append($0) }
    let result = try trainer.run()
    var (steps, epochs): ([StepRecord], [EpochRecord]) = ([], [])
    for event in events {
      if case .step(let record) = event { steps.append(record) }
      if case .epoch(let record) = event { epochs.append(record) }
    }
    guard case .started(let start) = events.first, case .ended(let end) = events.last else {
      Issue.record("a run begins and ends")
      return
    }
    #expect(start == RunRecord(step: 0, totalSteps: 8, stepsPerEpoch: 4, examples: 40))
    #expect(end == result)
    #expect(steps.map(\.step) == Array(1...8))
    #expect(steps.map(\.epoch) == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(steps[0].rate == 0.05)
    #expect(steps[4].rate == 0.05 / 2)
    #expect(steps[7].secondsLeft == 0)
    #expect(steps.allSatisfy { $0.examplesPerSecond > 0 && $0.loss > 0 })
    // Three batches of 12 and one of 4: each example counts once.
    let sum = zip(steps[..<4], [12.0, 12, 12, 4]).map { $0.loss * $1 }.reduce(0, +)
    #expect(abs(epochs[0].loss - sum / 40) < 1e-12)
    #expect(epochs[0].loss == steps[3].meanLoss)
    #expect(epochs.map(\.step) == [4, 8])
    #expect(epochs.map { $0.validation?.count } == [20, 20])
    #expect(epochs[1].validation == (try trainer.evaluate(Fixtures.pictures(20, seed: 9))))
  }

  @Test func anEvaluationDoesNotDependOnItsBatches() throws {
    let (model, dataset) = try (Model(Fixtures.convolutional()), Fixtures.pictures())
    let before = try Fixtures.bytes(of: model)
    let whole = try Evaluation(model, on: dataset, batchSize: 40)
    let parts = try Evaluation(model, on: dataset, batchSize: 7)
    #expect(abs(whole.loss - parts.loss) < 1e-5)
    #expect(whole.accuracy == parts.accuracy)
    #expect(whole.top5 == parts.top5)
    let (accuracy, top5) = try (#require(whole.accuracy), #require(whole.top5))
    #expect(accuracy <= top5)
    // Evaluation leaves no trace in the running statistics.
    #expect(try Fixtures.bytes(of: model) == before)
  }

  @Test func aLossThatIsNotANumberStopsBeforeTheParametersAreTouched() throws {
    let trainer = try Trainer(
      model: Model(Fixtures.line()), loss: MeanSquaredError(), optimizer: SGD(),
      schedule: ConstantRate(1e25), loader: DataLoader(Fixtures.halves(), batchSize: 16),
      length: .epochs(9), seed: 1)
    do throws(TrainingError) {
      try trainer.run()
      Issue.record("a rate of 1e25 cannot go well")
    } catch {
      guard case .lossNotFinite(let loss, let step, _, let rate) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!loss.isFinite)
      #expect(rate == 1e25)
      #expect(step == trainer.step)
      #expect("\(error)".contains("at step \(step)"))
      #expect("\(error)".contains("1e+25"))
    }
    for tensor in trainer.model.parameters.values {
      #expect(try Fixtures.numbers(tensor).allSatisfy(\.isFinite))
    }
  }

  @Test func dataThatDoesNotFitIsRefused() throws {
    let loader = try DataLoader(Fixtures.pictures(), batchSize: 4)
    #expect {
      try Trainer(
        model: Model(Fixtures.line()), loss: CrossEntropy(), optimizer: SGD(),
        schedule: ConstantRate(0.1), loader: loader, length: .epochs(1), seed: 1)
    } throws: {
      "\($0)".contains("'pictures' has shape [1, 6, 6]") && "\($0)".contains("expects [2]")
    }
    var b = NetworkBuilder("few", input: ["batch", 1, 6, 6], seed: 1)
    let few = try b.finish(b.linear("fc", b.flatten(b.input), 3))
    let trainer = try Trainer(
      model: Model(few), loss: CrossEntropy(), optimizer: SGD(), schedule: ConstantRate(0.1),
      loader: loader, length: .epochs(1), seed: 1)
    #expect { try trainer.run() } throws: {
      "\($0)".contains("10 classes, the network only 3 outputs")
    }
    #expect { try Evaluation(Model(Fixtures.line()), on: NoExamples()) } throws: {
      "\($0)".contains("'nothing' holds no example")
    }
    #expect(throws: TrainingError.self) {
      try Trainer(
        model: Model(Fixtures.convolutional()), loss: CrossEntropy(), optimizer: SGD(),
        schedule: ConstantRate(0.1), loader: loader, length: .epochs(-1), seed: 1)
    }
  }

  @Test func stepsMayEndAnywhereAndInterruptionsCanGoOn() throws {
    let whole = try Fixtures.trainer(optimizer: SGD(momentum: 0.9))
    try whole.run()
    let parts = try Fixtures.trainer(optimizer: SGD(momentum: 0.9))
    #expect(try parts.run(until: 3).isComplete == false)
    parts.observers.append { [interruption = parts.interruption] event in
      if case .step(let record) = event, record.step == 6 { interruption.request() }
    }
    #expect(try parts.run().step == 6)
    parts.interruption.clear()
    #expect(try parts.run().isComplete)
    #expect(parts.epochs == whole.epochs)
    #expect(try Fixtures.bytes(of: parts.model) == Fixtures.bytes(of: whole.model))
  }

  @Test func channelsLastLearnsTheSame() throws {
    let plain = try Fixtures.trainer(optimizer: Adam())
    let last = try Fixtures.trainer(optimizer: Adam(), layout: .channelsLast)
    let (a, b) = try (plain.run(), last.run())
    // One channel leaves the layout open; what follows must be laid out as asked all the same.
    let batch = try TensorBatch(Fixtures.pictures().batch([0, 1]), for: last.model)
    let seen = try last.model.run(batch.named(for: last.model), observing: ["conv"])
    let inner = try #require(seen["conv"])
    #expect(inner.isContiguous(.channelsLast) && !inner.isContiguous)
    for (one, other) in zip(a.epochs, b.epochs) { #expect(abs(one.loss - other.loss) < 1e-3) }
  }
}

/// Watches the tensors of each step without keeping them.
final class Watcher: Plugin {
  struct Weak { weak var tensor: Tensor? }
  var seen: [Weak] = []
  var mostAlive = 0

  func afterStep(_ context: TrainingContext) throws(TrainingError) {
    let tensors = [context.output, context.batch?.inputs.first].compactMap { $0 }
    seen += (tensors + context.gradients.values).map { Weak(tensor: $0) }
    mostAlive = max(mostAlive, seen.count { $0.tensor != nil })
  }
}

/// A data set that breaks its promise.
struct NoExamples: Dataset {
  let name = "nothing"
  let count = 0
  let exampleShape = [2]
  let classNames: [String] = []
  func label(at index: Int) -> Int? { nil }
  func batch(
    _ indices: [Int], augmentation: EpochAugmentation?
  ) throws(DataError) -> Batch { throw .empty(path: name) }
}
