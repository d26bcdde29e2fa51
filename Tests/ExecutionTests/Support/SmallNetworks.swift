// Small networks in which units hang together in every way the operators know.

import Network
import OrderedCollections

/// A small network with a name for messages.
enum SmallNetworks {
  typealias Build = @Sendable () throws -> Network

  static let all: OrderedDictionary<String, Build> = [
    "grouped convolution": groupedConvolution, "depthwise convolution": depthwise,
    "branches": branches, "gated halves": gatedHalves, "channel shuffle": channelShuffle,
    "attention": attention, "perceptron after layer normalisation": perceptron,
    "decoder": decoder, "recurrent layers": recurrent, "bidirectional layers": bidirectional,
    "shared weights": sharedWeights, "stacked pictures": stackedPictures,
    "slices and gathers": slices, "old reductions": reductions,
    "tokens mixed by a convolution": mixedTokens, "stretched channels": stretchedChannels,
  ]

  private static func images(_ name: String, _ channels: Int = 3) -> NetworkBuilder {
    NetworkBuilder(name, input: ["batch", .fixed(channels), 8, 8])
  }

  private static func head(_ b: inout NetworkBuilder, _ x: String) throws -> Network {
    let flat = try b.flatten(b.globalAveragePool(x))
    return try b.finish(b.linear("head", flat, 4))
  }

  static func groupedConvolution() throws -> Network {
    var b = images("groups")
    var x = try b.relu(b.batchNorm("bn", b.conv("a", b.input, 8, kernel: 3, padding: 1)))
    x = try b.conv("grouped", x, 12, kernel: 3, padding: 1, groups: 2)
    x = try b.relu(x)
    x = try b.conv("grouped2", x, 6, kernel: 1, groups: 3)
    return try head(&b, b.conv("last", b.relu(x), 5, kernel: 3))
  }

  static func depthwise() throws -> Network {
    var b = images("depthwise")
    var x = try b.relu6(b.conv("a", b.input, 6, kernel: 1))
    // Two outputs a channel, then one.
    x = try b.conv("twice", x, 12, kernel: 3, padding: 1, groups: 6)
    x = try b.relu(b.batchNorm("bn", x))
    x = try b.conv("once", x, 12, kernel: 3, stride: 2, padding: 1, groups: 12)
    return try head(&b, b.conv("point", x, 5, kernel: 1))
  }

  static func branches() throws -> Network {
    var b = images("branches")
    let stem = try b.relu(b.conv("stem", b.input, 6, kernel: 3, padding: 1))
    let left = try b.conv("left", stem, 4, kernel: 1)
    let right = try b.sigmoid(b.conv("right", stem, 5, kernel: 3, padding: 1))
    let both = try b.concat("both", [left, stem, right, left])
    let narrow = try b.conv("narrow", b.relu(b.batchNorm("bn", both)), 6, kernel: 1)
    let sum = try b.add("Sum", name: "sum", [narrow, stem, narrow])
    let highest = try b.add("Max", name: "max", [sum, b.conv("other", both, 6, kernel: 1)])
    return try head(&b, b.add("Clip", name: "clip", [highest, number(&b, "low", 0.1)]))
  }

  private static func number(_ b: inout NetworkBuilder, _ name: String, _ value: Float) -> String {
    b.tensor(name, TensorData(scalar: value), role: .constant)
  }

  static func gatedHalves() throws -> Network {
    var b = images("halves")
    let x = try b.conv("wide", b.input, 10, kernel: 3)
    let left = try b.add("Split", name: "split", [x], ["axis": .int(1)], outputs: 2)
    let gate = try b.sigmoid("\(left).1")
    let product = try b.add("Mul", name: "mul", [left, gate])
    let slope = try b.weight("slope", [5, 1, 1])
    return try head(
      &b, b.conv("next", b.add("PRelu", name: "prelu", [product, slope]), 3, kernel: 1))
  }

  static func channelShuffle() throws -> Network {
    var b = images("shuffle")
    var x = try b.relu(b.conv("a", b.input, 12, kernel: 1))
    x = try b.add("Reshape", name: "split", [x, b.integers("s1", [-1, 3, 4, 8, 8])])
    x = try b.add("Transpose", name: "swap", [x], ["perm": .ints([0, 2, 1, 3, 4])])
    x = try b.add("Reshape", name: "join", [x, b.integers("s2", [-1, 12, 8, 8])])
    x = try b.conv("b", x, 8, kernel: 1)
    x = try b.add("DepthToSpace", name: "d2s", [x], ["blocksize": .int(2)])
    return try head(&b, b.conv("c", b.relu(x), 4, kernel: 3))
  }

