// `bonsai inspect`: numbers against closed forms, groups, barriers, provenance.

import Network
import OrderedCollections
import Testing

@Suite struct InspectTests {
  @Test func aBuiltInNetworkHasItsKnownNumbers() throws {
    let found = try Program.run(["inspect", "lenet-5", "--json"]).object()
    #expect(found["params"] as? Int == 431_080)
    // 24 x 24 x 20 x 25, 8 x 8 x 50 x 20 x 25, 800 x 500, 500 x 10.
    #expect(found["macs"] as? Int == 288_000 + 1_600_000 + 400_000 + 5_000)
    #expect(found["bytes"] as? Int == 4 * 431_080)
    let layers = try #require(found["layers"] as? [[String: Any]])
    #expect(layers.first?["name"] as? String == "conv1")
    #expect(layers.first?["op"] as? String == "Conv")
    #expect(layers.first?["shape"] as? [Int] == [1, 20, 24, 24])
    #expect(layers.first?["params"] as? Int == 520)
    #expect(layers.first?["macs"] as? Int == 288_000)
    #expect(layers.reduce(0) { $0 + ($1["macs"] as? Int ?? 0) } == found["macs"] as? Int)
  }

  @Test func groupsAreNamedAfterTheirLayers() throws {
    let folder = try TestFolder()
    try folder.put(try Networks.small(), as: "small.onnx")
    let found = try Program.run(["inspect", "small.onnx", "--json"], in: folder).object()
    let groups = try #require(found["groups"] as? [[String: Any]])
    #expect(groups.map { $0["name"] as? String } == ["conv1", "conv2"])
    #expect(groups.map { $0["size"] as? Int } == [8, 12])
    let frozen = try #require(found["frozen"] as? [[String: Any]])
    #expect(frozen.map { $0["name"] as? String } == ["fc"])
    let reasons = try #require(frozen.first?["reasons"] as? [String])
    #expect(reasons.contains { $0.contains("output of the network") })
    let inputs = try #require(found["inputs"] as? [[String: Any]])
    let shape = try #require(inputs.first?["shape"] as? [Any])
    #expect(shape.first as? String == "batch")
    #expect(shape.dropFirst().compactMap { $0 as? Int } == [2, 8, 8])
  }

  @Test func theTableSaysTheSameAsTheJSON() throws {
    let text = try Program.run(["inspect", "resnet-20"]).output
    for word in ["conv1", "params", "MACs", "group", "frozen", "269,722"] {
      #expect(text.contains(word), "\(word)")
    }
  }

  @Test func anUnknownOperatorIsABarrierWithItsReason() throws {
    let folder = try TestFolder()
    var network = try Networks.small()
    let output = network.outputs[0].name
    network.nodes.append(Node("Mystery", name: "m", inputs: [output], outputs: ["riddle"]))
    network.outputs = [ValueInfo("riddle", .float32, nil)]
    try folder.put(network, as: "riddle.onnx")
    let run = try Program.run(["inspect", "riddle.onnx", "--json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let barriers = try #require(try run.object()["barriers"] as? [[String: Any]])
    #expect(barriers.first?["node"] as? String == "m (Mystery)")
    #expect((barriers.first?["reason"] as? String ?? "").contains("not known"))
    let gaps = try #require(try run.object()["gaps"] as? [[String: Any]])
    #expect(gaps.count == 1)
  }

  /// A sparse initializer is kept and looked at, not called a node that the file does not have.
  @Test func sparseTensorsAreABarrierWithTheirReason() throws {
    var network = try Networks.small()
    network.nodes.insert(
      Node(
        "Constant", name: "s", inputs: [], outputs: ["s"],
        attributes: ["sparse_value": .opaque(Bytes([]))]), at: 0)
    network.nodes.append(
      Node("Add", name: "add", inputs: [network.outputs[0].name, "s"], outputs: ["sum"]))
    network.outputs = [ValueInfo("sum", .float32, nil)]
    let gap = try network.infer().gaps.first
    #expect(gap?.reason.contains("sparse tensor") == true)
    #expect(try network.coupling().groups.count == 2)
  }

  @Test func everyBuiltInNetworkCanBeLookedAt() throws {
    for name in Architectures.names {
      let run = try Program.run(["inspect", name, "--json"])
      #expect(run.status == 0, "\(name): \(run.errors)")
    }
  }
}
