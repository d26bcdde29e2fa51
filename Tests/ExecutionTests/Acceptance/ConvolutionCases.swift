// Acceptance cases of convolutional networks: sums, concatenations, groups, shuffles, norms, gates.

import Network

enum ConvolutionCases {
  static let all: [String: AcceptanceCase] = [
    "residual": residual, "nested residuals": nestedResiduals,
    "pre-activation residual": preActivation, "dense concatenation": dense,
    "inception branches": inception, "depthwise": depthwise,
    "grouped, best of each group": grouped, "grouped twice in a row": groupedTwice,
    "grouped over a concatenation": groupedOverConcatenation,
    "grouped transposed": groupedTransposed, "transposed": transposed,
    "channel shuffle": shuffle, "squeeze and excitation": excitation,
    "instance normalisation": instanceNorm, "group normalisation, whole groups": groupNormGroups,
    "group normalisation, channels of each": groupNormChannels,
    "group normalisation written out": groupNormWrittenOut,
    "cross-stage block with split": crossStageSplit,
    "cross-stage block with slices": crossStageSlices,
    "pixel shuffle": pixelShuffle("DCR"), "pixel shuffle by columns": pixelShuffle("CRD"),
    "pixel shuffle written out": pixelShuffleWrittenOut, "flatten to linear": flatten,
    "siamese use": siamese,
  ]

  static func images(_ name: String) -> NetworkBuilder {
    NetworkBuilder(name, input: ["batch", 3, 8, 8])
  }

  static func head(_ b: inout NetworkBuilder, _ x: String) throws -> Network {
    let flat = try b.flatten(b.globalAveragePool(x))
    return try b.finish(b.linear("head", flat, 4))
  }

  static let residual = AcceptanceCase(
    build: { n in
      var b = images("residual")
      let x = try b.relu(b.batchNorm("bn", b.conv("stem", b.input, n[0], kernel: 3, padding: 1)))
      let y = try b.relu(b.conv("a", x, n[1], kernel: 3, padding: 1))
      return try head(&b, b.relu(b.sum("s", b.conv("b", y, n[0], kernel: 1), x)))
    }, sizes: ([8, 6], [3, 2]), kept: ["stem": [1, 4, 7], "a": [0, 5]],
    picks: .layer("stem", out: [1, 4, 7]) + .norm("bn", [1, 4, 7])
      + .layer("a", out: [0, 5], in: [1, 4, 7]) + .layer("b", out: [1, 4, 7], in: [0, 5])
      + .layer("head", in: [1, 4, 7]))

  static let nestedResiduals = AcceptanceCase(
    build: { n in
      var b = images("nested")
      let x = try b.conv("stem", b.input, n[0], kernel: 1)
      let y = try b.relu(b.conv("a", x, n[1], kernel: 1))
      let inner = try b.sum("inner", y, b.sigmoid(b.conv("b", y, n[1], kernel: 3, padding: 1)))
      let middle = try b.sum("middle", x, b.conv("c", inner, n[0], kernel: 1))
      return try head(&b, b.sum("outer", x, b.relu(middle)))
    }, sizes: ([7, 5], [3, 2]), kept: ["stem": [2, 3, 6], "a": [1, 4]],
    picks: .layer("stem", out: [2, 3, 6]) + .layer("a", out: [1, 4], in: [2, 3, 6])
      + .layer("b", out: [1, 4], in: [1, 4]) + .layer("c", out: [2, 3, 6], in: [1, 4])
      + .layer("head", in: [2, 3, 6]))

