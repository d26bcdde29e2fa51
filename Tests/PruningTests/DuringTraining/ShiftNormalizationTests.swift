// Normalisation by shifts: the paper's formulas worked out number by number, gradients included, and the
// file that is written.

import Execution
import Foundation
import Network
import ONNX
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct ShiftNormalizationTests {
  static func ap2(_ x: Double) -> Double {
    x == 0 ? 0 : (x < 0 ? -1 : 1) * exp2(log2(abs(x)).rounded())
  }

  /// Algorithm 3 for one channel.
  struct Channel {
    let x, centred, normal, y: [Double]
    let mean, variance, inverse: Double
    let gamma: Double

    init(_ x: [Double], gamma: Double, beta: Double, epsilon: Double = 1e-5) {
      (self.x, self.gamma) = (x, gamma)
      let m = Double(x.count)
      let mean = x.reduce(0, +) / m
      self.mean = mean
      let centred = x.map { $0 - mean }
      variance = centred.reduce(0) { $0 + $1 * ap2($1) } / m
      inverse = 1 / (variance + epsilon).squareRoot()
      let shift = ap2(inverse)
      normal = centred.map { $0 * shift }
      y = normal.map { ap2(gamma) * $0 + beta }
      self.centred = centred
    }

    /// The gradients of x, gamma and beta, with AP2 passed straight through.
    func back(_ dy: [Double]) -> (x: [Double], gamma: Double, beta: Double) {
      let m = Double(x.count)
      let dNormal = dy.map { $0 * ap2(gamma) }
      let dInverse = zip(dNormal, centred).reduce(0) { $0 + $1.0 * $1.1 }
      let dVariance = dInverse * -0.5 * inverse * inverse * inverse
      let dCentred = dNormal.indices.map {
        dNormal[$0] * ap2(inverse) + dVariance / m * (ap2(centred[$0]) + centred[$0])
      }
      let total = dCentred.reduce(0, +) / m
      return (
        dCentred.map { $0 - total }, zip(dy, normal).reduce(0) { $0 + $1.0 * $1.1 },
        dy.reduce(0, +)
      )
    }
  }

  static func node() -> Node {
    Node(
      "BatchNormalization", name: "norm", inputs: ["x", "gamma", "beta", "mean", "variance"],
      outputs: ["y"], attributes: ["epsilon": .float(1e-5), "momentum": .float(0.9)])
  }

  static func model(_ channels: Int, shape: [Extent], seed: UInt64) throws -> Model {
    var network = Network(
      name: "norm", inputs: [ValueInfo("x", .float32, shape)],
      outputs: [ValueInfo("y", .float32, nil)])
    for (index, name) in ["gamma", "beta", "mean", "variance"].enumerated() {
      var values = Graphs.numbers(channels, seed: seed + UInt64(index))
      if name == "variance" { values = values.map { abs($0) * 5 + 0.01 } }
      network.initializers[name] = Initializer(
        try TensorData(values, shape: [channels]), role: index < 2 ? .parameter : .buffer)
    }
    network.nodes = [node()]
    let model = try Model(network)
    model.substitutes["y"] = ShiftNormalization(node())
    return model
  }

  /// Rows of features, and pictures, whose numbers are of very different sizes.
  @Test(arguments: [[9, 4], [5, 3, 2, 4]], [1, 2] as [UInt64])
  func trainingIsThePapersAlgorithm(shape: [Int], seed: UInt64) throws {
    let channels = shape[1]
    let model = try Self.model(
      channels, shape: ["n"] + shape.dropFirst().map { .fixed($0) }, seed: seed)
    let count = shape.reduce(1, *)
    let numbers = Graphs.numbers(count, seed: seed + 20).enumerated().map {
      $0.element * Float(exp2(Double($0.offset % 7) - 3)) + Float($0.offset % channels)
    }
    let weights = Graphs.numbers(count, seed: seed + 30)
    let before = try (
      SmallTraining.values(model.buffers["mean"]), SmallTraining.values(model.buffers["variance"])
    )
    let x = try Tensor(numbers, shape: Shape(shape)).requireGradient()
    let y = try model(x, mode: .training(Generator(seed: 1)))
    let loss = try (y * Tensor(weights, shape: Shape(shape))).sum()
    let gamma = try #require(model.parameters["gamma"])
    let beta = try #require(model.parameters["beta"])
    let found = try gradients(of: [loss], with: [x, gamma, beta]).map(SmallTraining.values)
    let values = try SmallTraining.values(y)
    let after = try (
      SmallTraining.values(model.buffers["mean"]), SmallTraining.values(model.buffers["variance"])
    )
    let area = count / shape[0] / channels
    for channel in 0..<channels {
      let places = (0..<count).filter { $0 / area % channels == channel }
      let oracle = try Channel(
        places.map { Double(numbers[$0]) },
        gamma: Double(SmallTraining.values(gamma)[channel]),
        beta: Double(SmallTraining.values(beta)[channel]))
      let back = oracle.back(places.map { Double(weights[$0]) })
      for (index, place) in places.enumerated() {
        #expect(abs(Double(values[place]) - oracle.y[index]) < 1e-4)
        #expect(abs(Double(found[0][place]) - back.x[index]) < 1e-3 * (1 + abs(back.x[index])))
      }
      #expect(abs(Double(found[1][channel]) - back.gamma) < 1e-3 * (1 + abs(back.gamma)))
      #expect(abs(Double(found[2][channel]) - back.beta) < 1e-3)
      let m = Double(places.count)
      let mean = 0.9 * Double(before.0[channel]) + 0.1 * oracle.mean
      let variance = 0.9 * Double(before.1[channel]) + 0.1 * oracle.variance * m / (m - 1)
      #expect(abs(Double(after.0[channel]) - mean) < 1e-4)
      #expect(abs(Double(after.1[channel]) - variance) < 1e-3 * (1 + variance))
    }
  }

  @Test func powersOfTwoAreExact() throws {
    let numbers: [Float] = [0, 1, -1, 0.70, 0.71, -1.41, 1.42, 3e-20, -5e20, 8, 1 / 1024]
    let found = try Tensor(numbers).nearestPowerOfTwo().values(as: Float.self)
    #expect(found == numbers.map { Float(Self.ap2(Double($0))) })
  }

  /// Where the network is used, running statistics stand in the batch's place; the network that is
  /// written computes the same bits with its ordinary normalisation.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func theWrittenNetworkComputesTheSame(seed: UInt64) throws {
    let model = try Self.model(6, shape: ["n", 6], seed: seed)
    let numbers = Graphs.numbers(60, seed: seed + 50).map { $0 * 5 }
    let x = try Tensor(numbers, shape: [10, 6])
    let used = try SmallTraining.values(model(x))
    let written = try Model(model.snapshot())
    #expect(try SmallTraining.values(written(x)) == used)
    let gamma = try SmallTraining.values(model.parameters["gamma"]).map(Double.init)
    let beta = try SmallTraining.values(model.parameters["beta"]).map(Double.init)
    let mean = try SmallTraining.values(model.buffers["mean"]).map(Double.init)
    let variance = try SmallTraining.values(model.buffers["variance"]).map(Double.init)
    for (index, value) in used.enumerated() {
      let c = index % 6
      let expected =
        (Double(numbers[index]) - mean[c]) * Self.ap2(1 / (variance[c] + 1e-5).squareRoot())
        * Self.ap2(gamma[c]) + beta[c]
      #expect(abs(Double(value) - expected) < 1e-4)
    }
    let scale = try SmallTraining.values(written.parameters["gamma"])
    #expect(scale.allSatisfy { abs($0) == exp2(log2(abs($0)).rounded()) })
    // The model itself goes on with its own tensors.
    #expect(try SmallTraining.values(model.parameters["gamma"]).map(Double.init) == gamma)
  }

  @Test(arguments: [7, 23])
  func goesOnToTheSameBytes(step: Int) throws {
    func trainer(_ model: Model) throws -> Trainer {
      try SmallTraining.trainer(
        model, plugins: [BinaryTraining(normalization: .shift)],
        optimizer: AdaMax(shiftBased: true))
    }
    let whole = try Model(SmallTraining.network())
    try trainer(whole).run()
    let exact = try Model(SmallTraining.network())
    try SmallTraining.trainer(
      exact, plugins: [BinaryTraining()], optimizer: AdaMax(shiftBased: true)
    ).run()
    #expect(try SmallTraining.bytes(of: exact) != SmallTraining.bytes(of: whole))
    let resumed = try SmallTraining.resumed(after: step, trainer)
    #expect(try SmallTraining.bytes(of: resumed) == SmallTraining.bytes(of: whole))
    #expect(try resumed.snapshot() == whole.snapshot())
  }

  @Test func aNetworkWithoutNormalisationIsRefused() throws {
    var b = NetworkBuilder("plain", input: ["batch", 1, 6, 6])
    let model = try Model(b.finish(b.linear("fc", b.flatten(b.input), 10)))
    let trainer = try SmallTraining.trainer(
      model, plugins: [BinaryTraining(normalization: .shift)])
    let error = #expect(throws: (any Error).self) { try trainer.run() }
    #expect("\(error.map { "\($0)" } ?? "")".contains("shifts"))
  }
}
