// Acceptance cases of residual streams, recurrent layers and shared embeddings.

import Network

enum SequenceCases {
  static let all: [String: AcceptanceCase] = [
    "layer normalisation over a stream": stream,
    "layer normalisation written out": writtenOut, "hidden units of a perceptron": perceptron,
    "ConvNeXt block": convNeXt, "tied embeddings": tiedEmbeddings,
    "LSTM in both directions": bidirectional("LSTM", gates: 4),
    "GRU in both directions": bidirectional("GRU", gates: 3),
    "LSTM over a GRU": stacked,
  ]

  private static func layerNorm(
    _ b: inout NetworkBuilder, _ name: String, _ x: String
  ) throws -> String {
    let width = try b.shape(x).last ?? 0
    let vectors = [
      try b.weight("\(name).weight", [width]), try b.weight("\(name).bias", [width]),
    ]
    return try b.add("LayerNormalization", name: name, [x] + vectors)
  }

  /// Root mean square normalisation, operator by operator.
  private static func rmsNorm(
    _ b: inout NetworkBuilder, _ name: String, _ x: String
  ) throws -> String {
    let two = b.tensor("two", TensorData(scalar: Float(2)), role: .constant)
    let small = b.tensor("epsilon", TensorData(scalar: Float(1e-5)), role: .constant)
    let squares = try b.add("Pow", name: "\(name).squares", [x, two])
    let mean = try b.add("ReduceMean", name: "\(name).mean", [squares], ["axes": .ints([-1])])
    let sum = try b.add("Add", name: "\(name).sum", [mean, small])
    let root = try b.add("Sqrt", name: "\(name).root", [sum])
    let normal = try b.add("Div", name: "\(name).div", [x, root])
    let width = try b.shape(x).last ?? 0
    return try b.add("Mul", name: name, [normal, b.weight("\(name).weight", [width])])
  }

  /// A transformer's perceptrons around one stream. n: stream, hidden.
  private static func transformer(
    _ n: [Int], _ norm: (inout NetworkBuilder, String, String) throws -> String
  ) throws -> Network {
    var b = NetworkBuilder("stream", input: ["batch", 5, 6])
    var x = try AttentionCases.linear(&b, "in", b.input, n[0])
    for k in 1...2 {
      var y = try AttentionCases.linear(&b, "up\(k)", norm(&b, "ln\(k)", x), n[1])
      y = try AttentionCases.linear(&b, "down\(k)", b.add("Gelu", name: "g", [y]), n[0])
      x = try b.sum("s\(k)", x, y)
    }
    return try b.finish(AttentionCases.linear(&b, "out", norm(&b, "last", x), 3))
  }

  private static let streamPicks: [String: [Pick]] =
    AttentionCases.picks("in", out: [0, 2, 3, 7]) + .norm("ln1", [0, 2, 3, 7])
    + .norm("ln2", [0, 2, 3, 7]) + .norm("last", [0, 2, 3, 7])
    + AttentionCases.picks("up1", in: [0, 2, 3, 7])
    + AttentionCases.picks("down1", out: [0, 2, 3, 7])
    + AttentionCases.picks("up2", in: [0, 2, 3, 7])
    + AttentionCases.picks("down2", out: [0, 2, 3, 7])
    + AttentionCases.picks("out", in: [0, 2, 3, 7])

  static let stream = AcceptanceCase(
    build: { try transformer($0, layerNorm) }, sizes: ([8, 5], [4, 5]),
    kept: ["in": [0, 2, 3, 7]], picks: streamPicks, mixes: true)

  static let writtenOut = AcceptanceCase(
    build: { try transformer($0, rmsNorm) }, sizes: ([8, 5], [4, 5]),
    kept: ["in": [0, 2, 3, 7]], picks: streamPicks, mixes: true)

  static let perceptron = AcceptanceCase(
    build: { try transformer([$0[0], $0[1]], layerNorm) }, sizes: ([8, 6], [8, 3]),
    kept: ["up1": [0, 3, 5], "up2": [1, 2, 4]],
    picks: AttentionCases.picks("up1", out: [0, 3, 5])
      + AttentionCases.picks("down1", in: [0, 3, 5])
      + AttentionCases.picks("up2", out: [1, 2, 4])
      + AttentionCases.picks("down2", in: [1, 2, 4]))

  static let convNeXt = AcceptanceCase(
    build: { n in
      var b = NetworkBuilder("convnext", input: ["batch", 3, 8, 8])
      let x = try b.conv("stem", b.input, n[0], kernel: 2, stride: 2)
      var y = try b.conv("dw", x, n[0], kernel: 7, padding: 3, groups: n[0])
      y = try b.add("Transpose", name: "last", [y], ["perm": .ints([0, 2, 3, 1])])
      y = try AttentionCases.linear(&b, "up", layerNorm(&b, "ln", y), n[1])
      y = try AttentionCases.linear(&b, "down", b.add("Gelu", name: "g", [y]), n[0])
      y = try b.add("Mul", name: "scaled", [y, b.weight("gamma", [n[0]])])
      y = try b.add("Transpose", name: "first", [y], ["perm": .ints([0, 3, 1, 2])])
      return try ConvolutionCases.head(&b, b.sum("s", x, y))
    }, sizes: ([6, 8], [6, 3]), kept: ["up": [1, 4, 6]],
    picks: AttentionCases.picks("up", out: [1, 4, 6])
      + AttentionCases.picks("down", in: [1, 4, 6]))

