// Graphs inside nodes: choices and loops, and what they take from the graphs around them.

import Network
import OrderedCollections
import Testing
import Torch

@testable import Execution

@Suite struct SubgraphTests {
  private func graph(
    _ inputs: [String], _ outputs: [String], _ nodes: [Node],
    _ initializers: OrderedDictionary<String, Initializer> = [:]
  ) -> Network {
    Network(
      name: "body", inputs: inputs.map { ValueInfo($0, nil) },
      outputs: outputs.map { ValueInfo($0, nil) }, nodes: nodes, initializers: initializers)
  }

  private func node(
    _ op: String, _ inputs: [String], _ output: String,
    _ attributes: OrderedDictionary<String, Attribute> = [:]
  ) -> Node {
    Node(op, name: output, inputs: inputs, outputs: [output], attributes: attributes)
  }

  private func run(_ network: Network, _ given: [String: Tensor]) throws -> [String: [Float]] {
    try Model(network).run(given).mapValues { try $0.values(as: Float.self) }
  }

  /// Both branches take a value from outside, one through a graph within the graph.
  @Test func choicesCaptureValues() throws {
    let inner = node(
      "If", ["condition"], "z",
      [
        "then_branch": .graph(graph([], ["a"], [node("Mul", ["x", "w"], "a")])),
        "else_branch": .graph(graph([], ["a"], [node("Neg", ["x"], "a")])),
      ])
    let outer = node(
      "If", ["condition"], "y",
      [
        "then_branch": .graph(graph([], ["z"], [inner])),
        "else_branch": .graph(graph([], ["b"], [node("Add", ["x", "w"], "b")])),
      ])
    var network = graph(["x", "condition"], ["y"], [outer])
    network.initializers["w"] = Initializer(TensorData(vector: [Float(3), 4]), role: .parameter)
    let x = try Tensor([1, 2] as [Float])
    #expect(try run(network, ["x": x, "condition": Tensor(true)])["y"] == [3, 8])
    #expect(try run(network, ["x": x, "condition": Tensor(false)])["y"] == [4, 6])
  }

  /// Gradients reach a parameter through a loop: d/dw of x w^3.
  @Test func loopsCarryAndCollect() throws {
    let body = graph(
      ["round", "goes", "v"], ["same", "next", "next"],
      [node("Identity", ["goes"], "same"), node("Mul", ["v", "w"], "next")])
    let loop = Node(
      "Loop", name: "loop", inputs: ["limit", "", "x"], outputs: ["last", "all"],
      attributes: ["body": .graph(body)])
    var network = graph(["x"], ["last", "all"], [loop])
    network.initializers["w"] = Initializer(TensorData(vector: [Float(2), 3]), role: .parameter)
    network.initializers["limit"] = Initializer(TensorData(scalar: Int64(3)), role: .constant)
    let model = try Model(network)
    let found = try model.run(["x": Tensor([1, 1] as [Float])])
    #expect(try found["last"]?.values(as: Float.self) == [8, 27])
    #expect(try found["all"]?.shape == [3, 2])
    #expect(try found["all"]?.values(as: Float.self) == [2, 3, 4, 9, 8, 27])
    let slope = try gradients(
      of: #require(found["last"]).sum(), with: [#require(model.parameters["w"])])
    #expect(try slope[0].values(as: Float.self) == [12, 27])
  }

  /// A loop ends when its graph says so, and one that never begins gives back what it got.
  @Test func loopsEnd() throws {
    let body = graph(
      ["round", "goes", "v"], ["more", "next"],
      [node("Add", ["v", "v"], "next"), node("Less", ["next", "border"], "more")])
    let loop = Node(
      "Loop", name: "loop", inputs: ["", "begin", "x"], outputs: ["y"],
      attributes: ["body": .graph(body)])
    var network = graph(["x", "begin"], ["y"], [loop])
    network.initializers["border"] = Initializer(TensorData(scalar: Float(20)), role: .constant)
    let x = try Tensor(Float(3))
    #expect(try run(network, ["x": x, "begin": Tensor(true)])["y"] == [24])
    #expect(try run(network, ["x": x, "begin": Tensor(false)])["y"] == [3])
  }

  /// Running sums, forwards and backwards, along the second axis.
  @Test func scansGoBothWays() throws {
    let body = graph(
      ["s", "x"], ["t", "t"], [node("Add", ["s", "x"], "t")])
    for backwards: Int64 in [0, 1] {
      let scan = Node(
        "Scan", name: "scan", inputs: ["zero", "x"], outputs: ["last", "sums"],
        attributes: [
          "body": .graph(body), "num_scan_inputs": .int(1), "scan_input_axes": .ints([1]),
          "scan_output_axes": .ints([1]), "scan_input_directions": .ints([backwards]),
          "scan_output_directions": .ints([backwards]),
        ])
      var network = graph(["x"], ["last", "sums"], [scan])
      network.initializers["zero"] = Initializer(
        TensorData(vector: [Float(0), 0]), role: .constant)
      let found = try run(network, ["x": Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])])
      #expect(found["last"] == [6, 15])
      #expect(found["sums"] == (backwards == 0 ? [1, 3, 6, 4, 9, 15] : [6, 5, 3, 15, 11, 6]))
    }
  }

  @Test func graphsThatDoNotFitAreRefused() throws {
    let body = graph(["round", "goes"], ["goes"], [])
    let loop = Node(
      "Loop", name: "loop", inputs: ["limit", "", "x"], outputs: ["y"],
      attributes: ["body": .graph(body)])
    var network = graph(["x"], ["y"], [loop])
    network.initializers["limit"] = Initializer(TensorData(scalar: Int64(2)), role: .constant)
    let model = try Model(network)
    #expect(throws: ExecutionError.self) { try model.run(["x": Tensor(Float(1))]) }
    network.nodes = [node("If", ["x"], "y")]
    #expect(throws: ExecutionError.self) { _ = try Model(network) }
    let unknown = graph([], ["a"], [node("Mystery", ["x"], "a")])
    network.nodes = [
      node("If", ["x"], "y", ["then_branch": .graph(unknown), "else_branch": .graph(unknown)])
    ]
    #expect(throws: ExecutionError.self) { _ = try Model(network) }
  }
}
