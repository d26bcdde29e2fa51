// Small graphs written down by hand, whose weights can be told apart, and networks of the catalogue.

import Data
import Network

@testable import Pruning

enum Graphs {
  /// Numbers that differ from each other and lie on both sides of 0.
  static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = RandomState(seed: seed)
    return (0..<count).map { _ in Float(random.uniform() * 2 - 1) }
  }

  /// A graph of the given parameters and nodes, from `x` to `y`.
  static func graph(
    input: [Extent], parameters: [(String, [Int])], _ nodes: [Node]
  ) throws -> Network {
    var network = Network(
      name: "graph", inputs: [ValueInfo("x", .float32, input)],
      outputs: [ValueInfo("y", .float32, nil)])
    for (index, (name, shape)) in parameters.enumerated() {
      network.initializers[name] = Initializer(
        try TensorData(
          numbers(shape.reduce(1, *), seed: UInt64(index)), shape: shape), role: .parameter)
    }
    network.nodes = nodes
    return network
  }

  /// x -> a (6) -> relu -> b (4) -> c (6), which is added to a, -> d (2).
  static func residual() throws -> Network {
    try graph(
      input: ["batch", 3, 5, 5],
      parameters: [
        ("a.weight", [6, 3, 3, 3]), ("a.bias", [6]), ("b.weight", [4, 6, 1, 1]),
        ("c.weight", [6, 4, 1, 1]), ("d.weight", [2, 6, 1, 1]),
      ],
      [
        Node(
          "Conv", name: "a", inputs: ["x", "a.weight", "a.bias"], outputs: ["a"],
          attributes: ["pads": .ints([1, 1, 1, 1])]),
        Node("Relu", name: "r", inputs: ["a"], outputs: ["r"]),
        Node("Conv", name: "b", inputs: ["r", "b.weight"], outputs: ["b"]),
        Node("Conv", name: "c", inputs: ["b", "c.weight"], outputs: ["c"]),
        Node("Add", name: "s", inputs: ["r", "c"], outputs: ["s"]),
        Node("Conv", name: "d", inputs: ["s", "d.weight"], outputs: ["y"]),
      ])
  }

  /// A matrix product whose weight is stored as [outputs, inputs] or as [inputs, outputs].
  static func product(transposed: Bool) throws -> Network {
    try graph(
      input: ["batch", 3],
      parameters: [
        ("a.weight", transposed ? [5, 3] : [3, 5]), ("a.bias", [5]), ("b.weight", [2, 5]),
      ],
      [
        Node(
          "Gemm", name: "a", inputs: ["x", "a.weight", "a.bias"], outputs: ["a"],
          attributes: ["transB": .int(transposed ? 1 : 0)]),
        Node("Relu", name: "r", inputs: ["a"], outputs: ["r"]),
        Node(
          "Gemm", name: "b", inputs: ["r", "b.weight"], outputs: ["y"],
          attributes: ["transB": .int(1)]),
      ])
  }

  /// a (6) -> a depthwise convolution -> b (2).
  static func depthwise() throws -> Network {
    try graph(
      input: ["batch", 3, 5, 5],
      parameters: [
        ("a.weight", [6, 3, 1, 1]), ("dw.weight", [6, 1, 3, 3]), ("b.weight", [2, 6, 1, 1]),
      ],
      [
        Node("Conv", name: "a", inputs: ["x", "a.weight"], outputs: ["a"]),
        Node(
          "Conv", name: "dw", inputs: ["a", "dw.weight"], outputs: ["dw"],
          attributes: ["group": .int(6)]),
        Node("Conv", name: "b", inputs: ["dw", "b.weight"], outputs: ["y"]),
      ])
  }

  /// a (8) -> a convolution of 2 groups (4) -> b (2).
  static func grouped() throws -> Network {
    try graph(
      input: ["batch", 3, 5, 5],
      parameters: [
        ("a.weight", [8, 3, 1, 1]), ("g.weight", [4, 4, 3, 3]), ("b.weight", [2, 4, 1, 1]),
      ],
      [
        Node("Conv", name: "a", inputs: ["x", "a.weight"], outputs: ["a"]),
        Node(
          "Conv", name: "g", inputs: ["a", "g.weight"], outputs: ["g"],
          attributes: ["group": .int(2)]),
        Node("Conv", name: "b", inputs: ["g", "b.weight"], outputs: ["y"]),
      ])
  }

  /// Dense connections: each of three layers sees the input and everything before it.
  static func dense() throws -> Network {
    var b = NetworkBuilder("dense", input: ["batch", 3, 8, 8], seed: 4)
    var x = try b.conv("stem", b.input, 8, kernel: 3, padding: 1)
    for layer in 1...3 {
      let y = try b.relu(b.batchNorm("norm\(layer)", x))
      let new = try b.conv("conv\(layer)", y, 6, kernel: 3, padding: 1, bias: false)
      x = try b.concat("join\(layer)", [x, new])
    }
    x = try b.relu(b.batchNorm("norm", x))
    return try b.finish(b.linear("fc", b.flatten(b.globalAveragePool(x)), 5))
  }

  /// The architectures that the tests of budgets and of the invariant go through.
  static let names = [
    "lenet-300-100", "lenet-5", "resnet-20", "resnet-20-b", "se-resnet-20",
    "mobilenet-v1-cifar", "dense",
  ]

  /// The network `name`, with weights that differ where `seed` is given.
  static func named(_ name: String, seed: UInt64? = 7) throws -> Network {
    if name == "dense" { return try dense() }
    var network = try Architectures.named(name).network(seed: seed)
    // Depthwise weights start so small that nothing of the input would be left at the output.
    for (name, initializer) in network.initializers
    where initializer.tensor.shape.count == 4 && initializer.tensor.shape[1] == 1 {
      let shape = initializer.tensor.shape
      network.initializers[name]?.tensor = try TensorData(
        numbers(initializer.tensor.count, seed: UInt64(shape[0])), shape: shape)
    }
    return network
  }

  /// The elements of a parameter of a network.
  static func elements(_ network: Network, _ name: String) throws -> [Float] {
    guard let initializer = network.initializers[name] else { return [] }
    return try initializer.tensor.values(as: Float.self)
  }
}