  static func attention() throws -> Network {
    var b = NetworkBuilder("attention", input: ["batch", 5, 6])
    func heads(_ name: String, _ perm: [Int64]) throws -> String {
      var x = try b.add("MatMul", name: name, [b.input, b.weight("\(name).weight", [6, 12])])
      x = try b.add("Add", name: "\(name).add", [x, b.weight("\(name).bias", [12])])
      x = try b.add("Reshape", name: "\(name).heads", [x, b.integers("split", [0, 0, 3, 4])])
      return try b.add("Transpose", name: "\(name).swap", [x], ["perm": .ints(perm)])
    }
    let scores = try b.add(
      "MatMul", name: "scores", [heads("q", [0, 2, 1, 3]), heads("k", [0, 2, 3, 1])])
    let scaled = try b.add("Mul", name: "scaled", [scores, number(&b, "scale", 0.5)])
    let weights = try b.add("Softmax", name: "softmax", [scaled], ["axis": .int(-1)])
    var x = try b.add("MatMul", name: "mixed", [weights, heads("v", [0, 2, 1, 3])])
    x = try b.add("Transpose", name: "back", [x], ["perm": .ints([0, 2, 1, 3])])
    x = try b.add("Reshape", name: "join", [x, b.integers("joined", [0, 0, -1])])
    x = try b.add("MatMul", name: "out", [x, b.weight("out.weight", [12, 6])])
    return try b.finish(b.add("Add", name: "residual", [x, b.input]))
  }

  static func perceptron() throws -> Network {
    var b = NetworkBuilder("perceptron", input: ["batch", 5, 6])
    let scale = try b.weight("ln.weight", [6])
    let x = try b.add("LayerNormalization", name: "ln", [b.input, scale, b.weight("ln.bias", [6])])
    var hidden = try b.add("MatMul", name: "up", [x, b.weight("up.weight", [6, 16])])
    hidden = try b.add("Add", name: "up.add", [b.weight("up.bias", [16]), hidden])
    // The exact GELU written out, as exporters do.
    let erf = try b.add(
      "Erf", name: "erf", [b.add("Div", name: "div", [hidden, number(&b, "root", 1.4142135)])])
    let one = try b.add("Add", name: "one", [erf, number(&b, "1", 1)])
    hidden = try b.add("Mul", name: "gelu", [hidden, one])
    let down = try b.add("MatMul", name: "down", [hidden, b.weight("down.weight", [16, 6])])
    return try b.finish(b.add("Add", name: "residual", [x, down]))
  }

  static func decoder() throws -> Network {
    var b = images("decoder")
    var x = try b.relu(b.conv("a", b.input, 6, kernel: 3, stride: 2, padding: 1))
    x = try b.add(
      "ConvTranspose", name: "up",
      [x, b.weight("up.weight", [6, 5, 2, 2]), b.weight("up.bias", [5])],
      ["strides": .ints([2, 2])])
    x = try b.add(
      "InstanceNormalization", name: "in",
      [x, b.weight("in.weight", [5]), b.weight("in.bias", [5])])
    x = try b.add(
      "Resize", name: "resize",
      [x, "", b.tensor("scales", TensorData(vector: [1, 1, 2, 2] as [Float]), role: .constant)],
      ["mode": .string("linear")])
    x = try b.add("Pad", name: "pad", [x, b.integers("pads", [0, 0, 1, 1, 0, 0, 1, 1])])
    x = try b.add(
      "ConvTranspose", name: "depthwise", [x, b.weight("dw.weight", [5, 1, 3, 3])],
      ["group": .int(5)])
    return try b.finish(b.conv("picture", b.averagePool(x, 2), 3, kernel: 1))
  }

  static func recurrent() throws -> Network {
    var b = NetworkBuilder("recurrent", input: [4, "batch", 3])
    var x = b.input
    var inputs = 3
    for (op, gates, hidden) in [("LSTM", 4, 6), ("GRU", 3, 5), ("RNN", 1, 4)] {
      let weights = [
        try b.weight("\(op).w", [1, gates * hidden, inputs]),
        try b.weight("\(op).r", [1, gates * hidden, hidden]),
        try b.weight("\(op).b", [1, 2 * gates * hidden]),
      ]
      x = try b.add(op, name: op, [x] + weights, ["hidden_size": .int(Int64(hidden))])
      x = try b.add("Squeeze", name: "\(op).squeeze", [x, b.integers("axis", [1])])
      inputs = hidden
    }
    x = try b.add("ReduceMean", name: "mean", [x], ["axes": .ints([0]), "keepdims": .int(0)])
    return try b.finish(b.linear("head", x, 3))
  }

  static func bidirectional() throws -> Network {
    var b = NetworkBuilder("bidirectional", input: [4, "batch", 3])
    var x = try b.add(
      "LSTM", name: "lstm",
      [
        b.input, b.weight("w", [2, 20, 3]), b.weight("r", [2, 20, 5]), b.weight("b", [2, 40]), "",
        "", "", b.weight("p", [2, 15]),
      ], ["hidden_size": .int(5), "direction": .string("bidirectional")])
    x = try b.add("ReduceMean", name: "both", [x], ["axes": .ints([1]), "keepdims": .int(0)])
    x = try b.add("MatMul", name: "linear", [x, b.weight("linear.weight", [5, 6])])
    x = try b.add(
      "Transpose", name: "swap", [b.add("Tanh", name: "tanh", [x])], ["perm": .ints([1, 2, 0])])
    x = try b.add("ReduceMax", name: "max", [x], ["axes": .ints([2]), "keepdims": .int(0)])
    return try b.finish(b.linear("head", x, 3))
  }

