// Binary weights: what the network runs with, what is trained behind it, and where gradients pass.

import Execution
import Foundation
import Network
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct BinaryTrainingTests {
  @Test func theNetworkRunsWithSignsAndRealWeightsStayInTheirBounds() throws {
    let model = try Model(SmallTraining.network())
    let plugin = BinaryTraining()
    let onlooker = Onlooker()
    var (moved, largest): (Bool, Float) = (false, 0)
    var first: [Float] = []
    onlooker.after = { context in
      let values = try SmallTraining.values(context.model.parameters["fc1.weight"])
      largest = max(largest, values.map(abs).max() ?? 0)
      if first.isEmpty { first = values } else if values != first { moved = true }
    }
    try SmallTraining.trainer(model, plugins: [plugin, onlooker]).run()
    #expect(moved && largest <= 1)
    let trained = try model.snapshot()
    for name in ["conv.weight", "fc1.weight", "fc2.weight"] {
      let real = try SmallTraining.values(model.parameters[name])
      let binary = try #require(trained.initializers[name]).tensor.values(as: Float.self)
      #expect(binary == real.map { $0 >= 0 ? 1 : -1 })
      #expect(real.contains { abs($0) < 0.9 })
    }
    #expect(Array(plugin.sizes.keys) == ["conv.weight", "fc1.weight", "fc2.weight"])
  }

  @Test func gradientsOfSignsPassInTheWindowOnly() throws {
    let x = try Tensor([-2, -1, -0.5, 0, 0.3, 1, 1.5] as [Float]).requireGradient()
    let y = try x.signStraightThrough()
    #expect(try y.detached().values(as: Float.self) == [-1, -1, -1, 0, 1, 1, 1])
    let scale = try Tensor([1, 2, 3, 4, 5, 6, 7] as [Float])
    let gradient = try gradients(of: [(y * scale).sum()], with: [x])[0]
    #expect(try SmallTraining.values(gradient) == [0, 2, 3, 4, 5, 6, 0])
  }

  @Test func signNodesPassGradientsInTrainingOnly() throws {
    let network = try Graphs.graph(
      input: ["batch", 3], parameters: [("w", [4, 3]), ("v", [2, 4])],
      [
        Node(
          "Gemm", name: "a", inputs: ["x", "w"], outputs: ["a"], attributes: ["transB": .int(1)]),
        Node("Sign", name: "s", inputs: ["a"], outputs: ["s"]),
        Node(
          "Gemm", name: "b", inputs: ["s", "v"], outputs: ["y"], attributes: ["transB": .int(1)]),
      ])
    let model = try Model(network)
    let x = try Tensor(Graphs.numbers(6, seed: 9), shape: [2, 3])
    let w = try #require(model.parameters["w"])
    let trained = try gradients(
      of: [model(x, mode: .training(Generator(seed: 1))).sum()], with: [w])[0]
    #expect(try SmallTraining.values(trained).contains { $0 != 0 })
    let used = try gradients(of: [model(x).sum()], with: [w])[0]
    #expect(try SmallTraining.values(used).allSatisfy { $0 == 0 })
  }

  /// The gradient of a real weight is that of the sign which stands for it.
  @Test func gradientsOfWeightsPassStraightThrough() throws {
    let weight = try Tensor([-0.4, 0.2, 0, 0.9] as [Float]).requireGradient()
    let binary = try BinaryWeight().effective(weight, mode: .evaluation)
    #expect(try binary.detached().values(as: Float.self) == [-1, 1, 1, 1])
    let scale = try Tensor([3, -2, 5, 7] as [Float])
    let gradient = try gradients(of: [(binary * scale).sum()], with: [weight])[0]
    #expect(try SmallTraining.values(gradient) == [3, -2, 5, 7])
  }

  @Test(arguments: [7, 23])
  func goesOnToTheSameBytes(step: Int) throws {
    func trainer(_ model: Model) throws -> Trainer {
      try SmallTraining.trainer(
        model, plugins: [BinaryTraining()], optimizer: AdaMax(shiftBased: true))
    }
    let whole = try Model(SmallTraining.network())
    try trainer(whole).run()
    let resumed = try SmallTraining.resumed(after: step, trainer)
    #expect(try SmallTraining.bytes(of: resumed) == SmallTraining.bytes(of: whole))
  }
}