  static let preActivation = AcceptanceCase(
    build: { n in
      var b = images("pre-activation")
      var x = try b.conv("stem", b.input, n[0], kernel: 3, padding: 1)
      for k in 1...2 {
        var y = try b.relu(b.batchNorm("bn\(k)", x))
        y = try b.conv("a\(k)", y, n[k], kernel: 1)
        y = try b.relu(b.batchNorm("mid\(k)", y))
        x = try b.sum("s\(k)", x, b.conv("b\(k)", y, n[0], kernel: 3, padding: 1))
      }
      return try head(&b, b.relu(b.batchNorm("last", x)))
    }, sizes: ([6, 5, 4], [3, 2, 3]), kept: ["stem": [0, 2, 5], "a1": [3, 4], "a2": [0, 1, 3]],
    picks: .layer("stem", out: [0, 2, 5]) + .norm("bn1", [0, 2, 5]) + .norm("bn2", [0, 2, 5])
      + .norm("last", [0, 2, 5]) + .layer("a1", out: [3, 4], in: [0, 2, 5])
      + .norm("mid1", [3, 4]) + .layer("b1", out: [0, 2, 5], in: [3, 4])
      + .layer("a2", out: [0, 1, 3], in: [0, 2, 5]) + .norm("mid2", [0, 1, 3])
      + .layer("b2", out: [0, 2, 5], in: [0, 1, 3]) + .layer("head", in: [0, 2, 5]))

  static let dense = AcceptanceCase(
    build: { n in
      var b = images("dense")
      var x = try b.conv("stem", b.input, n[0], kernel: 1)
      for k in 1...3 {
        let y = try b.relu(b.batchNorm("bn\(k)", x))
        x = try b.concat("c\(k)", [x, b.conv("grow\(k)", y, n[k], kernel: 3, padding: 1)])
      }
      return try head(&b, x)
    }, sizes: ([5, 4, 4, 4], [3, 2, 4, 1]),
    kept: ["stem": [0, 1, 4], "grow1": [1, 3], "grow3": [2]],
    picks: .layer("stem", out: [0, 1, 4]) + .norm("bn1", [0, 1, 4])
      + .layer("grow1", out: [1, 3], in: [0, 1, 4]) + .norm("bn2", [0, 1, 4, 6, 8])
      + .layer("grow2", in: [0, 1, 4, 6, 8]) + .norm("bn3", [0, 1, 4, 6, 8, 9, 10, 11, 12])
      + .layer("grow3", out: [2], in: [0, 1, 4, 6, 8, 9, 10, 11, 12])
      + .layer("head", in: [0, 1, 4, 6, 8, 9, 10, 11, 12, 15]))

  static let inception = AcceptanceCase(
    build: { n in
      var b = images("inception")
      let x = try b.relu(b.conv("stem", b.input, n[0], kernel: 1))
      let one = try b.relu(b.conv("one", x, n[1], kernel: 1))
      let reduced = try b.relu(b.conv("reduce", x, n[2], kernel: 1))
      let three = try b.relu(b.conv("three", reduced, n[3], kernel: 3, padding: 1))
      let pooled = try b.conv("pool", b.maxPool(x, 3, stride: 1, padding: 1), n[4], kernel: 1)
      let all = try b.concat("all", [one, three, pooled])
      return try head(&b, b.relu(b.conv("next", all, 5, kernel: 1)))
    }, sizes: ([6, 4, 3, 5, 2], [4, 2, 2, 3, 1]),
    kept: [
      "stem": [0, 2, 3, 5], "one": [1, 2], "reduce": [0, 2], "three": [0, 3, 4], "pool": [1],
    ],
    picks: .layer("stem", out: [0, 2, 3, 5]) + .layer("one", out: [1, 2], in: [0, 2, 3, 5])
      + .layer("reduce", out: [0, 2], in: [0, 2, 3, 5])
      + .layer("three", out: [0, 3, 4], in: [0, 2])
      + .layer("pool", out: [1], in: [0, 2, 3, 5]) + .layer("next", in: [1, 2, 4, 7, 8, 10]))

  static let depthwise = AcceptanceCase(
    build: { n in
      var b = images("depthwise")
      var x = try b.relu6(b.conv("a", b.input, n[0], kernel: 1))
      x = try b.relu(b.batchNorm("bn", b.conv("d", x, 2 * n[0], kernel: 3, groups: n[0])))
      return try head(&b, b.conv("p", x, 5, kernel: 1))
    }, sizes: ([6], [3]), kept: ["a": [0, 2, 5]],
    picks: .layer("a", out: [0, 2, 5]) + .layer("d", out: [0, 1, 4, 5, 10, 11])
      + .norm("bn", [0, 1, 4, 5, 10, 11]) + .layer("p", in: [0, 1, 4, 5, 10, 11]))

