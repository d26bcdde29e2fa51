// Networks are rewritten for another operator set where that says the same, and refused otherwise.

import Network
import OrderedCollections
import Testing

@testable import ONNX

@Suite struct OpsetTests {
  /// The node after rewriting a network that holds it alone, and the network's initializers.
  func rewrite(
    _ node: Node, from: Int, to: Int, _ initializers: OrderedDictionary<String, TensorData> = [:],
    x: [Extent]? = nil
  ) throws -> (node: Node, initializers: OrderedDictionary<String, TensorData>) {
    var model = ONNXModel(
      Network(
        name: "one", inputs: [ValueInfo("x", .float32, x)], nodes: [node],
        initializers: initializers.mapValues { Initializer($0, role: .constant) },
        opsets: ["": from, "org.example": 2]))
    try model.retarget(to: to)
    #expect(model.network.opsets == ["": to, "org.example": 2])
    return (
      try #require(model.network.nodes.first), model.network.initializers.mapValues(\.tensor)
    )
  }

  /// Why rewriting is refused.
  func refusal(
    _ node: Node, from: Int, to: Int, _ initializers: OrderedDictionary<String, TensorData> = [:],
    x: [Extent]? = nil
  ) throws -> String {
    let error = try #require(throws: ONNXError.self) {
      try rewrite(node, from: from, to: to, initializers, x: x)
    }
    #expect("\(error)".hasPrefix("cannot write node "), "\(error)")
    return "\(error)"
  }

  func node(
    _ op: String, _ inputs: [String] = ["x"],
    _ attributes: OrderedDictionary<String, Attribute> = [:], outputs: [String] = ["y"]
  ) -> Node {
    Node(op, name: "n", inputs: inputs, outputs: outputs, attributes: attributes)
  }

  @Test func axesOfReductionsMoveBetweenAttributeAndInput() throws {
    let old = node("ReduceMean", ["x"], ["axes": .ints([2, -1]), "keepdims": .int(0)])
    let up = try rewrite(old, from: 17, to: 21)
    #expect(up.node == node("ReduceMean", ["x", "y_axes"], ["keepdims": .int(0)]))
    #expect(up.initializers == ["y_axes": TensorData(vector: [2, -1] as [Int64])])
    let down = try rewrite(up.node, from: 21, to: 17, up.initializers)
    #expect(down.node == node("ReduceMean", ["x"], ["keepdims": .int(0), "axes": .ints([2, -1])]))
    #expect(down.initializers.isEmpty, "the axes have no user left")

    #expect(try rewrite(node("ReduceMax"), from: 17, to: 18).node == node("ReduceMax"))
    #expect(try rewrite(node("ReduceMax"), from: 18, to: 17).node == node("ReduceMax"))
    #expect(
      try refusal(node("ReduceMax", ["x", "a"]), from: 18, to: 17)
        .contains("its axes 'a' are computed"))
    #expect(
      try refusal(node("ReduceL1", ["x"], ["noop_with_empty_axes": .int(1)]), from: 18, to: 17)
        .contains("without axes it does nothing"))
  }

  /// What stood in attributes before versions 10 to 13 stands at inputs since.
  @Test func attributesOfOldVersionsBecomeInputs() throws {
    let slice = try rewrite(
      node(
        "Slice", ["x"],
        ["starts": .ints([1]), "ends": .ints([3]), "axes": .ints([2]), "note": .int(1)]),
      from: 9, to: 17)
    #expect(
      slice.node == node("Slice", ["x", "y_starts", "y_ends", "y_axes"], ["note": .int(1)]))
    #expect(slice.initializers["y_ends"] == TensorData(vector: [3] as [Int64]))
    let clip = try rewrite(node("Clip", ["x"], ["max": .float(6)]), from: 10, to: 13)
    #expect(clip.node == node("Clip", ["x", "", "y_max"]))
    #expect(clip.initializers == ["y_max": TensorData(scalar: Float(6))])
    let pad = try rewrite(
      node(
        "Pad", ["x"], ["pads": .ints([0, 1]), "value": .float(2), "mode": .string("constant")]),
      from: 10, to: 21)
    #expect(pad.node == node("Pad", ["x", "y_pads", "y_value"], ["mode": .string("constant")]))
    let top = try rewrite(
      node("TopK", ["x"], ["k": .int(3)], outputs: ["y", "i"]), from: 9, to: 13)
    #expect(top.initializers == ["y_k": TensorData(vector: [3] as [Int64])])
    for op in ["ReduceSum", "Squeeze", "Unsqueeze"] {
      let old = node(op, ["x"], ["axes": .ints([1])])
      let up = try rewrite(old, from: 11, to: 13)
      #expect(up.node == node(op, ["x", "y_axes"]))
      #expect(try rewrite(up.node, from: 13, to: 11, up.initializers).node == old)
    }
    let split = node(
      "Split", ["x"], ["axis": .int(1), "split": .ints([2, 4])], outputs: ["a", "b"])
    let parts = try rewrite(split, from: 12, to: 18)
    #expect(parts.node.inputs == ["x", "a_split"])
    #expect(parts.node.attributes == ["axis": .int(1)])
    #expect(try rewrite(parts.node, from: 13, to: 12, parts.initializers).node == split)
    let dropout = try rewrite(node("Dropout", ["x"], ["ratio": .float(0.25)]), from: 11, to: 12)
    #expect(dropout.initializers == ["y_ratio": TensorData(scalar: Float(0.25))])
    #expect(
      try refusal(node("Dropout", outputs: ["y", "mask"]), from: 9, to: 17).contains("truth values")
    )
  }

  @Test func renamedOperators() throws {
    #expect(
      try rewrite(node("Scatter", ["x", "i", "u"]), from: 9, to: 17).node.op == "ScatterElements")
    let up = try rewrite(
      node("Upsample", ["x", "s"], ["mode": .string("nearest")]), from: 9, to: 13)
    #expect(
      up.node
        == node(
          "Resize", ["x", "y_roi", "s"],
          [
            "mode": .string("nearest"),
            "coordinate_transformation_mode": .string("asymmetric"),
            "nearest_mode": .string("floor"),
          ]))
    #expect(up.initializers == ["y_roi": TensorData(vector: [] as [Float])])
  }

  /// Before version 13 a softmax took all axes from its own on.
  @Test func softmaxOverSeveralAxes() throws {
    let last = try rewrite(
      node("Softmax", ["x"], ["axis": .int(1)]), from: 11, to: 13, x: ["n", 10])
    #expect(last.node == node("Softmax", ["x"], ["axis": .int(-1)]))
    var model = ONNXModel(
      Network(
        name: "one", inputs: [ValueInfo("x", .float32, ["n", 3, 4])], outputs: [ValueInfo("y")],
        nodes: [node("Softmax")], opsets: ["": 11]))
    try model.retarget(to: 13)
    #expect(model.network.nodes.map(\.op) == ["Flatten", "Shape", "Softmax", "Reshape"])
    try model.network.validate()
    #expect(try model.network.infer().types["y"]?.shape == [1, 3, 4])
    #expect(
      try refusal(node("Softmax", ["x"], ["axis": .int(1)]), from: 13, to: 12, x: ["n", 3, 4])
        .contains("not known to be the last"))
  }

  @Test func theNameOfNewAxesIsFree() throws {
    let taken = TensorData(scalar: Float(1))
    let up = try rewrite(
      node("ReduceSumSquare", ["x"], ["axes": .ints([0])]), from: 17, to: 18, ["y_axes": taken])
    #expect(up.node.inputs == ["x", "y_axes_"])
    #expect(up.initializers["y_axes"] == taken)
  }

  @Test func splits() throws {
    let old = node("Split", ["x"], ["axis": .int(-1)], outputs: ["a", "b"])
    var new = old
    new.set("num_outputs", .int(2))
    #expect(try rewrite(old, from: 17, to: 21).node == new)
    #expect(try rewrite(new, from: 21, to: 17, x: ["n", 6]).node == old)
    #expect(
      try refusal(new, from: 21, to: 17, x: ["n", 5]).contains("not known to be equal"))
    #expect(try refusal(new, from: 21, to: 17).contains("not known to be equal"))
    let sizes = node("Split", ["x", "sizes"], ["axis": .int(0)], outputs: ["a", "b"])
    #expect(try rewrite(sizes, from: 17, to: 21).node == sizes)
    #expect(try rewrite(sizes, from: 21, to: 17).node == sizes)
  }

  @Test func attributesThatCameLater() throws {
    let cast = node("Cast", ["x"], ["to": .int(10), "saturate": .int(1)])
    #expect(try rewrite(cast, from: 21, to: 17).node == node("Cast", ["x"], ["to": .int(10)]))
    #expect(try rewrite(cast, from: 19, to: 21).node == cast)
    #expect(
      try refusal(node("Cast", ["x"], ["saturate": .int(0)]), from: 19, to: 17)
        .contains("its attribute 'saturate' came with operator set 19"))
    #expect(
      try refusal(node("AveragePool", ["x"], ["dilations": .ints([2, 2])]), from: 21, to: 17)
        .contains("its attribute 'dilations' came with operator set 19"))
  }

  @Test func inputsAndValuesThatCameLater() throws {
    #expect(
      try rewrite(node("Pad", ["x", "p", "", ""]), from: 21, to: 17).node
        == node("Pad", ["x", "p", ""]))
    #expect(
      try refusal(node("Pad", ["x", "p", "", "axes"]), from: 21, to: 17)
        .contains("its input 3 came with operator set 18"))
    #expect(
      try refusal(node("Pad", ["x", "p"], ["mode": .string("wrap")]), from: 21, to: 17)
        .contains("the value 'wrap' of 'mode' came with operator set 19"))
    let sample = node("GridSample", ["x", "g"], ["mode": .string("bilinear")])
    let renamed = node("GridSample", ["x", "g"], ["mode": .string("linear")])
    #expect(try rewrite(sample, from: 17, to: 21).node == renamed)
    #expect(try rewrite(renamed, from: 21, to: 17).node == sample)
  }

  @Test func whatCannotBeSaid() throws {
    #expect(
      try refusal(node("Gelu"), from: 21, to: 17)
        .contains("node n (Gelu) of operator set 21 for operator set 17: the operator came with"))
    #expect(
      try refusal(node("GroupNormalization"), from: 20, to: 21).contains("one value a channel"))
    #expect(try refusal(node("Relu"), from: 8, to: 17).contains("versions 9 to 24"))
    #expect(try refusal(node("Relu"), from: 17, to: 25).contains("versions 9 to 24"))
    #expect(try refusal(node("Relu"), from: 17, to: 10).contains("as far as 11"))
    let quantized = try TensorData(type: .int4, shape: [2], bytes: Bytes([0x21]))
    #expect(
      try refusal(node("Relu"), from: 21, to: 17, ["w": quantized])
        .contains("its element type int4 came with operator set 21"))
  }

  @Test func operatorsOfOtherDomainsAndUnchangedOnesStay() throws {
    var other = node("ReduceMean", ["x"], ["axes": .ints([0])])
    other.domain = "org.example"
    #expect(try rewrite(other, from: 17, to: 21).node == other)
    for op in ["Conv", "Gemm", "BatchNormalization", "MaxPool", "Concat", "Dropout", "Softmax"] {
      #expect(try rewrite(node(op), from: 17, to: 21).node == node(op))
      #expect(try rewrite(node(op), from: 21, to: 17).node == node(op))
    }
  }

  @Test func subgraphsAreRewrittenWithConstantsFromAround() throws {
    let branch = Network(
      name: "then", outputs: [ValueInfo("t")],
      nodes: [
        Node("ReduceMean", name: "mean", inputs: ["x", "axes"], outputs: ["t"])
      ], opsets: ["": 21])
    let axes = TensorData(vector: [1] as [Int64])
    let down = try rewrite(
      node("If", ["c"], ["then_branch": .graph(branch)]), from: 21, to: 17, ["axes": axes])
    let graph = try #require(down.node.subgraphs.first)
    #expect(graph.nodes[0].attributes == ["axes": .ints([1])])
    #expect(graph.opset == 17)
  }

  @Test func functionsAreNotConverted() throws {
    var model = ONNXModel(try Samples.residual())
    model.rest.functions = [Onnx_FunctionProto()]
    model.rest.functions[0].name = "f"
    let error = try #require(throws: ONNXError.self) { try model.retarget(to: 21) }
    #expect("\(error)".contains("functions are not converted"))
  }
}
