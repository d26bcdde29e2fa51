// Feature boosting and suppression: which channels pass, that the others are zero, and what gates compute.

import Execution
import Network
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct FeatureBoostingTests {
  /// A gated network whose observed values are its gates and gated outputs, and an input.
  private func run(
    _ density: Double
  ) throws -> (values: [String: Tensor], network: Network, count: Int) {
    let gate = try FeatureBoosting(density: density)
    let network = try gate.inserted(into: SmallTraining.network(), layers: ["conv"], seed: 3)
    let model = try Model(network)
    let x = try Tensor(Graphs.numbers(5 * 36, seed: 8), shape: [5, 1, 6, 6])
    let value = try #require(network.nodes.first { $0.op == "BatchNormalization" }).outputs[0]
    let values = try model.run(
      ["input": x].mapKeys(to: model),
      observing: [
        value, "\(value)/gated", "conv/gate/saliency", "conv/gate/kept", "conv/gate/subsample",
      ])
    var named: [String: Tensor] = ["x": x, "value": try #require(values[value])]
    named["gated"] = values["\(value)/gated"]
    for part in ["saliency", "kept", "subsample"] { named[part] = values["conv/gate/\(part)"] }
    return (named, network, gate.count(of: 8))
  }

  @Test(arguments: [(0.25, 2), (0.3, 3), (0.5, 4), (1, 8)] as [(Double, Int)])
  func exactlyTheMostSalientChannelsPassAndTheOthersAreZero(density: Double, count: Int) throws {
    let (values, network, k) = try run(density)
    #expect(k == count)
    func floats(_ name: String) throws -> [Float] { try SmallTraining.values(values[name]) }
    let (x, subsample, g) = (try floats("x"), try floats("subsample"), try floats("saliency"))
    let (kept, value, gated) = (try floats("kept"), try floats("value"), try floats("gated"))
    let phi = try Graphs.elements(network, "conv/gate/phi")
    let pixels = value.count / 40
    for example in 0..<5 {
      let mean = x[example * 36..<(example + 1) * 36].reduce(0) { $0 + abs($1) } / 36
      #expect(abs(subsample[example] - mean) < 1e-6)
      let own = Array(g[example * 8..<(example + 1) * 8])
      for channel in 0..<8 {
        #expect(abs(own[channel] - max(0, mean * phi[channel] + 1)) < 1e-5)
      }
      let winners = Set((0..<8).sorted { (own[$0], -$0) > (own[$1], -$1) }.prefix(count))
      for channel in 0..<8 {
        let factor = kept[example * 8 + channel]
        #expect(factor == (winners.contains(channel) ? own[channel] : 0))
        let places = (example * 8 + channel) * pixels..<(example * 8 + channel + 1) * pixels
        for place in places {
          #expect(gated[place] == (factor == 0 ? 0 : factor * value[place]))
        }
      }
      #expect((0..<8).count { kept[example * 8 + $0] != 0 } <= count)
      // Without saliencies at zero the count is exact.
      if own.allSatisfy({ $0 > 0 }) {
        #expect((0..<8).count { kept[example * 8 + $0] != 0 } == count)
      }
    }
  }

  @Test func gatesAreTrainedWithTheNetworkAndCharged() throws {
    let network = try FeatureBoosting(density: 0.5)
      .inserted(into: SmallTraining.network(), layers: ["*"], seed: 3)
    func total(_ strength: Double) throws -> Double {
      let model = try Model(network)
      var last = 0.0
      let onlooker = Onlooker()
      onlooker.backward = { gradients, context in
        #expect(gradients["conv/gate/phi"] != nil && gradients["conv/gate/rho"] != nil)
        last = try #require(context.observed["conv/gate/saliency"]).sum().scalar()
      }
      try SmallTraining.trainer(
        model, plugins: [Penalizing([SaliencyL1(strength: strength)]), onlooker]
      ).run()
      return last
    }
    #expect(try total(0.05) < 0.8 * total(0))
  }

  /// phi 0, rho 1 and every channel: the gate is 1, the network as it was.
  @Test func gatesThatLetAllPassChangeNothing() throws {
    let network = try SmallTraining.network()
    var gated = try FeatureBoosting(density: 1).inserted(into: network, layers: ["*"], seed: 3)
    gated.initializers["conv/gate/phi"]?.tensor = try TensorData(
      [Float](repeating: 0, count: 8), shape: [8, 1])
    #expect(try Equivalence.check(network, gated).maxAbsDiff == 0)
  }

  /// A second convolution behind the first, both gated.
  private func twice(_ density: Double) throws -> Network {
    var b = NetworkBuilder("twice", input: ["batch", 3, 8, 8], seed: 6)
    var x = try b.relu(b.batchNorm("norm1", b.conv("conv1", b.input, 64, kernel: 3, padding: 1)))
    x = try b.relu(b.batchNorm("norm2", b.conv("conv2", x, 64, kernel: 3, padding: 1)))
    let network = try b.finish(b.linear("fc", b.flatten(b.globalAveragePool(x)), 10))
    return try FeatureBoosting(density: density)
      .inserted(into: network, layers: ["conv*"], seed: 1)
  }

  /// Only the winners' filters, on only the channels that won before: what is skipped is not needed.
  @Test func computingTheWinnersAloneGivesTheSame() throws {
    let network = try twice(0.3)
    let model = try Model(network, type: .float64)
    let x = try Tensor(Graphs.numbers(3 * 192, seed: 4).map(Double.init), shape: [3, 3, 8, 8])
    let input = try #require(model.freeInputs.first).name
    let readers = network.nodes.filter { $0.op == "Conv" }
    let between = readers[1].inputs[0]
    let values = try model.run(
      [input: x], observing: [between, readers[1].outputs[0], "conv1/gate/kept", "conv2/gate/kept"])
    func reals(_ name: String) throws -> [Double] {
      try #require(values[name]).detached().values(as: Double.self)
    }
    let (first, second) = (try reals("conv1/gate/kept"), try reals("conv2/gate/kept"))
    let weight = try #require(model.parameters["conv2.weight"]).detached()
    for example in 0..<3 {
      let before = (0..<64).filter { first[example * 64 + $0] != 0 }
      let winners = (0..<64).filter { second[example * 64 + $0] != 0 }
      #expect(before.count <= 20 && winners.count <= 20 && !winners.isEmpty)
      func index(_ list: [Int]) throws -> Tensor {
        try Tensor(list.map(Int64.init), shape: [list.count])
      }
      let own = try #require(values[between]).detached().select(axis: 0, example).unsqueeze(0)
      let small = try own.indexSelect(axis: 1, index(before)).convolution(
        weight.indexSelect(axis: 0, index(winners)).indexSelect(axis: 1, index(before)),
        padding: [1, 1])
      let full = try #require(values[readers[1].outputs[0]]).detached().select(axis: 0, example)
        .unsqueeze(0).indexSelect(axis: 1, index(winners))
      let bias =
        try model.parameters["conv2.bias"].map {
          try $0.detached().indexSelect(axis: 0, index(winners)).reshape([1, winners.count, 1, 1])
        } ?? Tensor.zeros([1], type: .float64)
      #expect(try (small + bias - full).abs().max().scalar() < 1e-10)
    }
  }

  @Test func costFallsWithTheSquareOfTheDensity() throws {
    let predictors = (3 * 64 + 3 * 64) + (64 * 64 + 64 * 64)
    let (first, second) = (64 * 3 * 9 * 64, 64 * 64 * 9 * 64)
    for (density, k) in [(1.0, 64), (0.5, 32), (0.3, 20)] {
      let (dense, skipping) = try GatedCost.macs(of: twice(density))
      #expect(dense == first + second + 640)
      #expect(skipping == first / 64 * k + second / 4096 * k * k + 640 + predictors)
    }
    // Without gates nothing is skipped.
    let plain = try SmallTraining.network()
    let (dense, skipping) = try GatedCost.macs(of: plain)
    #expect(try dense == plain.cost().total.macs && skipping == dense)
  }

  @Test func wrongSettingsAreRefused() throws {
    #expect(throws: PruningError.self) { try FeatureBoosting(density: 0) }
    let network = try SmallTraining.network()
    #expect(throws: PruningError.self) {
      try FeatureBoosting(density: 0.5).inserted(into: network, layers: ["conv9"], seed: 1)
    }
  }
}

extension [String: Tensor] {
  /// The one value under the name of the model's input.
  fileprivate func mapKeys(to model: Model) -> [String: Tensor] {
    guard let tensor = values.first, let input = model.freeInputs.first else { return self }
    return [input.name: tensor]
  }
}
