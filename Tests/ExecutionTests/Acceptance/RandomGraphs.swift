// Random deep graphs of pictures and tokens: every kind of layer that makes, moves, mixes or joins units.

import Network
import OrderedCollections

/// A random graph: layers are drawn one after another, each applied to anything before it.
struct RandomGraph {
  var b: NetworkBuilder
  var random: SeededGenerator
  /// Pictures [N, C, 6, 6] that later layers may use.
  var pictures: [String] = []
  /// Tokens [N, 6, C] that later layers may use.
  var tokens: [String] = []
  private var count = 0

  /// The graph of a seed; it grows until it has at least `nodes` nodes.
  static func make(seed: UInt64, nodes: Int) throws -> Network {
    var graph = RandomGraph(
      b: NetworkBuilder("graph \(seed)", input: ["batch", 3, 6, 6], seed: seed),
      random: SeededGenerator(state: seed))
    graph.pictures = [try graph.b.conv("stem", graph.b.input, 12, kernel: 1)]
    while graph.count < nodes {
      if graph.tokens.isEmpty || graph.chance(0.55) {
        try graph.growPicture()
      } else {
        try graph.growTokens()
      }
      if graph.pictures.count > 1, graph.chance(0.12) { try graph.scan() }
    }
    return try graph.finish()
  }

  // MARK: drawing

  mutating func chance(_ p: Double) -> Bool { Double.random(in: 0..<1, using: &random) < p }

  mutating func draw<T>(_ choices: [T]) throws -> T {
    guard let choice = choices.randomElement(using: &random) else { throw NothingToDraw() }
    return choice
  }

  struct NothingToDraw: Error {}

  /// Late ones more often, so that graphs become deep.
  mutating func picture() throws -> String { try draw(pictures.suffix(5)) }
  mutating func token() throws -> String { try draw(tokens.suffix(4)) }

  mutating func name(_ kind: String) -> String {
    count += 1
    return "\(kind)\(count)"
  }

  mutating func op(
    _ op: String, _ inputs: [String], _ attributes: [String: Attribute] = [:], outputs: Int = 1
  ) throws -> String {
    var ordered: OrderedDictionary<String, Attribute> = [:]
    for (key, value) in attributes.sorted(by: { $0.key < $1.key }) { ordered[key] = value }
    return try b.add(op, name: name(op.lowercased()), inputs, ordered, outputs: outputs)
  }

  mutating func list(_ values: [Int]) -> String {
    b.integers("list." + values.map(String.init).joined(separator: "."), values)
  }

  mutating func width() throws -> Int { try draw([8, 12, 16, 24]) }

  mutating func activated(_ x: String) throws -> String {
    let kinds = [
      "Relu", "Relu", "Sigmoid", "HardSwish", "Tanh", "LeakyRelu", "Elu", "Softplus", "Gelu",
    ]
    let kind = try draw(kinds)
    // Written out, as exporters of operator set 17 do it.
    if kind == "Gelu" { return try op("Mul", [x, op("Erf", [x])]) }
    return try op(kind, [x])
  }

  // MARK: from pictures to tokens, and to an end

  /// A picture read as tokens: rows of pixels become features, or channels do.
  private mutating func scan() throws {
    let x = try picture()
    let channels = try b.channels(x)
    // [N, C, 6, 6]: six tokens of the mean over a row.
    let rows = try op("ReduceMean", [x], ["axes": .ints([3]), "keepdims": .int(0)])
    let y = try op("Transpose", [rows], ["perm": .ints([0, 2, 1])])
    tokens.append(y)
    if chance(0.3) {
      // And back: features become channels again.
      let back = try op("Transpose", [y], ["perm": .ints([0, 2, 1])])
      let wide = try op("Reshape", [back, list([0, channels, 6, 1])])
      pictures.append(try op("Mul", [x, activated(wide)]))
    }
  }

  private mutating func finish() throws -> Network {
    var ends: [String] = []
    let last = try b.concat("ends", Array(pictures.suffix(3)))
    let small = chance(0.5) ? try b.maxPool(last, 3) : try b.globalAveragePool(last)
    ends.append(try b.linear("head", b.flatten(small), 4))
    if let token = tokens.last {
      let mean = try op("ReduceMean", [token], ["axes": .ints([1]), "keepdims": .int(0)])
      ends.append(try b.linear("token head", mean, 4))
    }
    let merged = ends.count > 1 ? try b.sum("logits sum", ends[0], ends[1]) : ends[0]
    if chance(0.3) {
      let other = try b.conv("second", picture(), 2, kernel: 1)
      var network = try b.finish(merged)
      network.outputs.append(ValueInfo(other, .float32, ["batch", 2, 6, 6]))
      return network
    }
    return try b.finish(merged)
  }
}
