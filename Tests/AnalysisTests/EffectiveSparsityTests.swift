// Effective sparsity: removal of all that has no effect changes no bit, and what is left all matters.

import Execution
import Network
import Pruning
import Testing
import Torch

@testable import Analysis

@Suite struct EffectiveSparsityTests {
  /// Networks whose paths run through every way of joining and splitting.
  static let builders: [(name: String, build: @Sendable (UInt64) throws -> Network)] = [
    (
      "linear",
      { try .perceptron("p", hidden: [9, 7, 5], classes: 3, input: [1, 3, 3], seed: $0) }
    ),
    ("convolutions", { try plain(seed: $0) }),
    ("residual", { try residual(seed: $0) }),
    ("concatenation", { try joined(seed: $0) }),
    ("gates", { try gated(seed: $0) }),
  ]

  private static func builder(_ seed: UInt64, image: [Extent] = ["batch", 2, 9, 9])
    -> NetworkBuilder
  {
    NetworkBuilder("net", input: image, seed: seed)
  }

  private static func plain(seed: UInt64) throws -> Network {
    var b = builder(seed)
    var x = try b.relu(b.conv("a", b.input, 5, kernel: 3, padding: 1))
    x = try b.maxPool(b.batchNorm("n", x), 2)
    x = try b.averagePool(b.conv("c", x, 6, kernel: 3, padding: 1, groups: 1), 2)
    x = try b.relu(b.linear("d", b.flatten(x), 7))
    return try b.finish(b.linear("e", x, 4))
  }

  private static func residual(seed: UInt64) throws -> Network {
    var b = builder(seed)
    let x = try b.relu(b.conv("a", b.input, 6, kernel: 3, stride: 2, padding: 1, bias: false))
    let y = try b.conv(
      "b", b.relu(b.conv("d", x, 6, kernel: 3, padding: 1, groups: 6)), 6, kernel: 1)
    let z = try b.paddingShortcut("s", b.sum("sum", x, y), 8, stride: 2)
    let head = try b.flatten(b.globalAveragePool(b.relu(z)))
    return try b.finish(b.linear("e", head, 3))
  }

  private static func joined(seed: UInt64) throws -> Network {
    var b = builder(seed)
    let x = try b.conv("a", b.input, 3, kernel: 1)
    let y = try b.relu(b.conv("c", b.input, 4, kernel: 3, padding: 1))
    let z = try b.conv("d", b.concat("join", [x, y]), 5, kernel: 3, stride: 3)
    return try b.finish(b.linear("e", b.flatten(z), 3))
  }

  private static func gated(seed: UInt64) throws -> Network {
    var b = builder(seed)
    let x = try b.squeezeExcitation("se", b.conv("a", b.input, 6, kernel: 3), hidden: 3)
    return try b.finish(b.linear("e", b.flatten(b.globalAveragePool(x)), 3))
  }

  /// A network with weights, and biases too, left out at random.
  private func sparse(
    _ build: (UInt64) throws -> Network, keeping density: Double, seed: UInt64
  ) throws -> Network {
    var random = SeededGenerator(seed: seed, name: "masks")
    var network = try build(seed)
    var masks = ElementMasks()
    for (name, initializer) in network.initializers where initializer.role == .parameter {
      let keep = initializer.tensor.shape.count > 1 ? density : 0.5
      masks.kept[name] = (0..<initializer.tensor.count).map { _ in random.uniform() < keep }
    }
    // Biases that are drawn as zeros are given values first.
    for name in network.initializers.keys where name.hasSuffix(".bias") {
      guard let shape = network.initializers[name]?.tensor.shape else { continue }
      let values = (0..<shape.reduce(1, *)).map { _ in Float(random.uniform() - 0.5) }
      network.initializers[name]?.tensor = try TensorData(values, shape: shape)
    }
    network = try network.masked(by: masks)
    return network
  }

