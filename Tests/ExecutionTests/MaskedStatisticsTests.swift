// Where a node takes a statistic over units, the masked network takes it over those that stay.

import Network
import OrderedCollections
import Testing

@testable import Execution

@Suite struct MaskedStatisticsTests {
  /// A convolution whose channels are gated by a statistic of theirs.
  private static func gated(
    _ op: String, _ attributes: OrderedDictionary<String, Attribute> = [:],
    axesAsInput: Bool = false
  ) throws -> Network {
    var b = NetworkBuilder("gated", input: ["batch", 3, 4, 4])
    let x = try b.sigmoid(b.conv("a", b.input, 6, kernel: 3, padding: 1))
    let inputs = axesAsInput ? [x, b.integers("axes", [1])] : [x]
    let axes: OrderedDictionary<String, Attribute> = axesAsInput ? [:] : ["axes": .ints([1])]
    let statistic = try b.add(op, name: "statistic", inputs, axes.merging(attributes) { $1 })
    let gate = try b.sigmoid(statistic)
    let product = try b.add("Mul", name: "product", [x, gate])
    return try b.finish(b.linear("head", b.flatten(b.globalAveragePool(product)), 4))
  }

  private static func check(_ network: Network, _ name: String, _ units: [Int]) throws {
    let network = try Samples.randomized(network, seed: 41)
    let group = try network.coupling().group(named: name)
    #expect(group.frozen == [] && !group.mixing.isEmpty)
    try InvariantTests.check(network, [Kept(group, units: units)])
  }

  @Test(arguments: [
    "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
    "ReduceSumSquare", "ReduceLogSumExp",
  ])
  func reductions(op: String) throws { try Self.check(Self.gated(op), "a", [0, 2, 5]) }

  @Test func sumsWhoseAxesAreAnInput() throws {
    try Self.check(Self.gated("ReduceSum", axesAsInput: true), "a", [1, 2])
  }

  /// Means over several axes, of which one loses units.
  @Test func meansOverChannelsAndPixels() throws {
    try Self.check(Self.gated("ReduceMean", ["axes": .ints([1, 2, 3])]), "a", [3, 4])
  }

  /// What divides by a unit that leaves, divides by 1.
  @Test func divisors() throws {
    var b = NetworkBuilder("divided", input: ["batch", 3, 4, 4])
    let x = try b.conv("a", b.input, 6, kernel: 3)
    let y = try b.add("Relu", name: "positive", [b.sigmoid(b.conv("b", b.input, 6, kernel: 3))])
    let quotient = try b.add("Div", name: "quotient", [x, y])
    let network = try b.finish(b.linear("head", b.flatten(b.globalAveragePool(quotient)), 4))
    try Self.check(network, "a", [0, 1, 5])
  }

  /// One group of all channels, as a node and as exporters write it.
  @Test(arguments: ["GroupNormalization", "InstanceNormalization"])
  func oneGroupOfAllChannels(op: String) throws {
    var b = NetworkBuilder("normalized", input: ["batch", 3, 4, 4])
    var x = try b.conv("a", b.input, 6, kernel: 3, padding: 1)
    if op == "GroupNormalization" {
      let vectors = [
        b.vector("scale", 1.5, count: 6, role: .parameter), b.vector("shift", 0.5, count: 6),
      ]
      x = try b.add(op, name: "norm", [x] + vectors, ["num_groups": .int(1)])
    } else {
      let vectors = [b.vector("one", 1, count: 1), b.vector("zero", 0, count: 1)]
      let flat = try b.add("Reshape", name: "flat", [x, b.integers("flat.shape", [0, 1, -1])])
      let norm = try b.add(op, name: "norm", [flat] + vectors)
      x = try b.add("Reshape", name: "back", [norm, b.integers("back.shape", [0, 6, 4, 4])])
      x = try b.add("Mul", name: "scaled", [x, b.weight("scale", [6, 1, 1])])
    }
    let network = try b.finish(b.linear("head", b.flatten(b.globalAveragePool(b.relu(x))), 4))
    try Self.check(network, "a", [0, 2, 3])
  }

  /// Weights standardised by a batch normalisation over what each filter reads.
  @Test func standardisedWeights() throws {
    var b = NetworkBuilder("standardised", input: ["batch", 3, 4, 4])
    let x = try b.relu(b.conv("a", b.input, 6, kernel: 3, padding: 1))
    let weight = try b.weight("b.weight", [4, 6, 3, 3])
    let flat = try b.add("Reshape", name: "flat", [weight, b.integers("flat.shape", [1, 4, -1])])
    let vectors = [
      b.vector("gain", 1.5, count: 4, role: .parameter), b.vector("shift", 0.5, count: 4),
      b.vector("mean", 0, count: 4), b.vector("var", 1, count: 4),
    ]
    let norm = try b.add(
      "BatchNormalization", name: "norm", [flat] + vectors, ["training_mode": .int(1)])
    let back = try b.add("Reshape", name: "back", [norm, b.integers("back.shape", [4, 6, 3, 3])])
    let y = try b.add("Conv", name: "b", [x, back])
    let network = try b.finish(b.linear("head", b.flatten(b.globalAveragePool(b.relu(y))), 4))
    try Self.check(network, "a", [0, 2, 3])
  }

  /// A network in which nothing mixes is masked by its weights alone.
  @Test func nothingIsAddedWhereZeroIsAbsence() throws {
    var b = NetworkBuilder("plain", input: ["batch", 3, 4, 4])
    let x = try b.relu(b.conv("a", b.input, 6, kernel: 3))
    let network = try b.finish(b.linear("head", b.flatten(b.globalAveragePool(x)), 4))
    let group = try network.coupling().group(named: "a")
    let masked = try network.masked(keeping: [Kept(group, units: [0, 3])])
    #expect(masked.nodes == network.nodes)
  }
}
