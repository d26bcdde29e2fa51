// Small sound models to start from: one of every way in which units hang together.

import Foundation
import Network
import ONNX
import OrderedCollections

/// Small sound models to start from, beside those of the folder a run is given.
enum Samples {
  /// The models, encoded, in a fixed order.
  static func encoded(in folder: String) throws -> [[UInt8]] {
    try networks().map { network in
      let path = "\(folder)/sample.onnx"
      try ONNXModel(network).write(to: path)
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }

  static func networks() throws(NetworkError) -> [Network] {
    [
      try residual(), try dense(), try grouped(), try excited(), try recurrent(), try attention(),
      try branching(), try quantized(),
    ]
  }

  private static func residual() throws(NetworkError) -> Network {
    var b = NetworkBuilder("residual", input: ["N", 2, 6, 6], seed: 1)
    var x = try b.relu(
      try b.batchNorm("bn1", try b.conv("conv1", b.input, 4, kernel: 3, padding: 1)))
    let y = try b.batchNorm("bn2", try b.conv("conv2", x, 4, kernel: 3, padding: 1))
    x = try b.relu(try b.add("Add", name: "sum", [x, y]))
    x = try b.flatten(try b.maxPool(x, 2))
    return try b.finish(try b.linear("fc", x, 3))
  }

  private static func dense() throws(NetworkError) -> Network {
    var b = NetworkBuilder("dense", input: ["N", 2, 4, 4], seed: 2)
    var x = b.input
    for layer in 0..<3 {
      let y = try b.relu(try b.conv("conv\(layer)", x, 3, kernel: 3, padding: 1))
      x = try b.concat("join\(layer)", [x, y])
    }
    x = try b.add(
      "Split", name: "split", [x, b.integers("sizes", [5, 6])], ["axis": .int(1)], outputs: 2)
    x = try b.relu(try b.conv("last", "split.1", 4, kernel: 1))
    return try b.finish(try b.linear("fc", try b.flatten(try b.globalAveragePool(x)), 2))
  }

  private static func grouped() throws(NetworkError) -> Network {
    var b = NetworkBuilder("grouped", input: ["N", 2, 4, 4], seed: 3)
    var x = try b.conv("conv1", b.input, 8, kernel: 1)
    x = try b.add("Reshape", name: "apart", [x, b.integers("five", [0, 2, 4, 4, 4])])
    x = try b.add("Transpose", name: "shuffle", [x], ["perm": .ints([0, 2, 1, 3, 4])])
    x = try b.add("Reshape", name: "together", [x, b.integers("four", [0, 8, 4, 4])])
    let weight = try b.weight("conv2.weight", [8, 4, 3, 3])
    x = try b.add(
      "Conv", name: "conv2", [x, weight], ["group": .int(2), "pads": .ints([1, 1, 1, 1])])
    x = try b.add("DepthToSpace", name: "shift", [x], ["blocksize": .int(2)])
    let transposed = try b.weight("up.weight", [2, 3, 2, 2])
    x = try b.add("ConvTranspose", name: "up", [x, transposed], ["strides": .ints([2, 2])])
    return try b.finish(try b.conv("head", x, 2, kernel: 1))
  }

  private static func excited() throws(NetworkError) -> Network {
    var b = NetworkBuilder("excited", input: ["N", 2, 4, 4], seed: 4)
    var x = try b.conv("expand", b.input, 6, kernel: 1)
    let depthwise = try b.weight("depthwise.weight", [6, 1, 3, 3])
    x = try b.add(
      "Conv", name: "depthwise", [x, depthwise], ["group": .int(6), "pads": .ints([1, 1, 1, 1])])
    x = try b.squeezeExcitation("se", x, hidden: 2)
    x = try b.add(
      "InstanceNormalization", name: "norm",
      [x, b.vector("norm.scale", 1, count: 6), b.vector("norm.shift", 0, count: 6)])
    x = try b.add(
      "Pad", name: "pad", [x, b.integers("pads", [0, 0, 1, 1, 0, 0, 1, 1])],
      ["mode": .string("reflect")])
    return try b.finish(try b.conv("head", try b.add("HardSwish", name: "act", [x]), 2, kernel: 1))
  }

  private static func recurrent() throws(NetworkError) -> Network {
    var b = NetworkBuilder("recurrent", input: ["N", 5], type: .int64, seed: 5)
    let x = try b.embedding("words", b.input, count: 7, width: 4)
    let y = try b.lstm("lstm", x, hidden: 3)
    return try b.finish(try b.linear("fc", y, 2))
  }

  private static func attention() throws(NetworkError) -> Network {
    var b = NetworkBuilder("attention", input: ["N", 3, 8], seed: 6)
    let size = b.integers("fourth", [0, 3, 2, 4])
    func heads(_ name: String, _ x: String, _ order: [Int64]) throws(NetworkError) -> String {
      let weight = try b.weight("\(name).weight", [8, 8])
      let y = try b.add("MatMul", name: name, [x, weight])
      let z = try b.add("Reshape", name: "\(name).heads", [y, size])
      return try b.add("Transpose", name: "\(name).order", [z], ["perm": .ints(order)])
    }
    let x = try b.add(
      "LayerNormalization", name: "norm",
      [b.input, b.vector("norm.scale", 1, count: 8), b.vector("norm.shift", 0, count: 8)])
    let (q, k) = (try heads("q", x, [0, 2, 1, 3]), try heads("k", x, [0, 2, 3, 1]))
    let v = try heads("v", x, [0, 2, 1, 3])
    let scores = try b.add("Softmax", name: "softmax", [try b.add("MatMul", name: "qk", [q, k])])
    var y = try b.add("MatMul", name: "mix", [scores, v])
    y = try b.add("Transpose", name: "back", [y], ["perm": .ints([0, 2, 1, 3])])
    y = try b.add("Reshape", name: "joined", [y, b.integers("third", [0, 3, 8])])
    y = try b.add("MatMul", name: "o", [y, try b.weight("o.weight", [8, 8])])
    return try b.finish(try b.add("Add", name: "sum", [y, b.input]))
  }

  private static func branching() throws(NetworkError) -> Network {
    var b = NetworkBuilder("branching", input: ["N", 2, 4, 4], seed: 7)
    let x = try b.relu(try b.conv("conv", b.input, 4, kernel: 1))
    var network = try b.finish(
      try b.linear("fc", try b.flatten(try b.globalAveragePool(x)), 2))
    func branch(_ op: String) -> Network {
      Network(
        name: op, outputs: [ValueInfo("\(op).out", .float32, nil)],
        nodes: [Node(op, name: op, inputs: [x], outputs: ["\(op).out"])])
    }
    network.initializers["condition"] = Initializer(TensorData(scalar: true), role: .constant)
    network.nodes.append(
      Node(
        "If", name: "if", inputs: ["condition"], outputs: ["either"],
        attributes: ["then_branch": .graph(branch("Neg")), "else_branch": .graph(branch("Abs"))]))
    network.outputs.append(ValueInfo("either", .float32, nil))
    network.metadata["author"] = "nobody"
    return network
  }

  private static func quantized() throws(NetworkError) -> Network {
    var b = NetworkBuilder("quantized", input: ["N", 2, 4, 4], seed: 8)
    let scale = b.vector("scale", 0.05, count: 4, role: .constant)
    let zero = b.tensor(
      "zero", TensorData(vector: [Int8](repeating: 0, count: 4)), role: .constant)
    let stored = b.tensor(
      "stored", try TensorData((0..<72).map { Int8($0) }, shape: [4, 2, 3, 3]), role: .constant)
    let weight = try b.add(
      "DequantizeLinear", name: "weight", [stored, scale, zero], ["axis": .int(0)])
    let x = try b.relu(
      try b.add("Conv", name: "conv", [b.input, weight], ["pads": .ints([1, 1, 1, 1])]))
    return try b.finish(try b.linear("fc", try b.flatten(x), 3))
  }
}