  private func output(_ network: Network, type: ScalarType, seed: UInt64) throws -> [UInt8] {
    let model = try Model(network, type: type)
    let shape = try #require(network.inputs[0].shape).map { extent in
      if case .fixed(let n) = extent { n } else { 3 }
    }
    let x = try Tensor.randn(shape, Generator(seed: seed), type: type)
    return try model(x).bytes()
  }

  /// The proof of the paper's definition, over networks, densities and seeds.
  @Test(arguments: builders.map(\.name))
  func removingWhatHasNoEffectChangesNoBit(name: String) throws {
    let build = try #require(Self.builders.first { $0.name == name }).build
    var removed = 0
    for seed in UInt64(1)...6 {
      for density in [0.05, 0.15, 0.4] {
        let network = try sparse(build, keeping: density, seed: seed)
        let finding = try EffectiveSparsity.finding(in: network)
        #expect(finding.opaque.isEmpty)
        #expect(finding.total.effective <= finding.total.nonZero)
        #expect(finding.total.onPaths <= finding.total.effective)
        #expect(abs(finding.total.sparsity - network.weightSparsity) < 1e-12)
        #expect(abs(finding.reduced.weightSparsity - finding.total.effectiveSparsity) < 1e-12)
        removed += finding.total.nonZero - finding.total.effective
        for type in [ScalarType.float32, .float64] {
          #expect(
            try output(network, type: type, seed: seed)
              == output(finding.reduced, type: type, seed: seed), "\(name) \(density) \(seed)")
        }
        // Nothing more has no effect.
        let again = try EffectiveSparsity.finding(in: finding.reduced)
        #expect(again.total.effective == again.total.nonZero)
      }
    }
    #expect(removed > 0)
  }

  /// What is called effective is: with positive numbers everywhere nothing cancels, and every single
  /// effective weight changes the output when it is removed; the enumeration is the oracle.
  @Test(arguments: ["linear", "residual", "concatenation"])
  func everyEffectiveWeightMatters(name: String) throws {
    let build = try #require(Self.builders.first { $0.name == name }).build
    for seed in UInt64(11)...12 {
      var network = try sparse(build, keeping: 0.12, seed: seed)
      for (parameter, initializer) in network.initializers where initializer.role == .parameter {
        let values = try initializer.tensor.values(as: Float.self).map { abs($0) }
        network.initializers[parameter]?.tensor = try TensorData(
          values, shape: initializer.tensor.shape)
      }
      let finding = try EffectiveSparsity.finding(in: network)
      let shape = try #require(network.inputs[0].shape).map { extent in
        if case .fixed(let n) = extent { n } else { 1 }
      }
      let x = try Tensor.ones(shape, type: .float64)
      func sums(_ network: Network) throws -> Double {
        try Model(network, type: .float64)(x).sum().scalar()
      }
      let whole = try sums(network)
      var counted = 0
      for (parameter, initializer) in network.initializers
      where initializer.role == .parameter && initializer.tensor.shape.count > 1 {
        let values = try initializer.tensor.values(as: Float.self)
        for index in values.indices where values[index] != 0 {
          var without = values
          without[index] = 0
          var other = network
          other.initializers[parameter]?.tensor = try TensorData(
            without, shape: initializer.tensor.shape)
          if try sums(other) != whole { counted += 1 }
        }
      }
      #expect(counted == finding.total.effective, "\(name) \(seed)")
    }
  }

  /// A chain in which every case can be counted by hand.
  @Test func theCountsOfAChainAreThoseByHand() throws {
    var b = NetworkBuilder("chain", input: ["batch", 2], seed: 1)
    let x = try b.relu(b.linear("a", b.input, 3))
    var network = try b.finish(b.linear("c", b.relu(b.linear("b", x, 3)), 1))
    func set(_ name: String, _ values: [Float]) throws {
      let shape = try #require(network.initializers[name]?.tensor.shape)
      network.initializers[name]?.tensor = try TensorData(values, shape: shape)
    }
    // Unit 0 of a has an input; unit 1 a bias only; unit 2 nothing.
    try set("a.weight", [1, 0, 0, 0, 0, 0])
    try set("a.bias", [0, 1, 0])
    // Unit 0 of b takes all three; unit 1 is used by nobody; unit 2 gets nothing.
    try set("b.weight", [1, 1, 1, 1, 0, 0, 0, 0, 0])
    try set("b.bias", [0, 0, 0])
    try set("c.weight", [1, 0, 1])
    try set("c.bias", [0])
    let count = try EffectiveSparsity.finding(in: network).total
    #expect(count.weights == 6 + 9 + 3 && count.nonZero == 1 + 4 + 2)
    // a00, b00, b01 (carries a bias), c0; without the bias a00, b00, c0.
    #expect(count.effective == 4 && count.onPaths == 3)
    #expect(count.pathSparsity == 1 - 3.0 / 18)
  }

  /// An operator without a rule is taken to pass everything on, and named.
  @Test func whatIsNotFollowedIsNamedAndKept() throws {
    var b = NetworkBuilder("net", input: ["batch", 4], seed: 1)
    let x = try b.linear("a", b.input, 5)
    let y = try b.add("Softmax", name: "soft", [x], ["axis": .int(1)])
    let network = try b.finish(b.linear("c", y, 2))
    let sparse = try network.masked(
      by: ElementMasks(kept: ["a.weight": (0..<20).map { $0 >= 8 }]))
    let finding = try EffectiveSparsity.finding(in: sparse)
    #expect(finding.opaque == ["soft (Softmax)"])
    #expect(finding.total.effective == finding.total.nonZero)
    let report = try EffectiveSparsity().look(at: AnalysisSubject([sparse]))
    #expect(report.notes.first?.contains("soft (Softmax)") == true)
    #expect(report["weights without effect"] == 0)
  }

  /// Reshapes whose shape is computed from a shape, and integers as outputs, are followed or kept.
  @Test func computedShapesAreFollowed() throws {
    var b = NetworkBuilder("net", input: ["batch", 2, 3, 3], seed: 2)
    let x = try b.conv("a", b.input, 4, kernel: 3, padding: 1)
    let shape = try b.add("Shape", name: "shape", [x])
    let first = try b.add(
      "Gather", name: "first", [shape, b.integers("zero", [0])], ["axis": .int(0)])
    let target = try b.add(
      "Concat", name: "target", [first, b.integers("rest", [36])], ["axis": .int(0)])
    let flat = try b.add("Reshape", name: "flat", [x, target])
    var network = try b.finish(b.linear("c", flat, 2))
    network = try network.masked(
      by: ElementMasks(kept: ["c.weight": (0..<72).map { $0 % 36 < 9 }]))
    let finding = try EffectiveSparsity.finding(in: network)
    #expect(finding.opaque.isEmpty)
    // Only the first filter is used.
    #expect(finding.weights.first { $0.name == "a.weight" }?.count.effective == 18)
  }
}
