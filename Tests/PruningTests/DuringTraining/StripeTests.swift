// Stripes: stripe-wise execution against the masked convolution, and skeletons that lose stripes for good.

import Execution
import Network
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct StripeTests {
  /// Convolutions of different window, stride, dilation and padding, with the given stripes at zero.
  private func network(zero: (_ filter: Int, _ place: Int) -> Bool) throws -> Network {
    var network = try Graphs.graph(
      input: ["batch", 3, 11, 10],
      parameters: [
        ("a.weight", [5, 3, 3, 3]), ("a.bias", [5]), ("b.weight", [4, 5, 3, 2]),
        ("c.weight", [6, 4, 1, 1]), ("d.weight", [2, 6, 2, 2]), ("d.bias", [2]),
      ],
      [
        Node(
          "Conv", name: "a", inputs: ["x", "a.weight", "a.bias"], outputs: ["a"],
          attributes: ["pads": .ints([1, 1, 1, 1])]),
        Node("Relu", name: "r", inputs: ["a"], outputs: ["r"]),
        Node(
          "Conv", name: "b", inputs: ["r", "b.weight"], outputs: ["b"],
          attributes: [
            "pads": .ints([1, 0, 2, 1]), "strides": .ints([2, 1]), "dilations": .ints([1, 2]),
          ]),
        Node("Conv", name: "c", inputs: ["b", "c.weight"], outputs: ["c"]),
        Node("Conv", name: "d", inputs: ["c", "d.weight", "d.bias"], outputs: ["y"]),
      ])
    for name in ["a.weight", "b.weight", "d.weight"] {
      let tensor = try #require(network.initializers[name]).tensor
      let shape = tensor.shape
      let places = shape[2] * shape[3]
      var values = try tensor.values(as: Float.self)
      for index in values.indices where zero(index / (shape[1] * places), index % places) {
        values[index] = 0
      }
      network.initializers[name]?.tensor = try TensorData(values, shape: shape)
    }
    return network
  }

  @Test(arguments: 0..<4)
  func stripeWiseExecutionIsTheMaskedConvolution(seed: Int) throws {
    let network = try network { filter, place in
      seed == 0
        // A filter of no stripe, and a place that no filter reads.
        ? filter == 1 || place == 0 : (filter * 7 + place * 5 + seed * 3) % 4 < 2
    }
    let stripes = try network.stripeWise()
    #expect(!stripes.nodes.contains { ["a", "b"].contains($0.name) && $0.op == "Conv" })
    #expect(stripes.nodes.contains { $0.name == "c" && $0.op == "Conv" })
    #expect(stripes.initializers["b.weight"] == nil)
    let found = try Equivalence.check(network, stripes)
    #expect(found.holds(), "\(found.maxAbsDiff)")
    // Fewer multiply-accumulates, as zeros are not computed.
    #expect(try stripes.cost().total.macs < network.cost().total.macs)
  }

  @Test func aConvolutionWithoutZerosStaysAsItIs() throws {
    let network = try network { _, _ in false }
    #expect(try network.stripeWise() == network)
  }

  @Test func stripesLeaveForGoodAndTheirWeightsAreZero() throws {
    let plugin = try StripePruning(strength: 0.004, threshold: 0.9)
    let model = try Model(SmallTraining.network())
    let onlooker = Onlooker()
    var gone: Set<Int> = []
    onlooker.after = { context in
      let skeleton = try #require(
        context.model.parametrizations["conv.weight"] as? FilterSkeleton
      ).skeleton.detached().values(as: Float.self)
      let zero = Set(skeleton.indices.filter { skeleton[$0] == 0 })
      #expect(zero.isSuperset(of: gone))
      #expect(skeleton.allSatisfy { $0 == 0 || abs($0) >= 0.9 })
      gone = zero
    }
    try SmallTraining.trainer(model, plugins: [plugin, onlooker], epochs: 12).run()
    let counts = try plugin.counts()
    #expect(counts.all == 72 && counts.left == 72 - gone.count)
    #expect(gone.count > 3 && gone.count < 72)
    let weight = try Graphs.elements(model.snapshot(), "conv.weight")
    // One input channel: a stripe is one weight.
    #expect(Set(weight.indices.filter { weight[$0] == 0 }) == gone)
  }

  @Test func theSkeletonsGradientIsThatOfItsStripe() throws {
    let model = try Model(SmallTraining.network(), type: .float64)
    let plugin = try StripePruning(strength: 0.25, threshold: 0.05)
    let trainer = try SmallTraining.trainer(model, plugins: [plugin])
    try plugin.beforeRun(trainer.context)
    let skeleton = try #require(model.parametrizations["conv.weight"] as? FilterSkeleton).skeleton
    let x = try Tensor(Graphs.numbers(72, seed: 3).map(Double.init), shape: [2, 1, 6, 6])
    func loss() throws -> Tensor {
      var loss = try model(x).square().sum()
      try plugin.onLoss(&loss, trainer.context)
      return loss
    }
    let gradient = try gradients(of: loss(), with: [skeleton])[0].values(as: Double.self)
    for index in [0, 17, 40, 71] {
      func moved(_ step: Double) throws -> Double {
        var values = [Double](repeating: 1, count: 72)
        values[index] += step
        try withoutGradients {
          _ = try skeleton.copyInPlace(Tensor(values, shape: [8, 3, 3]))
        }
        return try loss().scalar()
      }
      let slope = try (moved(1e-6) - moved(-1e-6)) / 2e-6
      #expect(abs(gradient[index] - slope) < 1e-5 * max(1, abs(slope)))
    }
  }
}