  /// One table reads the tokens and writes the logits.
  static let tiedEmbeddings = AcceptanceCase(
    build: { n in
      var b = NetworkBuilder("tied", input: ["batch", 5], type: .int64)
      let x = try b.embedding("table", b.input, count: 100, width: n[0])
      var y = try AttentionCases.linear(&b, "up", x, n[1])
      y = try AttentionCases.linear(&b, "down", b.relu(y), n[0])
      let across = try b.add("Transpose", name: "across", ["table.weight"])
      return try b.finish(b.add("MatMul", name: "logits", [b.sum("s", x, y), across]))
    }, sizes: ([7, 5], [3, 2]), kept: ["table": [0, 4, 5], "up": [1, 3]],
    picks: ["table.weight": [.axis(1, [0, 4, 5])]]
      + AttentionCases.picks("up", out: [1, 3], in: [0, 4, 5])
      + AttentionCases.picks("down", out: [0, 4, 5], in: [1, 3]))

  private static func recurrent(
    _ b: inout NetworkBuilder, _ op: String, _ name: String, _ x: String, gates: Int, hidden: Int,
    directions: Int = 1
  ) throws -> String {
    let inputs = try b.shape(x).last ?? 0
    let rows = gates * hidden
    let weights = [
      try b.weight("\(name).w", [directions, rows, inputs]),
      try b.weight("\(name).r", [directions, rows, hidden]),
      try b.weight("\(name).b", [directions, 2 * rows]),
    ]
    return try b.add(
      op, name: name, [x] + weights,
      [
        "hidden_size": .int(Int64(hidden)),
        "direction": .string(directions == 2 ? "bidirectional" : "forward"),
      ])
  }

  private static func picks(
    _ name: String, _ units: [Int], gates: Int, of hidden: Int
  ) -> [String: [Pick]] {
    let rows = units.spread(width: 1, copies: gates, step: hidden)
    return [
      "\(name).w": [.axis(1, rows)], "\(name).r": [.axis(1, rows), .axis(2, units)],
      "\(name).b": [.axis(1, units.spread(width: 1, copies: 2 * gates, step: hidden))],
    ]
  }

  /// [T, D, B, H] to [T, B, D H]: unit u leaves both directions.
  static func bidirectional(_ op: String, gates: Int) -> AcceptanceCase {
    AcceptanceCase(
      build: { n in
        var b = NetworkBuilder("both directions", input: [4, "batch", 3])
        var x = try recurrent(
          &b, op, "rnn", b.input, gates: gates, hidden: n[0], directions: 2)
        x = try b.add("Transpose", name: "swap", [x], ["perm": .ints([0, 2, 1, 3])])
        x = try b.add("Reshape", name: "join", [x, b.integers("joined", [0, 0, -1])])
        x = try AttentionCases.linear(&b, "linear", x, 6)
        x = try b.add("ReduceMean", name: "m", [x], ["axes": .ints([0]), "keepdims": .int(0)])
        return try b.finish(b.linear("head", b.relu(x), 3))
      }, sizes: ([5], [2]), kept: ["rnn.w[0..<5]": [0, 3]],
      picks: picks("rnn", [0, 3], gates: gates, of: 5)
        + AttentionCases.picks("linear", in: [0, 3, 5, 8]))
  }

  static let stacked = AcceptanceCase(
    build: { n in
      var b = NetworkBuilder("stacked", input: [4, "batch", 3])
      var x = try recurrent(&b, "GRU", "gru", b.input, gates: 3, hidden: n[0])
      x = try b.add("Squeeze", name: "one", [x, b.integers("axis", [1])])
      x = try recurrent(&b, "LSTM", "lstm", x, gates: 4, hidden: n[1])
      x = try b.add("Squeeze", name: "two", [x, b.integers("axis", [1])])
      x = try b.add("ReduceMean", name: "m", [x], ["axes": .ints([0]), "keepdims": .int(0)])
      return try b.finish(b.linear("head", x, 3))
    }, sizes: ([5, 4], [3, 2]), kept: ["gru.w[0..<5]": [0, 1, 4], "lstm.w[0..<4]": [2, 3]],
    picks: picks("gru", [0, 1, 4], gates: 3, of: 5) + picks("lstm", [2, 3], gates: 4, of: 4)
      + ["lstm.w": [.axis(2, [0, 1, 4])]] + .layer("head", in: [2, 3]))
}
