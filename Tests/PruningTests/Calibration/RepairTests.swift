// Repairs: exact where removed channels follow from kept ones, and better than none on real data.

import Data
import Execution
import Foundation
import Network
import Testing
import Torch
import Training

@testable import Pruning

@Suite struct RepairTests {
  // MARK: least squares

  /// x -> a (6) -> b -> y; b strides, dilates and pads on one side only.
  private func convolutions(groups: Int) throws -> Network {
    try Examples.precise(
      Graphs.graph(
        input: ["batch", 3, 9, 8],
        parameters: [
          ("a.weight", [8, 3, 1, 1]), ("a.bias", [8]), ("b.weight", [4, 8 / groups, 3, 2]),
          ("b.bias", [4]), ("c.weight", [2, 4, 1, 1]),
        ],
        [
          Node("Conv", name: "a", inputs: ["x", "a.weight", "a.bias"], outputs: ["a"]),
          Node(
            "Conv", name: "b", inputs: ["a", "b.weight", "b.bias"], outputs: ["b"],
            attributes: [
              "group": .int(Int64(groups)), "strides": .ints([2, 1]), "dilations": .ints([1, 2]),
              "pads": .ints([1, 0, 0, 1]),
            ]),
          Node("Relu", name: "r", inputs: ["b"], outputs: ["r"]),
          Node("Conv", name: "c", inputs: ["r", "c.weight"], outputs: ["y"]),
        ]))
  }

  /// Makes filters 3 and 7 of `a` sums of the two before them.
  private func redundant(_ network: Network, axis: Int = 0) throws -> Network {
    var network = network
    for name in ["a.weight", "a.bias"] where network.initializers[name] != nil {
      network = try Examples.changing(network, name) { elements, shape in
        let units = shape[min(axis, shape.count - 1)]
        let inner = axis == 0 || shape.count == 1 ? elements.count / units : 1
        let (unit, step) = axis == 0 || shape.count == 1 ? (inner, 1) : (1, units)
        let count = axis == 0 || shape.count == 1 ? inner : elements.count / units
        for target in [3, 7] {
          for offset in 0..<count {
            elements[target * unit + offset * step] =
              0.5 * elements[(target - 1) * unit + offset * step]
              - 2 * elements[(target - 2) * unit + offset * step]
          }
        }
      }
    }
    return network
  }

  private func check(_ network: Network, _ dataset: ArrayDataset, bias: Bool) throws {
    let group = try network.coupling().group(named: "a")
    let kept = [try Kept(group, units: [0, 1, 2, 4, 5, 6])]
    let cut = try network.cut(keeping: kept)
    let calibration = Calibration(dataset, batchSize: 16)
    let (repaired, report) = try cut.reconstructed(
      like: network, keeping: kept, on: calibration, seed: 5)
    #expect(report.skipped.isEmpty && report.layers.map(\.layer).count == 1)
    let layer = try #require(report.layers.first)
    #expect(layer.before > 0.01 && layer.after < 1e-7)
    let quality = try Quality.measure([network, cut, repaired], on: calibration)
    #expect(quality[1].outputError > 0.01)
    #expect(quality[2].outputError < 1e-9, "\(quality[2].outputError)")
    // Nothing else is touched.
    for (name, initializer) in cut.initializers where !name.hasPrefix("b.") {
      #expect(repaired.initializers[name] == initializer)
    }
  }

  @Test(arguments: [1, 2])
  func removedChannelsThatFollowFromOthersAreRecovered(groups: Int) throws {
    let network = try redundant(convolutions(groups: groups))
    let dataset = try Examples.make(32, [3, 9, 8], targets: nil)
    try check(network, dataset, bias: true)
  }

