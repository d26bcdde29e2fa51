// Codebooks: the gradient of a shared value, what stays shared, and going on from a checkpoint.

import Data
import Execution
import Foundation
import Network
import Testing
import Torch

@testable import Pruning
@testable import Training

@Suite struct CodebookTests {
  private static let weights = ["conv.weight", "fc1.weight", "fc2.weight"]

  /// A small network, its weights rounded to few values and every third one zero.
  private static func shared() throws -> Network {
    var network = try SmallTraining.network()
    for name in weights {
      guard let tensor = network.initializers[name]?.tensor else { continue }
      let values = try tensor.values(as: Float.self).enumerated().map { index, value in
        index % 3 == 0 ? 0 : (value * 8).rounded(.awayFromZero) / 8
      }
      network.initializers[name]?.tensor = try TensorData(values, shape: tensor.shape)
    }
    return network
  }

  /// The elements of a weight by the value they had.
  private static func members(_ network: Network, _ name: String) throws -> [Float: [Int]] {
    let values = try #require(network.initializers[name]).tensor.values(as: Float.self)
    return Dictionary(grouping: values.indices) { values[$0] }
  }

  /// The loss of the first examples.
  private static func loss(_ model: Model) throws -> Tensor {
    let loader = try DataLoader(SmallTraining.pictures(), batchSize: 12, seed: 5)
    let stream = loader.batches(from: DataLoader.Position(epoch: 0, batch: 0))
    let batch = try TensorBatch(try #require(try stream.next()), for: model)
    let output = try batch.run(model, mode: .evaluation, observing: []).output
    return try CrossEntropy()(output, on: batch)
  }

  @Test func centroidGradientIsTheSumOverItsMembers() throws {
    let network = try Self.shared()
    let model = try Model(network)
    // The gradient of every weight by itself, of a model that knows nothing of codebooks.
    let names = Array(model.parameters.keys)
    let alone = try gradients(of: [Self.loss(model)], with: Array(model.parameters.values))
    for name in Self.weights {
      let tied = try Model(network)
      let book = try Codebook(of: try #require(tied.parameters[name]))
      tied.parametrizations[name] = book
      let gradient = try gradients(of: [Self.loss(tied)], with: [book.values])[0]
      let found = try SmallTraining.values(gradient)
      let place = try #require(names.firstIndex(of: name))
      let each = try SmallTraining.values(alone[place])
      let members = try Self.members(network, name)
      let values = try book.values.detached().values(as: Float.self)
      #expect(values.count == members.count - 1)
      for (value, gradient) in zip(values, found) {
        let sum = try #require(members[value]).reduce(0.0) { $0 + Double(each[$1]) }
        #expect(abs(Double(gradient) - sum) < 1e-5 * max(1, abs(sum)), "\(name) \(value)")
      }
      // A mean over the members, or one member's gradient, would differ by far.
      #expect(members.values.map(\.count).max() ?? 0 > 4)
    }
  }

  @Test func membersStayTogetherAndZerosStayZero() throws {
    let network = try Self.shared()
    let model = try Model(network)
    let plugin = CodebookTraining()
    try SmallTraining.trainer(model, plugins: [plugin]).run()
    let trained = try model.snapshot()
    for name in Self.weights {
      let after = try #require(trained.initializers[name]).tensor.values(as: Float.self)
      let members = try Self.members(network, name)
      for (value, indices) in members {
        let values = Set(indices.map { after[$0] })
        #expect(values.count == 1)
        #expect((values == [0]) == (value == 0))
        if value != 0 { #expect(values != [value], "\(name): nothing was trained") }
      }
      #expect(plugin.sizes[name] == members.count - 1)
      // The masks after it are those before it.
      let kept = try #require(try model.elementMasks().kept[name])
      #expect(kept.indices.allSatisfy { kept[$0] == (after[$0] != 0) })
    }
  }

  @Test(arguments: [7, 23])
  func goesOnToTheSameBytes(step: Int) throws {
    let whole = try Model(Self.shared())
    try SmallTraining.trainer(whole, plugins: [CodebookTraining()]).run()
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("codebook-\(step)-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let first = try SmallTraining.trainer(Model(Self.shared()), plugins: [CodebookTraining()])
    try first.run(until: step)
    try first.saveCheckpoint(to: path)
    let resumed = try Model(Self.shared())
    let second = try SmallTraining.trainer(resumed, plugins: [CodebookTraining()])
    try second.restore(from: path)
    try second.run()
    #expect(try resumed.snapshot() == whole.snapshot())
  }

  @Test func weightsThatShareNothingAreAnError() throws {
    var network = try SmallTraining.network()
    var next: Float = 0
    for name in Self.weights {
      guard let tensor = network.initializers[name]?.tensor else { continue }
      let count = max(300, tensor.count)
      #expect(tensor.count <= count)
      let values = (0..<tensor.count).map { _ -> Float in
        next += 0.001
        return next
      }
      network.initializers[name]?.tensor = try TensorData(values, shape: tensor.shape)
    }
    let model = try Model(network)
    let plugin = CodebookTraining()
    let trainer = try SmallTraining.trainer(model, plugins: [plugin])
    // Weights with at most 256 elements take part whatever they hold; larger ones only where shared.
    try trainer.run(until: 1)
    for name in Self.weights {
      let count = try #require(network.initializers[name]).tensor.count
      #expect((plugin.sizes[name] != nil) == (count <= 256), "\(name)")
    }
  }
}
