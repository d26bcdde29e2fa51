// Synaptic flow: conservation by unit and by layer, and against the product of matrices.

import Network
import Pruning
import Testing

@testable import Analysis

@Suite struct SynapticFlowTests {
  private static func residual() throws -> Network {
    var b = NetworkBuilder("net", input: ["batch", 2, 6, 6], seed: 5)
    let x = try b.relu(b.batchNorm("n", b.conv("a", b.input, 5, kernel: 3)))
    let y = try b.conv("c", b.relu(b.conv("b", x, 4, kernel: 3, padding: 1)), 5, kernel: 1)
    let z = try b.maxPool(b.relu(b.sum("sum", x, y)), 2)
    let joined = try b.concat("join", [z, b.conv("d", z, 3, kernel: 1)])
    return try b.finish(b.linear("e", b.flatten(joined), 3))
  }

  @Test func whatGoesIntoAUnitComesOut() throws {
    let networks = [
      try Network.perceptron("p", hidden: [8, 6, 5], classes: 3, input: [1, 3, 3], seed: 2),
      try Self.residual(), try Architectures.named("lenet-5").network(seed: 1),
      try Architectures.named("resnet-20").network(seed: 1),
    ]
    for network in networks {
      let flow = try SynapticFlow.flow(through: network)
      #expect(flow.units.count > 10)
      for (group, unit, incoming, outgoing) in flow.units {
        #expect(incoming > 0)
        #expect(abs(incoming - outgoing) <= 1e-9 * incoming, "\(network.name) \(group) \(unit)")
      }
      let report = try SynapticFlow().look(at: AnalysisSubject([network]))
      #expect(try #require(report["largest imbalance of a unit"]) < 1e-9)
    }
  }

  /// In a chain every layer carries the whole flow, which is the product of the absolute matrices.
  @Test func everyLayerOfAChainCarriesTheWholeFlow() throws {
    let network = try Network.perceptron(
      "p", hidden: [4, 3], classes: 2, input: [1, 1, 5], seed: 9)
    let flow = try SynapticFlow.flow(through: network)
    var row = [Double](repeating: 1, count: 5)
    for name in ["fc1", "fc2", "fc3"] {
      let tensor = try #require(network.initializers["\(name).weight"]?.tensor)
      let values = try tensor.values(as: Float.self).map { abs(Double($0)) }
      let width = row.count
      row = (0..<tensor.shape[0]).map { out in
        (0..<width).reduce(0) { $0 + values[out * width + $1] * row[$1] }
      }
    }
    let product = row.reduce(0, +)
    #expect(abs(flow.total - product) < 1e-12 * product)
    #expect(flow.layers.count == 3)
    for (name, sum) in flow.layers { #expect(abs(sum - product) < 1e-12 * product, "\(name)") }
  }

  /// The check notices a unit that loses some of what it gets.
  @Test func aLossIsSeen() throws {
    let network = try Network.perceptron("p", hidden: [4], classes: 2, input: [1, 1, 5], seed: 9)
    let flow = try SynapticFlow.flow(
      through: network.masked(
        by: ElementMasks(kept: ["fc2.weight": [true, true, true, false, true, true, true, false]])))
    // A unit nobody uses gets nothing: conservation holds for zeros too.
    #expect(flow.units[3].incoming == 0 && flow.units[3].outgoing == 0)
    #expect(flow.units[0].incoming > 0)
  }

  @Test func whatCannotBeMadeLinearIsNamed() throws {
    let network = try Architectures.named("lstm").network(input: [4], seed: 1)
    let error = #expect(throws: AnalysisError.self) {
      _ = try SynapticFlow.flow(through: network)
    }
    #expect("\(try #require(error))".contains("LSTM"))
  }
}
