// What cannot be pruned says which node is to blame, and why.

import Testing

@testable import Network

@Suite struct FrozenReasonsTests {
  /// The reasons for the channels of a convolution `a` to stay before what `next` adds.
  private static func reasons(
    _ next: (inout NetworkBuilder, String) throws -> String
  ) throws -> [String] {
    var (b, x) = try OperatorsCouplingTests.start(8)
    x = try next(&b, x)
    return try b.finish(x).coupling().group(named: "a").frozen
  }

  @Test func ranking() throws {
    let found = try Self.reasons { b, x in
      let y = try b.add(
        "TopK", name: "best", [x, b.integers("k", [3])], ["axis": .int(1)], outputs: 2)
      return try b.flatten(b.conv("c", y, 2, kernel: 1))
    }
    #expect(found.contains("best (TopK): it ranks along this axis"))
  }

  @Test func writingByIndex() throws {
    let found = try Self.reasons { b, x in
      let places = b.tensor(
        "places", try TensorData([Int64](repeating: 1, count: 4), shape: [1, 1, 2, 2]),
        role: .constant)
      let updates = b.tensor(
        "updates", try TensorData([Float](repeating: 1, count: 4), shape: [1, 1, 2, 2]),
        role: .constant)
      let y = try b.add(
        "ScatterElements", name: "write", [x, places, updates], ["axis": .int(1)])
      return try b.flatten(b.conv("c", y, 2, kernel: 1))
    }
    #expect(found.contains("write (ScatterElements): its indices count along this axis"))
  }

  @Test func computedIndices() throws {
    let found = try Self.reasons { b, x in
      let best = try b.add(
        "ArgMax", name: "best", [x], ["axis": .int(2), "keepdims": .int(0)])
      let list = try b.add("Reshape", name: "list", [best, b.integers("all", [-1])])
      let y = try b.add("Gather", name: "pick", [x, list], ["axis": .int(1)])
      return try b.flatten(y)
    }
    #expect(found.contains("pick (Gather): its indices count along this axis"))
  }

  @Test func diagonals() throws {
    let found = try Self.reasons { b, x in
      let y = try b.add("Einsum", name: "scores", [x, x], ["equation": .string("bchw,bdhw->bcd")])
      let z = try b.add("Einsum", name: "trace", [y], ["equation": .string("bcc->b")])
      return try b.add("Unsqueeze", name: "u", [z, b.integers("one", [1])])
    }
    #expect(found.contains("trace (Einsum): its equation takes a diagonal of this axis"))
  }

  @Test func captures() throws {
    // A branch of an If uses the channels of `a` without naming them as an input.
    var (b, x) = try OperatorsCouplingTests.start(8)
    x = try b.conv("c", x, 2, kernel: 1)
    var network = try b.finish(b.flatten(b.conv("d", b.relu(x), 2, kernel: 1)))
    var branch = Network(name: "branch", outputs: [ValueInfo("sum", .float32, [])])
    branch.nodes = [Node("ReduceMax", name: "most", inputs: ["a"], outputs: ["sum"])]
    network.initializers["condition"] = Initializer(TensorData(scalar: true), role: .constant)
    network.nodes.append(
      Node(
        "If", name: "which", inputs: ["condition"], outputs: ["extra"],
        attributes: ["then_branch": .graph(branch), "else_branch": .graph(branch)]))
    network.outputs.append(ValueInfo("extra", .float32, []))
    let coupling = try network.coupling()
    #expect(
      try coupling.group(named: "a").frozen.contains {
        $0.hasPrefix("which (If) is a barrier") && $0.hasSuffix("its subgraph captures 'a'")
      })
    #expect(
      coupling.barriers.map(\.reason) == ["what is inside its branches is kept as it is"])
    // What it does not touch stays free.
    #expect(coupling.groups.map(\.name) == ["c"])
    let small = try network.cut(keeping: [Kept(coupling.group(named: "c"), units: [1])])
    #expect(small.nodes.last?.subgraphs.count == 2)
  }

  /// What is said of control flow whose results have no known type: never that its operator is unknown.
  @Test func gapsOfControlFlow() throws {
    func graph(_ inputs: [String], _ outputs: [String], _ nodes: [Node]) -> Attribute {
      .graph(
        Network(
          name: "inner", inputs: inputs.map { ValueInfo($0) },
          outputs: outputs.map { ValueInfo($0) },
          nodes: nodes))
    }
    func reason(_ node: Node) throws -> String {
      var network = Network(
        name: "n", inputs: [ValueInfo("x", .float32, [2, 3]), ValueInfo("c", .bool, [])],
        outputs: [ValueInfo("y")])
      network.initializers["limit"] = Initializer(TensorData(scalar: Int64(4)), role: .constant)
      network.nodes = [node]
      let gaps = try network.infer().gaps
      #expect(gaps.count == 1)
      return gaps.first?.reason ?? ""
    }
    func choice(_ first: [Node], _ second: [Node]) -> Node {
      Node(
        "If", name: "if", inputs: ["c"], outputs: ["y"],
        attributes: [
          "then_branch": graph([], ["a"], first), "else_branch": graph([], ["a"], second),
        ])
    }
    let plain = Node("Neg", name: "neg", inputs: ["x"], outputs: ["a"])
    let turned = Node(
      "Transpose", name: "turn", inputs: ["x"], outputs: ["a"], attributes: ["perm": .ints([1, 0])])
    let strange = Node("Mystery", name: "m", inputs: ["x"], outputs: ["a"])
    #expect(
      try reason(choice([plain], [turned]))
        == "'y' is float32 [2, 3] in one branch and float32 [3, 2] in the other")
    #expect(
      try reason(choice([plain], [strange])) == "the types of what its branches give cannot be told"
    )
    func loop(_ body: [Node]) -> Node {
      Node(
        "Loop", name: "loop", inputs: ["", "c", "x"], outputs: ["y", "all"],
        attributes: ["body": graph(["i", "go", "v"], ["same", "a", "a"], body)])
    }
    let on = Node("Identity", name: "on", inputs: ["go"], outputs: ["same"])
    #expect(
      try reason(loop([on, Node("Neg", name: "", inputs: ["v"], outputs: ["a"])]))
        == "how many rounds it takes is not known before it runs")
    #expect(
      try reason(loop([on, Node("Mystery", name: "", inputs: ["v"], outputs: ["a"])]))
        == "what it carries from round to round changes its type, or the type cannot be told")
    let scan = Node(
      "Scan", name: "scan", inputs: ["x"], outputs: ["y"],
      attributes: ["num_scan_inputs": .int(1), "body": graph(["v"], ["a"], [strange])])
    #expect(try reason(scan) == "the types of what its body gives cannot be told")
  }

  /// A convolution whose kernel spans several places does not let them change; one of single elements
  /// does.
  @Test func placesOfConvolutions() throws {
    func groups(kernel: Int) throws -> [String] {
      var b = NetworkBuilder("tokens", input: ["batch", 4, 6])
      let x = try b.add("MatMul", name: "in", [b.input, b.weight("in.weight", [6, 8])])
      let mixed = try b.add(
        "Conv", name: "mix", [x, b.weight("mix.weight", [4, 4, kernel])],
        ["pads": .ints([Int64(kernel / 2), Int64(kernel / 2)])])
      return try b.finish(
        b.add("MatMul", name: "out", [mixed, b.weight("out.weight", [8, 5])])
      ).coupling().groups.map(\.name)
    }
    #expect(try groups(kernel: 1).contains("in"))
    #expect(try !groups(kernel: 3).contains("in"))
  }
}
