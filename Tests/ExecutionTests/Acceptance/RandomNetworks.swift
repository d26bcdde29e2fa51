// Random deep networks of every kind of layer that makes, moves, joins or groups channels.

import Network

/// A random network: each layer is drawn, and used anywhere that its shape allows.
struct RandomNetwork {
  private var b: NetworkBuilder
  private var random: SeededGenerator
  /// Pictures of one size that later layers may use.
  private var pictures: [String] = []
  private var layer = 0

  static func make(seed: UInt64, layers: Int) throws -> Network {
    var maker = RandomNetwork(
      b: NetworkBuilder("random \(seed)", input: ["batch", 3, 6, 6], seed: seed),
      random: SeededGenerator(state: seed))
    maker.pictures = [try maker.b.conv("stem", maker.b.input, 12, kernel: 1)]
    for _ in 0..<layers { try maker.grow() }
    let last = try maker.b.concat("ends", Array(maker.pictures.suffix(3)))
    let flat = try maker.b.flatten(maker.b.maxPool(last, 3))
    return try maker.b.finish(maker.b.linear("head", flat, 4))
  }

  private mutating func pick() -> String {
    // Late ones more often, so that networks become deep.
    pictures.suffix(5).randomElement(using: &random) ?? pictures[0]
  }

  private mutating func name(_ kind: String) -> String {
    layer += 1
    return "\(kind)\(layer)"
  }

  private mutating func grow() throws {
    let x = pick()
    let count = try b.channels(x)
    let width = [8, 12, 16, 24].randomElement(using: &random) ?? 8
    let groups = [2, 3, 4, 6].filter { count % $0 == 0 && width % $0 == 0 }
    switch Int.random(in: 0..<11, using: &random) {
    case 0, 1:
      let y = try b.conv(name("conv"), x, width, kernel: 3, padding: 1)
      pictures.append(try b.relu(b.batchNorm("\(y).bn", y)))
    case 2, 3:
      guard let groups = groups.randomElement(using: &random) else { return }
      let y = try b.conv(name("grouped"), x, width, kernel: 3, padding: 1, groups: groups)
      pictures.append(try b.sigmoid(y))
    case 4:
      let depthwise = try b.conv(
        name("depthwise"), x, count * Int.random(in: 1...2, using: &random), kernel: 3, padding: 1,
        groups: count)
      pictures.append(try b.conv("\(depthwise).point", depthwise, width, kernel: 1))
    case 5:
      let y = pick()
      let same = try b.channels(y) == count
      pictures.append(
        try same
          ? b.sum(name("sum"), x, y)
          : b.sum(name("sum"), x, b.conv("\(x).to.\(layer)", y, count, kernel: 1)))
    case 6:
      let parts = [x, pick()]
      let joined = try b.concat(name("concat"), parts)
      if try b.channels(joined) <= 64 { pictures.append(joined) }
    case 7:
      guard count % 2 == 0 else { return }
      let y = try b.add("Split", name: name("split"), [x], ["axis": .int(1)], outputs: 2)
      pictures.append(try b.add("Mul", name: "\(y).gated", [y, b.sigmoid("\(y).1")]))
      pictures.append(y)
    case 8:
      pictures.append(try shuffled(x, count))
    case 9:
      pictures.append(try b.squeezeExcitation(name("se"), x, hidden: 4))
    default:
      let from = Int.random(in: 0..<count / 2, using: &random)
      let borders = [
        b.integers("at.\(from)", [from]), b.integers("at.\(count)", [count]),
        b.integers("axis", [1]),
      ]
      pictures.append(try b.add("Slice", name: name("slice"), [x] + borders))
    }
  }

  private mutating func shuffled(_ x: String, _ count: Int) throws -> String {
    guard let groups = [2, 3, 4].filter({ count % $0 == 0 }).randomElement(using: &random) else {
      return x
    }
    let part = count / groups
    let split = b.integers("split.\(groups).\(part)", [-1, groups, part, 6, 6])
    var y = try b.add("Reshape", name: name("split"), [x, split])
    y = try b.add("Transpose", name: "\(y).swap", [y], ["perm": .ints([0, 2, 1, 3, 4])])
    let join = b.integers("join.\(count)", [-1, count, 6, 6])
    return try b.add("Reshape", name: "\(y).join", [y, join])
  }
}