  static func sharedWeights() throws -> Network {
    var b = images("shared")
    let weight = try b.weight("shared.weight", [5, 5, 3, 3])
    var x = try b.relu(b.conv("stem", b.input, 5, kernel: 3, padding: 1))
    let pads: OrderedDictionary<String, Attribute> = ["pads": .ints([1, 1, 1, 1])]
    for step in 1...3 { x = try b.relu(b.add("Conv", name: "step\(step)", [x, weight], pads)) }
    return try head(&b, b.conv("last", x, 6, kernel: 1))
  }

  static func stackedPictures() throws -> Network {
    var b = images("stacked")
    var x = try b.relu(b.conv("a", b.input, 5, kernel: 3, stride: 2, padding: 1))
    x = try b.maxPool(x, 2)
    x = try b.linear("fc1", b.flatten(x), 7)
    x = try b.add("Elu", name: "elu", [x])
    // Rows of features and back.
    x = try b.add("Unsqueeze", name: "row", [x, b.integers("axes", [1])])
    x = try b.add("Expand", name: "rows", [x, b.integers("three", [1, 3, 1])])
    x = try b.add("MatMul", name: "mm", [x, b.weight("mm.weight", [7, 6])])
    x = try b.add("Softplus", name: "softplus", [x])
    return try b.finish(b.add("MatMul", name: "end", [x, b.weight("end.weight", [6, 2])]))
  }

  static func slices() throws -> Network {
    var b = images("slices")
    let x = try b.relu(b.conv("a", b.input, 10, kernel: 3))
    let axis = b.integers("axis", [1])
    let head4 = try b.add(
      "Slice", name: "front", [x, b.integers("0", [0]), b.integers("4", [4]), axis])
    let tail = try b.add(
      "Slice", name: "back", [x, b.integers("4", [4]), b.integers("10", [10]), axis])
    let first = try b.conv("front.conv", head4, 5, kernel: 1)
    let second = try b.conv("back.conv", tail, 5, kernel: 1)
    let sum = try b.add("Sub", name: "sub", [first, second])
    let order = b.integers("order", [3, 1, 4, 0, 2])
    let picked = try b.add("Gather", name: "gather", [sum, order], ["axis": .int(1)])
    // The same in the way of exporters that write lists of indices as tuples of one.
    let front = try b.add("Transpose", name: "to front", [picked], ["perm": .ints([1, 0, 2, 3])])
    let tuples = b.tensor(
      "tuples", try TensorData([4, 3, 2, -4, 0] as [Int64], shape: [5, 1]), role: .constant)
    let turned = try b.add("GatherND", name: "tuples of one", [front, tuples])
    let back = try b.add("Transpose", name: "back", [turned], ["perm": .ints([1, 0, 2, 3])])
    return try head(&b, b.conv("last", back, 4, kernel: 3))
  }

  static func reductions() throws -> Network {
    var b = images("reductions")
    let x = try b.relu(b.conv("a", b.input, 8, kernel: 3))
    let mean = try b.add("ReduceMean", name: "mean", [x], ["axes": .ints([2, 3])])
    let norm = try b.add("ReduceL2", name: "norm", [x], ["axes": .ints([2, 3])])
    let scaled = try b.add("Mul", name: "scaled", [x, b.add("Add", name: "plus", [mean, norm])])
    let hidden = try b.conv("b", scaled, 6, kernel: 1)
    let energy = try b.add(
      "ReduceSumSquare", name: "energy", [hidden], ["axes": .ints([2, 3]), "keepdims": .int(0)])
    return try b.finish(b.linear("head", energy, 3))
  }

  /// A convolution over tokens whose one spatial axis holds the features: it leaves them in place.
  static func mixedTokens() throws -> Network {
    var b = NetworkBuilder("tokens", input: ["batch", 4, 6])
    let x = try b.add("MatMul", name: "in", [b.input, b.weight("in.weight", [6, 16])])
    let half = try b.add("Split", name: "half", [x], ["axis": .int(2)], outputs: 2)
    let mixed = try b.add(
      "Conv", name: "mix",
      ["half.1", b.weight("mix.weight", [4, 4, 1]), b.vector("mix.bias", 0.3, count: 4)])
    let gated = try b.add("Mul", name: "gate", [half, mixed])
    let y = try b.add("MatMul", name: "out", [gated, b.weight("out.weight", [8, 5])])
    return try b.finish(b.add("ReduceMean", name: "mean", [y], ["axes": .ints([1])]))
  }

  /// One channel stretched to as many as there are to gate.
  static func stretchedChannels() throws -> Network {
    var b = images("stretched")
    let x = try b.relu(b.conv("a", b.input, 8, kernel: 3))
    let gate = try b.sigmoid(b.conv("gate", x, 1, kernel: 1))
    let wide = try b.add("Expand", name: "wide", [gate, b.integers("shape", [1, 8, 1, 1])])
    let gated = try b.add("Mul", name: "gated", [x, wide])
    return try head(&b, b.conv("last", gated, 5, kernel: 3))
  }
}