  @Test(arguments: ["Gemm", "MatMul"])
  func linearLayersAreRecovered(op: String) throws {
    let isGemm = op == "Gemm"
    var nodes = [
      Node(
        "Gemm", name: "a", inputs: ["x", "a.weight", "a.bias"], outputs: ["a"],
        attributes: ["transB": .int(1)]),
      Node(
        op, name: "b", inputs: isGemm ? ["a", "b.weight", "b.bias"] : ["a", "b.weight"],
        outputs: ["y"]),
    ]
    if isGemm { nodes[1].set("transB", .int(1)) }
    let network = try redundant(
      Examples.precise(
        Graphs.graph(
          input: ["batch", 5],
          parameters: [
            ("a.weight", [8, 5]), ("a.bias", [8]), ("b.weight", isGemm ? [3, 8] : [8, 3]),
            ("b.bias", [3]),
          ], nodes)))
    try check(network, Examples.make(64, [5], targets: nil), bias: isGemm)
  }

  /// The layer after one that is fitted sees what the fit made, and outputs that left are no targets.
  @Test func layersAreFittedInOrderAndToTheOutputsThatAreLeft() throws {
    let network = try redundant(convolutions(groups: 1))
    let coupling = try network.coupling()
    let kept = [
      try Kept(coupling.group(named: "a"), units: [0, 1, 2, 4, 5, 6]),
      try Kept(coupling.group(named: "b"), units: [0, 2, 3]),
    ]
    let cut = try network.cut(keeping: kept)
    let (repaired, report) = try cut.reconstructed(
      like: network, keeping: kept,
      on: Calibration(Examples.make(32, [3, 9, 8], targets: nil), batchSize: 16))
    #expect(report.layers.map(\.layer) == ["b (Conv)", "c (Conv)"])
    #expect(report.layers[0].after < 1e-7)
    // Filters 0, 2 and 3 of b came back exactly, so c is fitted to the right inputs: the optimum
    // leaves a residual that is orthogonal to them, and less of it than the cut weights.
    #expect(report.layers[1].after < report.layers[1].before)
    let inputs = try Examples.make(8, [3, 9, 8], targets: nil, seed: 40).batch(Array(0..<8)).inputs
    guard case .values(let x, let shape) = inputs else { return }
    let input = try Tensor(x, shape: shape).to(type: .float64)
    let full = try #require(Model(network).run(["x": input], observing: ["b"])["b"])
    let small = try #require(Model(repaired).run(["x": input], observing: ["b"])["b"])
    let same = try full.indexSelect(axis: 1, Tensor([0, 2, 3] as [Int64]))
    #expect(try (same - small).abs().max().scalar() < 1e-9)
  }

  /// What is in flight may be kept from layer to layer or not: the weights are the same. A layer with
  /// too few samples, or one that is no product, is left as it is, with the reason.
  @Test func layersThatCannotBeFittedAreNamed() throws {
    let network = try convolutions(groups: 1)
    let group = try network.coupling().group(named: "a")
    let kept = [try Kept(group, units: [0, 1, 2, 4])]
    let cut = try network.cut(keeping: kept)
    let few = try cut.reconstructed(
      like: network, keeping: kept, on: Calibration(Examples.make(4, [3, 9, 8], targets: nil)))
    #expect(few.network == cut && few.report.layers.isEmpty)
    #expect(few.report.skipped.map(\.layer) == ["b (Conv)"])
    #expect(few.report.skipped[0].reason.contains("40 samples are too few for 25 unknowns"))
  }

  // MARK: re-estimation

  @Test func runningStatisticsAreTheMeansOverBatches() throws {
    var network = try Graphs.graph(
      input: ["batch", 2, 3], parameters: [("s", [2]), ("b", [2])],
      [
        Node("Dropout", name: "drop", inputs: ["x"], outputs: ["d"]),
        Node(
          "BatchNormalization", name: "norm", inputs: ["d", "s", "b", "m", "v"], outputs: ["y"]),
      ])
    for name in ["m", "v"] {
      network.initializers[name] = Initializer(
        try TensorData([7, 8] as [Float], shape: [2]), role: .buffer)
    }
    let dataset = try Examples.make(7, [2, 3], targets: nil)
    let calibration = Calibration(dataset, batchSize: 3, seed: 2)
    let (found, report) = try network.reestimated(on: calibration)
    #expect(report.layers == ["norm (BatchNormalization)"] && report.skipped.isEmpty)
    let model = try Model(network)
    var (means, variances) = ([0.0, 0.0], [0.0, 0.0])
    for index in 0..<2 {
      let x = try calibration.batch(index, for: model).inputs[0].values(as: Float.self)
      for channel in 0..<2 {
        let values = (0..<3).flatMap { example in
          (0..<3).map { Double(x[example * 6 + channel * 3 + $0]) }
        }
        let mean = values.reduce(0, +) / 9
        means[channel] += mean / 2
        variances[channel] += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 8 / 2
      }
    }
    for (name, expected) in [("m", means), ("v", variances)] {
      let values = try Graphs.elements(found, name)
      #expect(zip(values, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 }, "\(name)")
    }
    #expect(found.initializers["s"] == network.initializers["s"] && found.nodes == network.nodes)
  }

