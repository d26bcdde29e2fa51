// A run that is saved and taken up again ends in the same bytes; bad files are refused.

import Data
import Execution
import Foundation
import OrderedCollections
import Testing
import Torch

@testable import Training

/// Draws random numbers, counts, and remembers a tensor: all of it must survive.
final class Noise: Plugin {
  struct Memory: Codable { var count = 0 }
  var memory = Memory()
  var total: Tensor?
  var wasRestored = false

  func beforeRun(_ context: TrainingContext) throws(TrainingError) {
    do throws(TorchError) {
      total = try Tensor.zeros([2])
      let weight = try Tensor.ones([10, 16])
      try weight.narrow(axis: 0, start: 0, length: 3).zeroInPlace()
      context.model.parametrizations["fc.weight"] = Mask(weight)
      context.model.parametrizations["conv.weight"] = try Scale(factor: Tensor([1] as [Float]))
    } catch { throw .engine(error) }
  }

  func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {
    memory.count += 1
    do throws(TorchError) {
      let noise = try Tensor.randn([2], context.generator)
      total = try total.map { tensor throws(TorchError) in try tensor + noise }
      if let bias = gradients["fc.bias"] {
        gradients["fc.bias"] = try bias + noise.narrow(axis: 0, start: 0, length: 1) * 0.01
      }
    } catch { throw .engine(error) }
  }

  func savedState() throws(TrainingError) -> PluginState {
    try PluginState(memory, tensors: total.map { ["total": $0] } ?? [:])
  }

  func restore(_ state: PluginState, in context: TrainingContext) throws(TrainingError) {
    memory = try state.value()
    total = state.tensors["total"]
    wasRestored = true
    do throws(TorchError) {
      context.model.parametrizations["conv.weight"] = try Scale(factor: Tensor([9] as [Float]))
    } catch { throw .engine(error) }
  }
}

extension Scale {
  convenience init(factor: Tensor) throws(TorchError) {
    try self.init(leaf: factor.requireGradient())
  }
}

@Suite struct CheckpointTests {
  /// Everything that must agree in the end.
  private func end(_ trainer: Trainer, _ noise: Noise) throws -> [String: [UInt8]] {
    var bytes = try Fixtures.bytes(of: trainer.model)
    for name in trainer.optimizer.state.parameters {
      for (slot, tensor) in trainer.optimizer.state.slots(of: name) {
        bytes["\(name)/\(slot)"] = try tensor.bytes()
      }
    }
    bytes["generator"] = try trainer.generator.state()
    bytes["total"] = try #require(noise.total).bytes()
    bytes["count"] = [UInt8(noise.memory.count)]
    let scale = try #require(trainer.model.parametrizations["conv.weight"] as? Scale)
    bytes["factor"] = try scale.factor.bytes()
    return bytes
  }

  @Test(arguments: ["sgd", "adam", "rmsprop"], [0, 1, 4, 6])
  func aResumedRunEndsInTheSameBytes(optimizer: String, stop: Int) throws {
    func make() throws -> (Trainer, Noise) {
      let noise = Noise()
      let rule: any Optimizer =
        switch optimizer {
        case "sgd": try SGD(momentum: 0.9, nesterov: true, weightDecay: 1e-3)
        case "adam": try Adam(decoupledWeightDecay: 0.01)
        default: try RMSprop(momentum: 0.5, centered: true)
        }
      let layout: MemoryFormat = optimizer == "adam" ? .channelsLast : .contiguous
      return try (
        Fixtures.trainer(optimizer: rule, plugins: [noise], layout: layout), noise
      )
    }
    let folder = try Fixtures.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (whole, wholeNoise) = try make()
    let expected = try whole.run()

    let (first, _) = try make()
    try first.run(until: stop)
    let path = folder + "/run.npz"
    try first.saveCheckpoint(to: path)
    let (second, noise) = try make()
    try second.restore(from: path)
    #expect(second.step == stop)
    #expect(noise.wasRestored)
    let result = try second.run()
    #expect(result == expected)
    #expect(try end(second, noise) == end(whole, wholeNoise))

    // The same state gives the same file.
    try whole.saveCheckpoint(to: folder + "/a.npz")
    try second.saveCheckpoint(to: folder + "/b.npz")
    #expect(try FileBytes.read(folder + "/a.npz") == FileBytes.read(folder + "/b.npz"))
  }

  @Test func aCompleteRunStaysComplete() throws {
    let folder = try Fixtures.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let log = Recorder.Log()
    func make() throws -> Trainer {
      let trainer = try Fixtures.trainer(
        optimizer: SGD(), epochs: 1, seed: .max, plugins: [Recorder("a", log)])
      trainer.checkpoints = CheckpointPolicy(folder: folder + "/deeper", everySteps: 3)
      return trainer
    }
    #expect(try make().restore(fromFolder: folder + "/deeper") == false)
    try make().run()
    let calls = log.calls
    let again = try make()
    #expect(try again.restore(fromFolder: folder + "/deeper"))
    let result = try again.run()
    #expect(result.isComplete)
    #expect(result.epochs.count == 1)
    #expect(log.calls == calls)
  }

