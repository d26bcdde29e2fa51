// A small network and its training, the same every time, and a plug-in that looks on.

import Data
import Execution
import Foundation
import Network
import OrderedCollections
import Torch
import Training

@testable import Pruning

enum SmallTraining {
  /// The model of a training that stops after `step` steps, is stored, and is taken up by a new trainer.
  static func resumed(
    after step: Int, _ trainer: (Model) throws -> Trainer
  ) throws -> Model {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("resumed-\(step)-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let first = try trainer(Model(network()))
    try first.run(until: step)
    try first.saveCheckpoint(to: path)
    let model = try Model(network())
    let second = try trainer(model)
    try second.restore(from: path)
    try second.run()
    return model
  }

  /// Convolution, batch normalisation, two linear layers over pictures of 6 by 6.
  static func network(seed: UInt64 = 4) throws -> Network {
    var b = NetworkBuilder("small", input: ["batch", 1, 6, 6], seed: seed)
    var x = try b.relu(b.batchNorm("norm", b.conv("conv", b.input, 8, kernel: 3)))
    x = try b.relu(b.linear("fc1", b.flatten(x), 12))
    return try b.finish(b.linear("fc2", x, 10))
  }

  /// 60 pictures of ten classes: each class lights a place of its own, in noise.
  static func pictures(_ count: Int = 60) throws -> ImageDataset {
    var random = RandomState(seed: 2)
    let pixels = (0..<count).flatMap { index in
      (0..<36).map { place in
        UInt8(random.uniform(in: 0...90)) + (place % 10 == index % 10 ? 150 : 0)
      }
    }
    return try ImageDataset(
      name: "pictures", path: "memory", pixels: pixels, shape: [1, 6, 6],
      labels: (0..<count).map { $0 % 10 }, classNames: (0..<10).map { "\($0)" })
  }

  /// Five steps an epoch.
  static func trainer(
    _ model: Model, plugins: [any Plugin], epochs: Int = 8, seed: UInt64 = 7,
    rate: Double = 0.05, optimizer: any Optimizer
  ) throws -> Trainer {
    try Trainer(
      model: model, loss: CrossEntropy(), optimizer: optimizer, schedule: ConstantRate(rate),
      loader: DataLoader(pictures(), batchSize: 12, seed: 5), length: .epochs(epochs), seed: seed,
      plugins: plugins)
  }

  static func trainer(
    _ model: Model, plugins: [any Plugin], epochs: Int = 8, seed: UInt64 = 7,
    rate: Double = 0.05
  ) throws -> Trainer {
    try trainer(
      model, plugins: plugins, epochs: epochs, seed: seed, rate: rate,
      optimizer: SGD(momentum: 0.9, weightDecay: 1e-3))
  }

  /// A model whose weights are masked at random.
  static func sparse(
    _ sparsity: Double = 0.8, _ allocation: any Allocation = ErdosRenyiKernel()
  ) throws -> Model {
    let network = try network()
    let model = try Model(network)
    try model.install(
      Pruner(
        criterion: Random(), allocation: allocation,
        target: Target(.sparsity, .fraction(sparsity)), seed: 3
      ).masks(for: network))
    return model
  }

  static func values(_ tensor: Tensor?) throws -> [Float] {
    try tensor?.detached().values(as: Float.self) ?? []
  }

  static func bytes(of model: Model) throws -> [String: [UInt8]] {
    var bytes: [String: [UInt8]] = [:]
    for (name, tensor) in model.parameters { bytes[name] = try tensor.bytes() }
    for (name, tensor) in model.buffers { bytes[name] = try tensor.bytes() }
    for (name, mask) in model.masks { bytes["mask of \(name)"] = try mask.mask.bytes() }
    return bytes
  }
}

/// Calls a function at each hook.
final class Onlooker: Plugin {
  var before: (TrainingContext) throws -> Void = { _ in }
  var backward: (OrderedDictionary<String, Tensor>, TrainingContext) throws -> Void = { _, _ in }
  var after: (TrainingContext) throws -> Void = { _ in }
  var epoch: (TrainingContext) throws -> Void = { _ in }

  private func run(_ body: () throws -> Void) throws(TrainingError) {
    do { try body() } catch { throw .plugin(name: "onlooker", reason: "\(error)") }
  }
  func beforeStep(_ context: TrainingContext) throws(TrainingError) {
    try run { try before(context) }
  }
  func afterBackward(
    _ gradients: inout OrderedDictionary<String, Tensor>, _ context: TrainingContext
  ) throws(TrainingError) {
    let seen = gradients
    try run { try backward(seen, context) }
  }
  func afterStep(_ context: TrainingContext) throws(TrainingError) {
    try run { try after(context) }
  }
  func afterEpoch(_ context: TrainingContext) throws(TrainingError) {
    try run { try epoch(context) }
  }
}
