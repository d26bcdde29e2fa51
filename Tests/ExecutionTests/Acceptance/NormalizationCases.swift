// Acceptance cases of normalisations over a sample's own statistics, and of split and moved channels.

import Network

extension ConvolutionCases {
  private static func normalized(
    _ op: String, _ b: inout NetworkBuilder, _ x: String, groups: Int? = nil
  ) throws -> String {
    let count = try b.channels(x)
    let vectors = [
      try b.weight("norm.weight", [count]), try b.weight("norm.bias", [count]),
    ]
    return try b.add(
      op, name: "norm", [x] + vectors, groups.map { ["num_groups": .int(Int64($0))] } ?? [:])
  }

  static let instanceNorm = AcceptanceCase(
    build: { n in
      var b = images("instance norm")
      let x = try normalized(
        "InstanceNormalization", &b, b.conv("a", b.input, n[0], kernel: 3))
      return try head(&b, b.conv("p", b.relu(x), 5, kernel: 1))
    }, sizes: ([6], [2]), kept: ["a": [2, 3]],
    picks: .layer("a", out: [2, 3]) + .norm("norm", [2, 3]) + .layer("p", in: [2, 3]))

  /// n: channels, groups.
  private static func groupNorm(_ n: [Int]) throws -> Network {
    var b = images("group norm")
    let x = try normalized(
      "GroupNormalization", &b, b.conv("a", b.input, n[0], kernel: 3), groups: n[1])
    return try head(&b, b.conv("p", b.relu(x), 5, kernel: 1))
  }

  static let groupNormGroups = AcceptanceCase(
    build: groupNorm, sizes: ([12, 4], [6, 2]), kept: ["a": [0, 3]],
    picks: .layer("a", out: [0, 1, 2, 9, 10, 11]) + .norm("norm", [0, 1, 2, 9, 10, 11])
      + .layer("p", in: [0, 1, 2, 9, 10, 11]))

  static let groupNormChannels = AcceptanceCase(
    build: groupNorm, sizes: ([12, 3], [6, 3]), kept: ["a": [0, 3, 5, 6, 8, 9]],
    picks: .layer("a", out: [0, 3, 5, 6, 8, 9]) + .norm("norm", [0, 3, 5, 6, 8, 9])
      + .layer("p", in: [0, 3, 5, 6, 8, 9]),
    options: CouplingOptions(groupNormalization: .channels), mixes: true,
    masks: false)

  /// As older exporters write it: groups as the channels of an instance normalisation.
  static let groupNormWrittenOut = AcceptanceCase(
    build: { n in
      var b = images("group norm written out")
      var x = try b.conv("a", b.input, 3 * n[0], kernel: 3)
      x = try b.add("Reshape", name: "groups", [x, b.integers("s1", [0, n[0], -1])])
      x = try b.add(
        "InstanceNormalization", name: "in",
        [x, b.vector("ones", 1, count: n[0]), b.vector("zeros", 0, count: n[0])])
      x = try b.add("Reshape", name: "back", [x, b.integers("s2", [-1, 3 * n[0], 6, 6])])
      x = try b.add("Mul", name: "scaled", [x, b.weight("norm.weight", [3 * n[0], 1, 1])])
      x = try b.add("Add", name: "moved", [x, b.weight("norm.bias", [3 * n[0], 1, 1])])
      return try head(&b, b.conv("p", b.relu(x), 5, kernel: 1))
    }, sizes: ([4], [2]), kept: ["a": [1, 2]],
    picks: .layer("a", out: [3, 4, 5, 6, 7, 8]) + .norm("norm", [3, 4, 5, 6, 7, 8])
      + ["ones": [.axis(0, [1, 2])], "zeros": [.axis(0, [1, 2])]]
      + .layer("p", in: [3, 4, 5, 6, 7, 8]))

