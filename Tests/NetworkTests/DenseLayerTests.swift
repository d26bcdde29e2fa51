// Layers that nothing can leave are named with the reason; those that lose anything are not.

import OrderedCollections
import Testing

@testable import Network

@Suite struct DenseLayerTests {
  private static func dense(_ network: Network) throws -> [DenseLayer] {
    try network.coupling().denseLayers(of: network, network.cost())
  }

  @Test func layersThatLoseInputsOrOutputsAreNot() throws {
    var b = NetworkBuilder("plain", input: ["batch", 3, 4, 4])
    let x = try b.conv("b", b.relu(b.conv("a", b.input, 6, kernel: 3)), 5, kernel: 1)
    let network = try b.finish(b.linear("head", b.flatten(b.globalAveragePool(x)), 4))
    #expect(try Self.dense(network) == [])
  }

  @Test func aLayerBetweenInputAndOutputIs() throws {
    var b = NetworkBuilder("single", input: ["batch", 3, 4, 4])
    let network = try b.finish(b.conv("only", b.input, 6, kernel: 1))
    let dense = try Self.dense(network)
    #expect(dense.map(\.node) == ["only (Conv)"])
    #expect(dense.map(\.macs) == [3 * 6 * 16])
    #expect(dense.first?.reasons.contains { $0.contains("output of the network") } == true)
  }

  @Test func layersAroundABarrierAre() throws {
    var b = NetworkBuilder("barred", input: ["batch", 3, 4, 4])
    let x = try b.relu(b.conv("a", b.input, 6, kernel: 3))
    var network = try b.finish(b.conv("b", x, 5, kernel: 1))
    let relu = try #require(network.nodes.firstIndex { $0.op == "Relu" })
    network.nodes[relu].op = "Mystery"
    network.nodes[relu].domain = "com.example"
    network.annotations[x] = ValueInfo(x, .float32, ["batch", 6, 2, 2])
    let dense = try Self.dense(network)
    #expect(dense.map(\.node) == ["a (Conv)", "b (Conv)"])
    #expect(dense.first?.reasons.contains { $0.contains("Mystery) is a barrier") } == true)
    #expect(dense.allSatisfy { !$0.reasons.isEmpty })
  }
}
