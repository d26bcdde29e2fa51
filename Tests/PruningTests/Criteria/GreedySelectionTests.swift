// Greedy against independent sums of filters, and the shortcut that decides what leaves of a residual stream.

import Network
import Testing

@testable import Pruning

@Suite struct GreedySelectionTests {
  /// Three convolutions in a row, 6, 8 and 5 filters.
  private func chain() throws -> Network {
    try Graphs.graph(
      input: ["batch", 3, 9, 9],
      parameters: [
        ("a.weight", [6, 3, 3, 3]), ("b.weight", [8, 6, 3, 3]), ("c.weight", [5, 8, 1, 1]),
        ("d.weight", [2, 5, 1, 1]),
      ],
      [
        Node("Conv", name: "a", inputs: ["x", "a.weight"], outputs: ["a"]),
        Node("Relu", name: "r", inputs: ["a"], outputs: ["r"]),
        Node("Conv", name: "b", inputs: ["r", "b.weight"], outputs: ["b"]),
        Node("Conv", name: "c", inputs: ["b", "c.weight"], outputs: ["c"]),
        Node("Conv", name: "d", inputs: ["c", "d.weight"], outputs: ["y"]),
      ])
  }

  private func pruner(_ fraction: Double = 0.5) throws -> Pruner {
    Pruner(
      criterion: L1(), allocation: Uniform(), target: try Target(.units, .fraction(fraction)))
  }

  @Test func greedyAndIndependentSumsDifferByTheKernelsOfRemovedChannels() throws {
    let network = try chain()
    let greedy = GreedySelection(try pruner())
    let coupling = try network.coupling()
    let a = try Kept(try coupling.group(named: "a"), units: [1, 2, 5])
    let b = try coupling.group(named: "b")
    let independent = try greedy.scores(of: b, in: network, without: [])
    let found = try greedy.scores(of: b, in: network, without: [a])
    let weight = try Graphs.elements(network, "b.weight").map { Double(abs($0)) }
    for filter in 0..<8 {
      let removed = [0, 3, 4].reduce(0.0) { sum, channel in
        sum + weight[(filter * 6 + channel) * 9..<(filter * 6 + channel + 1) * 9].reduce(0, +)
      }
      #expect(removed > 1)
      #expect(abs(independent[filter] - found[filter] - removed) < 1e-9)
    }
  }

  @Test func eachLayerIsChosenByWhatTheLayersBeforeHaveLeft() throws {
    let network = try chain()
    let plan = try pruner().plan(for: network)
    let greedy = try GreedySelection(pruner())(plan, of: network)
    #expect(greedy.kept.map { $0.units.count } == plan.kept.map { $0.units.count })
    #expect(greedy.kept[0] == plan.kept[0], "nothing is before the first layer")
    // By hand, with the channels that are left.
    var channels = greedy.kept[0].units
    for (layer, filters) in [("b.weight", 8), ("c.weight", 5)] {
      let weight = try Graphs.elements(network, layer).map { Double(abs($0)) }
      let inputs = layer == "b.weight" ? 6 : 8
      let places = weight.count / filters / inputs
      let sums = (0..<filters).map { filter in
        channels.reduce(0.0) { sum, channel in
          let start = (filter * inputs + channel) * places
          return sum + weight[start..<start + places].reduce(0, +)
        }
      }
      let kept = try #require(greedy.kept.first { "\($0.group.name).weight" == layer })
      let expected = sums.indices.sorted { (sums[$0], -$0) > (sums[$1], -$1) }
        .prefix(kept.units.count).sorted()
      #expect(kept.units == expected, "\(layer)")
      channels = kept.units
    }
    #expect(greedy.kept != plan.kept, "with these weights the two choices differ")
    let masked = try network.masked(keeping: greedy.kept)
    #expect(try Equivalence.check(masked, network.cut(keeping: greedy.kept)).holds())
  }

  @Test func theShortcutDecides() throws {
    // r carries what a makes, to which c is added: a decides, whatever c's weights are.
    var network = try Graphs.residual()
    let c = try Graphs.elements(network, "c.weight")
    var settings = L1()
    try settings.configure(PartSettings(["coupled": .text("shortcut")]))
    let group = try network.coupling().group(named: "a")
    func scores(_ criterion: L1) throws -> [Double] {
      try criterion.unitScores(of: group, in: Subject(network))
    }
    let a = try Graphs.elements(network, "a.weight").map { Double(abs($0)) }
    let own = (0..<6).map { a[$0 * 27..<($0 + 1) * 27].reduce(0, +) }
    let found = try scores(settings)
    #expect(zip(found, own).allSatisfy { abs($0 - $1) < 1e-9 })
    let both = try scores(L1())
    network.initializers["c.weight"]?.tensor = try TensorData(
      c.map { $0 * 50 }, shape: [6, 4, 1, 1])
    #expect(try scores(settings) == found)
    #expect(try scores(L1()) != both)
  }

  /// Of a stage with a projection it is the projection, and of the first stage the stem.
  @Test func theProjectionDecidesInResNets() throws {
    let network = try Architectures.named("resnet-20-b").network(seed: 2)
    var criterion = L1()
    try criterion.configure(PartSettings(["coupled": .text("shortcut")]))
    for group in try network.coupling().groups {
      let makers = group.producers.filter { $0.role == .parameter }
      let expected =
        makers.count == 1
        ? makers[0]
        : try #require(
          makers.first { maker in
            let shape = network.initializers[maker.value]?.tensor.shape ?? []
            return shape[1] == 3 || shape[2] == 1
          })
      let weight = try Graphs.elements(network, expected.value).map { Double(abs($0)) }
      let size = weight.count / group.size
      let sums = (0..<group.size).map { weight[$0 * size..<($0 + 1) * size].reduce(0, +) }
      let found = try criterion.unitScores(of: group, in: Subject(network))
      #expect(zip(found, sums).allSatisfy { abs($0 - $1) < 1e-6 }, "\(group.name)")
    }
  }
}