  @Test func normalizationsThatCannotBeEstimatedAreNamed() throws {
    var network = try Graphs.graph(
      input: [1, 2], parameters: [("s", [2]), ("b", [2])],
      [Node("BatchNormalization", name: "n", inputs: ["x", "s", "b", "m", "v"], outputs: ["y"])])
    for name in ["m", "v"] {
      network.initializers[name] = Initializer(
        try TensorData([7, 8] as [Float], shape: [2]), role: .buffer)
    }
    let calibration = Calibration(try Examples.make(6, [2], targets: nil), batchSize: 3)
    let (found, report) = try network.reestimated(on: calibration)
    #expect(found == network && report.layers.isEmpty)
    #expect(report.skipped.first?.reason.contains("one example has no variance") == true)
  }

  // MARK: real data

  /// LeNet-5 trained on a slice of MNIST, half of every layer cut: the repair takes away most of what
  /// the cut has cost, on examples of the test split that nothing has looked at.
  @Test(arguments: ["taylor", "l2"])
  func repairsLowerTheLossOfARealNetwork(criterion: String) throws {
    let project = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4).joined(separator: "/")
    let source = try DatasetCatalog.source("\(project)/Data/mnist")
    let (train, test) = (try source.load(.train), try source.load(.test))
    let model = try Model(Architectures.named("lenet-5").network(seed: 1))
    let trainer = try Trainer(
      model: model, loss: CrossEntropy(), optimizer: SGD(momentum: 0.9),
      schedule: ConstantRate(0.05),
      loader: DataLoader(Subset(of: train, at: Array(0..<2048)), batchSize: 64, seed: 1),
      length: .epochs(2), seed: 1)
    _ = try trainer.run()
    let network = try model.snapshot()
    let calibration = Calibration(train, batchSize: 64, batches: 16)
    let pruner = Pruner(
      criterion: try Criteria.named(criterion), allocation: Uniform(),
      target: try Target(parsing: "macs=0.3"))
    let plan = try pruner.plan(for: network, on: calibration)
    let cut = try network.cut(keeping: plan.kept)
    let outcome = try Repair(on: calibration)(cut, of: network, keeping: plan.kept)
    let reconstruction = try #require(outcome.reconstruction)
    #expect(reconstruction.layers.count == 3 && reconstruction.skipped.isEmpty)
    #expect(outcome.reestimation?.layers == [])
    let repaired = try #require(outcome.steps.last).network
    let quality = try Quality.measure(
      [network, cut, repaired], on: Calibration(test, batchSize: 64, batches: 16))
    let losses = try quality.map { try #require($0.loss) }
    let accuracies = try quality.map { try #require($0.accuracy) }
    #expect(accuracies[0] > 0.85 && accuracies[1] < accuracies[0])
    #expect(accuracies[2] > accuracies[1])
    #expect(losses[2] < losses[1] && losses[2] - losses[0] < 0.5 * (losses[1] - losses[0]))
    #expect(quality[2].outputError < quality[1].outputError && quality[0].outputError == 0)
    // The same again, bit for bit.
    let again = try Repair(on: calibration)(cut, of: network, keeping: plan.kept)
    #expect(try #require(again.steps.last).network == repaired)
  }
}