  /// YOLO's C2f: a convolution in two halves, of which the second goes through a chain of bottlenecks
  /// whose every stage is concatenated. n: stem, half, bottleneck, out.
  private static func crossStage(
    _ n: [Int], halves: (inout NetworkBuilder, String) throws -> (String, String)
  ) throws -> Network {
    var b = images("cross stage")
    let x = try b.relu(b.conv("stem", b.input, n[0], kernel: 3, padding: 1))
    let both = try b.relu(b.conv("cv1", x, n[1] + n[2], kernel: 1))
    let (first, second) = try halves(&b, both)
    var parts = [first, second]
    for k in 1...2 {
      let y = try b.relu(b.conv("m\(k).a", parts[k], n[2 + k], kernel: 3, padding: 1))
      let z = try b.relu(b.conv("m\(k).b", y, n[2], kernel: 3, padding: 1))
      parts.append(try b.sum("m\(k)", parts[k], z))
    }
    return try head(&b, b.relu(b.conv("cv2", b.concat("all", parts), 6, kernel: 1)))
  }

  private static let crossStagePicks: [String: [Pick]] =
    .layer("stem", out: [0, 3, 4]) + .layer("cv1", out: [0, 2, 5, 7], in: [0, 3, 4])
    + .layer("m1.a", out: [1], in: [1, 3]) + .layer("m1.b", out: [1, 3], in: [1])
    + .layer("m2.a", out: [0, 2], in: [1, 3]) + .layer("m2.b", out: [1, 3], in: [0, 2])
    + .layer("cv2", in: [0, 2, 5, 7, 9, 11, 13, 15])

  private static let crossStageKept: [String: [Int]] = [
    "stem": [0, 3, 4], "cv1[0..<4]": [0, 2], "cv1[4..<8]": [1, 3], "m1.a": [1], "m2.a": [0, 2],
  ]

  static let crossStageSplit = AcceptanceCase(
    build: { n in
      try crossStage(n) { b, x in
        let first = try b.add("Split", name: "half", [x], ["axis": .int(1)], outputs: 2)
        return (first, "\(first).1")
      }
    }, sizes: ([5, 4, 4, 3, 3], [3, 2, 2, 1, 2]), kept: crossStageKept, picks: crossStagePicks)

  static let crossStageSlices = AcceptanceCase(
    build: { n in
      try crossStage(n) { b, x in
        let axis = b.integers("axis", [1])
        let (zero, middle) = (b.integers("zero", [0]), b.integers("middle", [n[1]]))
        let end = b.integers("end", [n[1] + n[2]])
        return (
          try b.add("Slice", name: "first", [x, zero, middle, axis]),
          try b.add("Slice", name: "second", [x, middle, end, axis])
        )
      }
    }, sizes: ([5, 4, 4, 3, 3], [3, 2, 2, 1, 2]), kept: crossStageKept, picks: crossStagePicks)

  static func pixelShuffle(_ mode: String) -> AcceptanceCase {
    // By rows a channel's four subpixels lie 5 apart, by columns they follow each other.
    let made =
      mode == "CRD"
      ? [0, 3].spread(width: 4) : [0, 3].spread(width: 1, copies: 4, step: 5)
    return AcceptanceCase(
      build: { n in
        var b = images("pixel shuffle")
        var x = try b.relu(b.conv("a", b.input, 4 * n[0], kernel: 3))
        x = try b.add(
          "DepthToSpace", name: "up", [x], ["blocksize": .int(2), "mode": .string(mode)])
        return try head(&b, b.conv("p", x, 5, kernel: 3))
      }, sizes: ([5], [2]), kept: [mode == "CRD" ? "a" : "a[0..<5]": [0, 3]],
      picks: .layer("a", out: made) + .layer("p", in: [0, 3]))
  }

  static let pixelShuffleWrittenOut = AcceptanceCase(
    build: { n in
      var b = images("pixel shuffle written out")
      var x = try b.relu(b.conv("a", b.input, 4 * n[0], kernel: 3))
      x = try b.add("Reshape", name: "split", [x, b.integers("s1", [0, n[0], 2, 2, 6, 6])])
      x = try b.add("Transpose", name: "swap", [x], ["perm": .ints([0, 1, 4, 2, 5, 3])])
      x = try b.add("Reshape", name: "join", [x, b.integers("s2", [0, n[0], 12, 12])])
      return try head(&b, b.conv("p", x, 5, kernel: 3))
    }, sizes: ([5], [2]), kept: ["a": [0, 3]],
    picks: .layer("a", out: [0, 3].spread(width: 4)) + .layer("p", in: [0, 3]))
}