  static let grouped = AcceptanceCase(
    build: { n in
      var b = images("grouped")
      var x = try b.relu(b.batchNorm("bn", b.conv("a", b.input, n[0], kernel: 3)))
      x = try b.relu(b.batchNorm("bn2", b.conv("g", x, n[1], kernel: 3, padding: 1, groups: 3)))
      return try head(&b, b.conv("p", x, 5, kernel: 1))
    }, sizes: ([12, 9], [6, 6]), kept: ["a": [0, 3, 4, 5, 9, 10], "g": [0, 1, 3, 5, 7, 8]],
    picks: .layer("a", out: [0, 3, 4, 5, 9, 10]) + .norm("bn", [0, 3, 4, 5, 9, 10])
      + ["g.weight": [.blocks([[0, 3], [0, 1], [1, 2]])]] + .layer("g", out: [0, 1, 3, 5, 7, 8])
      + .norm("bn2", [0, 1, 3, 5, 7, 8]) + .layer("p", in: [0, 1, 3, 5, 7, 8]))

  static let groupedTwice = AcceptanceCase(
    build: { n in
      var b = images("grouped twice")
      var x = try b.relu(b.conv("a", b.input, n[0], kernel: 1))
      x = try b.relu(b.conv("g", x, n[1], kernel: 1, groups: 2))
      x = try b.relu(b.conv("h", x, n[2], kernel: 3, groups: 4))
      return try head(&b, b.conv("p", x, 5, kernel: 1))
    }, sizes: ([8, 16, 8], [4, 8, 4]),
    kept: [
      "a": [0, 3, 5, 6], "g": [0, 1, 5, 6, 8, 11, 14, 15], "h": [1, 2, 5, 6],
    ],
    picks: .layer("a", out: [0, 3, 5, 6]) + ["g.weight": [.blocks([[0, 3], [1, 2]])]]
      + .layer("g", out: [0, 1, 5, 6, 8, 11, 14, 15])
      + ["h.weight": [.blocks([[0, 1], [1, 2], [0, 3], [2, 3]])]]
      + .layer("h", out: [1, 2, 5, 6]) + .layer("p", in: [1, 2, 5, 6]))

  static let groupedOverConcatenation = AcceptanceCase(
    build: { n in
      var b = images("grouped over concatenation")
      let x = try b.relu(b.conv("a", b.input, n[0], kernel: 1))
      let y = try b.relu(b.conv("b", b.input, n[0], kernel: 3, padding: 1))
      let both = try b.concat("both", [x, y])
      return try head(&b, b.conv("g", both, 6, kernel: 3, groups: 2))
    }, sizes: ([4], [2]), kept: ["a": [0, 3, 5, 6]],
    picks: .layer("a", out: [0, 3]) + .layer("b", out: [1, 2])
      + ["g.weight": [.blocks([[0, 3], [1, 2]])]])

  static func upsampled(
    _ b: inout NetworkBuilder, _ x: String, _ name: String, _ out: Int, groups: Int
  ) throws -> String {
    let shape = [try b.channels(x), out / groups, 2, 2]
    return try b.add(
      "ConvTranspose", name: name,
      [x, b.weight("\(name).weight", shape), b.weight("\(name).bias", [out])],
      ["strides": .ints([2, 2]), "group": .int(Int64(groups))])
  }

  static let transposed = AcceptanceCase(
    build: { n in
      var b = images("transposed")
      let x = try b.relu(b.conv("a", b.input, n[0], kernel: 3))
      let y = try b.relu(upsampled(&b, x, "up", n[1], groups: 1))
      return try head(&b, b.conv("p", y, 5, kernel: 1))
    }, sizes: ([6, 5], [3, 2]), kept: ["a": [0, 1, 4], "up": [2, 4]],
    picks: .layer("a", out: [0, 1, 4])
      + ["up.weight": [.axis(0, [0, 1, 4]), .axis(1, [2, 4])], "up.bias": [.axis(0, [2, 4])]]
      + .layer("p", in: [2, 4]))

