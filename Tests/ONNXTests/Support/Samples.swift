// Small networks that the tests write, read, break and run.

import Network
import OrderedCollections

@testable import ONNX

enum Samples {
  /// Values that differ and are the same every time.
  static func ramp(_ shape: [Int], scale: Float = 0.01) throws -> TensorData {
    let count = shape.reduce(1, *)
    return try TensorData((0..<count).map { Float(($0 * 7919) % 101 - 50) * scale }, shape: shape)
  }

  /// Convolution, batch norm, activation, residual addition, mean and a linear layer.
  static func residual() throws -> Network {
    var network = Network(
      name: "residual", inputs: [ValueInfo("x", .float32, ["batch", 3, 8, 8])],
      outputs: [ValueInfo("y", .float32, ["batch", 5])])
    func parameter(_ name: String, _ shape: [Int]) throws {
      network.initializers[name] = Initializer(try ramp(shape), role: .parameter)
    }
    try parameter("conv.weight", [3, 3, 3, 3])
    try parameter("conv.bias", [3])
    try parameter("bn.scale", [3])
    try parameter("bn.shift", [3])
    network.initializers["bn.mean"] = Initializer(try ramp([3]), role: .buffer)
    network.initializers["bn.variance"] = Initializer(
      TensorData(vector: [1, 2, 3] as [Float]), role: .buffer)
    try parameter("fc.weight", [5, 3])
    try parameter("fc.bias", [5])
    network.nodes = [
      Node(
        "Conv", name: "conv", inputs: ["x", "conv.weight", "conv.bias"], outputs: ["c"],
        attributes: ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])]),
      Node(
        "BatchNormalization", name: "bn",
        inputs: ["c", "bn.scale", "bn.shift", "bn.mean", "bn.variance"], outputs: ["b"],
        attributes: ["epsilon": .float(1e-5)]),
      Node("Relu", name: "relu", inputs: ["b"], outputs: ["r"]),
      Node("Add", name: "add", inputs: ["r", "x"], outputs: ["a"], documentation: "the shortcut"),
      Node(
        "ReduceMean", name: "mean", inputs: ["a"], outputs: ["m"],
        attributes: ["axes": .ints([2, 3]), "keepdims": .int(0)]),
      Node(
        "Gemm", name: "fc", inputs: ["m", "fc.weight", "fc.bias"], outputs: ["y"],
        attributes: ["transB": .int(1)]),
    ]
    network.annotations["c"] = ValueInfo("c", .float32, ["batch", 3, 8, 8])
    network.metadata["author"] = "a test"
    return network
  }

  /// A node with an attribute of every kind, and an `If` whose branches capture an outer value.
  static func attributes() throws -> Network {
    func branch(_ op: String) -> Network {
      Network(
        name: op, outputs: [ValueInfo("\(op).out", .float32, [2])],
        nodes: [Node(op, name: op, inputs: ["x"], outputs: ["\(op).out"])],
        opsets: ["": 17, "org.example": 3])
    }
    return Network(
      name: "attributes",
      inputs: [ValueInfo("x", .float32, [2]), ValueInfo("condition", .bool, [])],
      outputs: [ValueInfo("y", .float32, [2]), ValueInfo("z", nil, nil)],
      nodes: [
        Node(
          "If", name: "if", inputs: ["condition"], outputs: ["y"],
          attributes: ["then_branch": .graph(branch("Neg")), "else_branch": .graph(branch("Abs"))]),
        Node(
          "Everything", name: "all", inputs: ["y", "", "x"], outputs: ["z", ""],
          attributes: [
            "int": .int(.min), "float": .float(-0.0), "string": .string("grün"),
            "tensor": .tensor(TensorData(scalar: Int64(7))),
            "ints": .ints([1, -2, .max]), "none": .ints([]),
            "floats": .floats([.infinity, -.leastNonzeroMagnitude]),
            "strings": .strings(["", "a\0b"]),
            "tensors": .tensors([
              TensorData(vector: [true, false]), try TensorData([Float](), shape: [0, 3]),
            ]),
            "graph": .graph(branch("Exp")), "graphs": .graphs([branch("Sin"), branch("Cos")]),
          ], domain: "org.example"),
      ], opsets: ["": 17, "org.example": 3])
  }
}