  @Test func checkpointsAreWrittenWhenTheyAreDueAndTheLastOneIsKept() throws {
    let folder = try Fixtures.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let trainer = try Fixtures.trainer(optimizer: SGD(momentum: 0.5))
    trainer.checkpoints = CheckpointPolicy(folder: folder, everySteps: 5, everyEpoch: true)
    var steps: [Int] = []
    trainer.observers.append { if case .checkpoint(_, let step) = $0 { steps.append(step) } }
    try trainer.run()
    #expect(steps == [4, 5, 8, 10, 12])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.sorted() == ["checkpoint.npz", "previous.npz"])

    // The newest is damaged: the one before it goes on to the same end.
    try FileBytes.write(
      Array(FileBytes.read(folder + "/checkpoint.npz").dropLast(100)),
      to: folder + "/checkpoint.npz")
    let other = try Fixtures.trainer(optimizer: SGD(momentum: 0.5))
    #expect(try other.restore(fromFolder: folder))
    #expect(other.step == 10)
    try other.run()
    #expect(try Fixtures.bytes(of: other.model) == Fixtures.bytes(of: trainer.model))

    let timed = try Fixtures.trainer(optimizer: SGD(momentum: 0.5), epochs: 1)
    timed.checkpoints = CheckpointPolicy(folder: folder, everySeconds: 0)
    steps = []
    timed.observers.append { if case .checkpoint(_, let step) = $0 { steps.append(step) } }
    try timed.run()
    #expect(steps == [1, 2, 3, 4])
  }

  @Test func othersCanReadTheFile() throws {
    let folder = try Fixtures.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let trainer = try Fixtures.trainer(optimizer: SGD(momentum: 0.9))
    try trainer.run(until: 2)
    try trainer.saveCheckpoint(to: folder + "/run.npz")
    let arrays = try NPZ.read(folder + "/run.npz")
    let bias = try #require(arrays["parameter/fc.bias"])
    let own = try #require(trainer.model.parameters["fc.bias"])
    #expect(try bias.elements(as: Float.self) == own.values())
    #expect(arrays["optimizer/momentum/conv.weight"]?.shape == [4, 1, 3, 3])
    #expect(arrays["buffer/norm.running_mean"]?.shape == [4])
    let json = try #require(arrays["checkpoint"]).bytes
    let header = try #require(
      JSONSerialization.jsonObject(with: Foundation.Data(json)) as? [String: Any])
    #expect(header["format"] as? String == "bonsai.checkpoint")
    #expect(header["step"] as? Int == 2)
  }

  @Test func badFilesAreRefused() throws {
    let folder = try Fixtures.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/run.npz"
    let trainer = try Fixtures.trainer(optimizer: SGD(momentum: 0.9))
    try trainer.run(until: 2)
    try trainer.saveCheckpoint(to: path)
    let whole = try FileBytes.read(path)
    func refusal(_ bytes: [UInt8]) throws -> String {
      try FileBytes.write(bytes, to: path)
      do throws(TrainingError) {
        try trainer.restore(from: path)
        return "accepted"
      } catch { return "\(error)" }
    }
    for length in [0, 1, 100, whole.count / 2, whole.count - 1] {
      #expect(try refusal(Array(whole[..<length])).contains("not a usable checkpoint"))
    }
    var damaged = whole
    damaged[whole.count / 2] ^= 1
    #expect(try refusal(damaged).contains("not a usable checkpoint"))
    #expect(try refusal(Array("hello".utf8)).contains("not a usable checkpoint"))
    let foreign = try NPZ.bytes(of: ["x": NDArray([1, 2] as [Float], shape: [2])])
    #expect(try refusal(foreign).contains("another program wrote it"))

    var arrays = try NPZ.parse(whole, path: "whole")
    let header = try #require(arrays["checkpoint"])
    let text = String(decoding: header.bytes, as: UTF8.self)
    let newer = text.replacing("\"version\":1", with: "\"version\":9")
    arrays["checkpoint"] = try NDArray(Array(newer.utf8), shape: [newer.utf8.count])
    #expect(try refusal(NPZ.bytes(of: arrays)).contains("version 9, this program reads version 1"))
    arrays["checkpoint"] = header
    arrays["parameter/fc.bias"] = nil
    #expect(
      try refusal(NPZ.bytes(of: arrays)).contains("the array 'parameter/fc.bias' is missing"))
    arrays["parameter/fc.bias"] = try NDArray([1] as [Float], shape: [1])
    #expect(try refusal(NPZ.bytes(of: arrays)).contains("'parameter/fc.bias' is not of type"))
    #expect(throws: TrainingError.self) { try trainer.restore(from: folder + "/nowhere.npz") }
    // What was refused changed nothing.
    #expect(try refusal(whole) == "accepted")
    #expect(trainer.step == 2)
  }

  @Test func anotherRunIsRefused() throws {
    let folder = try Fixtures.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/run.npz"
    try Fixtures.trainer(optimizer: SGD(momentum: 0.9)).saveCheckpoint(to: path)
    func refusal(_ trainer: Trainer) -> String {
      do throws(TrainingError) {
        try trainer.restore(from: path)
        return "accepted"
      } catch { return "\(error)" }
    }
    #expect(try refusal(Fixtures.trainer(optimizer: Adam())).contains("optimizer is sgd"))
    #expect(
      try refusal(Fixtures.trainer(optimizer: SGD(), epochs: 4)).contains(
        "number of steps is 12, expected 16"))
    #expect(
      try refusal(Fixtures.trainer(optimizer: SGD(), plugins: [Noise()])).contains("plug-ins"))
    let dataset = try Fixtures.pictures()
    let other = try Trainer(
      model: Model(Fixtures.convolutional()), loss: CrossEntropy(), optimizer: SGD(),
      schedule: ConstantRate(0.1), loader: DataLoader(dataset, batchSize: 12, seed: 6),
      length: .epochs(3), seed: 1)
    #expect(refusal(other).contains("the seed of the data is 5, expected 6"))
  }
}