  static let groupedTransposed = AcceptanceCase(
    build: { n in
      var b = images("grouped transposed")
      let x = try b.relu(b.conv("a", b.input, n[0], kernel: 3))
      let y = try b.relu(upsampled(&b, x, "up", n[1], groups: 2))
      return try head(&b, b.conv("p", y, 5, kernel: 1))
    }, sizes: ([6, 8], [4, 4]), kept: ["a": [0, 1, 4, 5], "up": [1, 2, 4, 7]],
    picks: .layer("a", out: [0, 1, 4, 5])
      + ["up.weight": [.blocks([[1, 2], [0, 3]]), .axis(0, [0, 1, 4, 5])]]
      + ["up.bias": [.axis(0, [1, 2, 4, 7])]] + .layer("p", in: [1, 2, 4, 7]))

  /// ShuffleNet's unit: what leaves a group leaves every group, since the shuffle interleaves them.
  static let shuffle = AcceptanceCase(
    build: { n in
      var b = images("shuffle")
      var x = try b.relu(b.conv("a", b.input, 6, kernel: 1))
      x = try b.relu(b.conv("g", x, 3 * n[0], kernel: 1, groups: 3))
      x = try b.add("Reshape", name: "split", [x, b.integers("s1", [-1, 3, n[0], 8, 8])])
      x = try b.add("Transpose", name: "swap", [x], ["perm": .ints([0, 2, 1, 3, 4])])
      x = try b.add("Reshape", name: "join", [x, b.integers("s2", [-1, 3 * n[0], 8, 8])])
      x = try b.batchNorm("bn", b.conv("d", x, 3 * n[0], kernel: 3, groups: 3 * n[0]))
      return try head(&b, b.relu(b.conv("p", x, 5, kernel: 1)))
    }, sizes: ([4], [2]), kept: ["g[0..<4]": [0, 3]],
    picks: .layer("g", out: [0, 3, 4, 7, 8, 11]) + .layer("d", out: [0, 1, 2, 9, 10, 11])
      + .norm("bn", [0, 1, 2, 9, 10, 11]) + .layer("p", in: [0, 1, 2, 9, 10, 11]))

  static let excitation = AcceptanceCase(
    build: { n in
      var b = images("excitation")
      let x = try b.squeezeExcitation(
        "se", b.relu(b.conv("a", b.input, n[0], kernel: 3)), hidden: n[1])
      return try head(&b, b.conv("p", x, 5, kernel: 1))
    }, sizes: ([8, 4], [3, 2]), kept: ["a": [1, 6, 7], "se.fc1": [0, 2]],
    picks: .layer("a", out: [1, 6, 7]) + .layer("se.fc1", out: [0, 2], in: [1, 6, 7])
      + .layer("se.fc2", out: [1, 6, 7], in: [0, 2]) + .layer("p", in: [1, 6, 7]))

  static let flatten = AcceptanceCase(
    build: { n in
      var b = images("flatten")
      let x = try b.maxPool(b.relu(b.conv("a", b.input, n[0], kernel: 3)), 2)
      return try b.finish(b.linear("fc2", b.relu(b.linear("fc1", b.flatten(x), n[1])), 3))
    }, sizes: ([5, 6], [2, 3]), kept: ["a": [1, 4], "fc1": [0, 2, 3]],
    picks: .layer("a", out: [1, 4])
      + .layer("fc1", out: [0, 2, 3], in: [1, 4].spread(width: 9)) + .layer("fc2", in: [0, 2, 3]))

  /// One layer used on two inputs that meet again, and once more on its own output.
  static let siamese = AcceptanceCase(
    build: { n in
      var b = images("siamese")
      let left = try b.relu(b.conv("left", b.input, n[0], kernel: 1))
      let right = try b.sigmoid(b.conv("right", b.input, n[0], kernel: 1))
      let weight = try b.weight("twin.weight", [n[1], n[0], 1, 1])
      let bias = try b.weight("twin.bias", [n[1]])
      let first = try b.relu(b.add("Conv", name: "first", [left, weight, bias]))
      let second = try b.relu(b.add("Conv", name: "second", [right, weight, bias]))
      return try head(&b, b.concat("both", [first, second]))
    }, sizes: ([5, 4], [3, 2]), kept: ["left": [0, 2, 3], "twin": [1, 3]],
    picks: .layer("left", out: [0, 2, 3]) + .layer("right", out: [0, 2, 3])
      + .layer("twin", out: [1, 3], in: [0, 2, 3]) + .layer("head", in: [1, 3, 5, 7]))
}
