// Acceptance cases of channels picked by step and by index, of einsum, and of shapes that are computed.

import Network
import OrderedCollections

enum SelectionCases {
  static let all: [String: AcceptanceCase] = [
    "channels dealt by strided slices": strided, "channels in reverse": reversed,
    "channels in a drawn order": drawn, "some channels, looked up": picked,
    "space to depth by slices": focus, "attention by einsum": einsum,
    "linear layers by einsum": einsumLinear, "attention as one operator": attention,
    "attention as one operator, tokens first": tokensFirst,
    "features of heads in one operator": headFeatures, "a map repeated by Tile": tiled,
    "shapes computed from shapes": computed, "initial states made of zeros": initialStates,
    "scattered places": scattered, "weight standardisation": standardized,
    "neighbouring channels normalised": neighbours, "running sums over channels": sums,
    "size computed from another map": resized,
  ]

  private static func images(_ name: String) -> NetworkBuilder {
    NetworkBuilder(name, input: ["batch", 3, 4, 4])
  }

  /// A one by one convolution's weight and bias.
  private static func picks(_ name: String, out: [Int]? = nil, in used: [Int]? = nil) -> [String:
    [Pick]]
  {
    .layer(name, out: out, in: used)
  }

  private static func slice(
    _ b: inout NetworkBuilder, _ x: String, _ start: Int, _ end: Int, _ step: Int, axis: Int = 1
  ) throws -> String {
    let lists = [start, end, axis, step].map { b.integers("list.\($0)", [$0]) }
    return try b.add("Slice", name: "slice", [x] + lists)
  }

  private static func gather(
    _ b: inout NetworkBuilder, _ x: String, _ indices: [Int]
  ) throws -> String {
    let name = "indices." + indices.map(String.init).joined(separator: ".")
    return try b.add("Gather", name: "gather", [x, b.integers(name, indices)], ["axis": .int(1)])
  }

  /// Even and odd channels change places; n: channels, then those that are even.
  static let strided = AcceptanceCase(
    build: { n in
      var b = images("strided")
      let x = try b.relu(b.conv("a", b.input, n[0], kernel: 1))
      let even =
        n.count == 1 ? try slice(&b, x, 0, n[0], 2) : try gather(&b, x, Array(n.dropFirst()))
      let rest = (0..<n[0]).filter { !n.dropFirst().contains($0) }
      let odd = n.count == 1 ? try slice(&b, x, 1, n[0], 2) : try gather(&b, x, rest)
      return try ConvolutionCases.head(&b, b.concat("swapped", [odd, even]))
      // Of 0, 2, 7 the first two are even.
    }, sizes: ([8], [3, 0, 1]), kept: ["a[0..<7]": [0, 1], "a[1..<8]": [3]],
    picks: picks("a", out: [0, 2, 7]) + picks("head", in: [3, 4, 5]))

  static let reversed = AcceptanceCase(
    build: { n in
      var b = images("reversed")
      let x = try b.conv("a", b.input, n[0], kernel: 1)
      return try ConvolutionCases.head(&b, b.relu(slice(&b, x, n[0] - 1, -n[0] - 1, -1)))
    }, sizes: ([7], [3]), kept: ["a": [1, 2, 6]],
    picks: picks("a", out: [1, 2, 6]) + picks("head", in: [0, 4, 5]))

  /// n: channels, then their order.
  static let drawn = AcceptanceCase(
    build: { n in
      var b = images("drawn")
      let x = try b.conv("a", b.input, n[0], kernel: 1)
      let y = try gather(&b, b.relu(x), Array(n.dropFirst()))
      return try ConvolutionCases.head(&b, b.batchNorm("bn", y))
      // 5, 0, 3 stay in the order 3, 5, 0, which are 1, 2, 0 of what is left.
    }, sizes: ([6, 3, 1, 5, 0, 2, 4], [3, 1, 2, 0]), kept: ["a": [0, 3, 5]],
    picks: picks("a", out: [0, 3, 5]) + .norm("bn", [0, 2, 3]) + picks("head", in: [0, 2, 3]))

  /// What is not looked up leaves by itself.
  static let picked = AcceptanceCase(
    build: { n in
      var b = images("picked")
      let x = try b.conv("a", b.input, n[0], kernel: 1)
      return try ConvolutionCases.head(&b, gather(&b, x, Array(n.dropFirst())))
    }, sizes: ([8, 5, 1, 6], [6, 4, 1]), kept: ["a[1..<2]": [0, 1], "a[2..<5]": [0, 2]],
    picks: picks("a", out: [0, 1, 2, 4, 5, 7]) + picks("head", in: [0, 1]))

  static let focus = AcceptanceCase(
    build: { n in
      var b = images("focus")
      let x = try b.conv("a", b.input, n[0], kernel: 1)
      var corners: [String] = []
      for (row, column) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let rows = try slice(&b, x, row, 4, 2, axis: 2)
        corners.append(try slice(&b, rows, column, 4, 2, axis: 3))
      }
      return try ConvolutionCases.head(&b, b.concat("corners", corners))
    }, sizes: ([5], [2]), kept: ["a": [1, 4]],
    picks: picks("a", out: [1, 4])
      + picks("head", in: [1, 4].spread(width: 1, copies: 4, step: 5)))

  // MARK: einsum and attention

  private static let d = AttentionCases.d

  /// Three projections to [N, heads, length, d].
  private static func projected(
    _ b: inout NetworkBuilder, _ heads: [Int], size: Int = d
  ) throws -> [String] {
    var parts: [String] = []
    for (name, count) in zip(["q", "k", "v"], heads) {
      let x = try AttentionCases.linear(&b, name, b.input, count * size)
      let split = b.integers("heads.\(count).\(size)", [0, 0, count, size])
      let y = try b.add("Reshape", name: "\(name).heads", [x, split])
      parts.append(
        try b.add("Transpose", name: "\(name).first", [y], ["perm": .ints([0, 2, 1, 3])]))
    }
    return parts
  }

  private static func joined(_ b: inout NetworkBuilder, _ x: String, _ wide: Int) throws -> Network
  {
    let back = try b.add("Transpose", name: "back", [x], ["perm": .ints([0, 2, 1, 3])])
    let y = try b.add("Reshape", name: "join", [back, b.integers("joined.\(wide)", [0, 0, wide])])
    return try b.finish(b.sum("s", AttentionCases.linear(&b, "out", y, 6), b.input))
  }

  private static func tokens(_ name: String) -> NetworkBuilder {
    NetworkBuilder(name, input: ["batch", 5, 6])
  }

  private static let twoOfThree: [String: [Pick]] = {
    let features = [0, 2].spread(width: d)
    return AttentionCases.picks("q", out: features) + AttentionCases.picks("k", out: features)
      + AttentionCases.picks("v", out: features) + AttentionCases.picks("out", in: features)
  }()

  static let einsum = AcceptanceCase(
    build: { n in
      var b = tokens("einsum")
      let parts = try projected(&b, [n[0], n[0], n[0]])
      let scores = try b.add(
        "Einsum", name: "scores", [parts[0], parts[1]],
        ["equation": .string("bhqd, bhkd -> bhqk")])
      let weights = try b.add("Softmax", name: "weights", [scores], ["axis": .int(-1)])
      let mixed = try b.add(
        "Einsum", name: "mixed", [weights, parts[2]],
        ["equation": .string("b h q k, b h k d -> b h q d")])
      return try joined(&b, mixed, n[0] * d)
    }, sizes: ([3], [2]), kept: ["q": [0, 2]], picks: twoOfThree)

  static let einsumLinear = AcceptanceCase(
    build: { n in
      var b = tokens("einsum linear")
      func layer(_ name: String, _ x: String, _ equation: String, _ shape: [Int]) throws -> String {
        try b.add(
          "Einsum", name: name, [x, b.weight("\(name).weight", shape)],
          ["equation": .string(equation)])
      }
      let x = try layer("first", b.input, "...i,oi->...o", [n[0], 6])
      let y = try layer("second", b.relu(x), "bti,io->bto", [n[0], n[1]])
      return try b.finish(layer("third", b.relu(y), "...i,oi->...o", [3, n[1]]))
    }, sizes: ([7, 5], [3, 2]), kept: ["first": [0, 4, 6], "second": [1, 4]],
    picks: [
      "first.weight": [.axis(0, [0, 4, 6])],
      "second.weight": [.axis(0, [0, 4, 6]), .axis(1, [1, 4])],
      "third.weight": [.axis(1, [1, 4])],
    ])

  /// Six query heads share three key-value heads by twos.
  static let attention = AcceptanceCase(
    build: { n in
      var b = tokens("attention")
      let parts = try projected(&b, [2 * n[0], n[0], n[0]])
      let mixed = try b.add("Attention", name: "mixed", parts)
      var network = try joined(&b, mixed, 2 * n[0] * d)
      network.opsets = ["": 23]
      return network
    }, sizes: ([3], [2]), kept: ["q": [0, 2]],
    picks: AttentionCases.picks("q", out: [0, 2].spread(width: 2 * d))
      + AttentionCases.picks("k", out: [0, 2].spread(width: d))
      + AttentionCases.picks("v", out: [0, 2].spread(width: d))
      + AttentionCases.picks("out", in: [0, 2].spread(width: 2 * d)))

  static let tokensFirst = AcceptanceCase(
    build: { n in
      var b = tokens("tokens first")
      var parts: [String] = []
      for name in ["q", "k", "v"] {
        parts.append(try AttentionCases.linear(&b, name, b.input, n[0] * d))
      }
      let heads = Attribute.int(Int64(n[0]))
      let mixed = try b.add(
        "Attention", name: "mixed", parts, ["q_num_heads": heads, "kv_num_heads": heads])
      var network = try b.finish(AttentionCases.linear(&b, "out", mixed, 6))
      network.opsets = ["": 23]
      return network
    }, sizes: ([3], [2]), kept: ["q": [0, 2]], picks: twoOfThree)

  /// One head, so that features are what is free; the scale stays what it was. n: features of
  /// queries and keys, of values.
  static let headFeatures = AcceptanceCase(
    build: { n in
      var b = tokens("head features")
      var parts: [String] = []
      for (name, size) in [("q", n[0]), ("k", n[0]), ("v", n[1])] {
        let x = try AttentionCases.linear(&b, name, b.input, size)
        parts.append(try b.add("Unsqueeze", name: "\(name).head", [x, b.integers("one", [1])]))
      }
      let mixed = try b.add(
        "Attention", name: "mixed", parts, n[0] == 16 ? [:] : ["scale": .float(0.25)])
      let y = try b.add("Squeeze", name: "headless", [mixed, b.integers("one", [1])])
      var network = try b.finish(AttentionCases.linear(&b, "out", y, 6))
      network.opsets = ["": 23]
      return network
    }, sizes: ([16, 5], [4, 2]), kept: ["q": [0, 3, 5, 8], "v": [1, 4]],
    picks: AttentionCases.picks("q", out: [0, 3, 5, 8])
      + AttentionCases.picks("k", out: [0, 3, 5, 8]) + AttentionCases.picks("v", out: [1, 4])
      + AttentionCases.picks("out", in: [1, 4]))

  // MARK: sizes

  static let tiled = AcceptanceCase(
    build: { n in
      var b = images("tiled")
      let x = try b.conv("a", b.input, n[0], kernel: 1)
      let map = try b.sigmoid(b.conv("map", b.input, 1, kernel: 1))
      let repeats = b.integers("repeats", [1, n[0], 1, 1])
      let wide = try b.add("Tile", name: "wide", [map, repeats])
      return try ConvolutionCases.head(&b, b.add("Mul", name: "gated", [x, wide]))
    }, sizes: ([6], [2]), kept: ["a": [0, 5]],
    picks: picks("a", out: [0, 5]) + picks("head", in: [0, 5]))

  /// [N, C, H, W] to [N, C, H W] and back as exporters write it: extents are looked up and joined,
  /// some as numbers and some from shapes.
  static let computed = AcceptanceCase(
    build: { n in
      var b = images("computed")
      let x = try b.conv("a", b.input, n[0], kernel: 1)
      let shape = try b.add("Shape", name: "shape", [x])
      func extent(_ axis: Int) throws -> String {
        let place = b.tensor("at.\(axis)", TensorData(scalar: Int64(axis)), role: .constant)
        let number = try b.add("Gather", name: "extent", [shape, place], ["axis": .int(0)])
        return try b.add("Unsqueeze", name: "list", [number, b.integers("zero", [0])])
      }
      let (batch, channels) = (try extent(0), try extent(1))
      let flat = try b.add(
        "Concat", name: "flat", [batch, channels, b.integers("rest", [-1])], ["axis": .int(0)])
      let y = try b.relu(b.add("Reshape", name: "row", [x, flat]))
      // The channels once more, as a number that must follow; and twice the batch cut in half.
      let double = try b.add("Mul", name: "double", [batch, b.integers("two", [2])])
      let half = b.integers("half", [n[0] / 2])
      let mixed = try b.add(
        "Concat", name: "mixed", [double, half, extent(2), extent(3)], ["axis": .int(0)])
      let z = try b.relu(b.add("Reshape", name: "halves", [y, mixed]))
      let back = try b.add(
        "Concat", name: "back", [batch, b.integers("c.\(n[0])", [n[0]]), extent(2), extent(3)],
        ["axis": .int(0)])
      return try ConvolutionCases.head(&b, b.add("Reshape", name: "square", [z, back]))
    }, sizes: ([8], [4]), kept: ["a": [1]],
    picks: picks("a", out: [4, 5, 6, 7]) + picks("head", in: [4, 5, 6, 7]))

  /// [T, N, I] through an LSTM whose first states are zeros as many as the batch, and as its units.
  static let initialStates = AcceptanceCase(
    build: { n in
      var b = NetworkBuilder("initial states", input: [4, "batch", 3])
      let rows = 4 * n[0]
      let shape = try b.add("Shape", name: "shape", [b.input])
      let batch = try b.add(
        "Gather", name: "n", [shape, b.integers("one", [1])], ["axis": .int(0)])
      let sizes = try b.add(
        "Concat", name: "sizes", [b.integers("one", [1]), batch, b.integers("h", [n[0]])],
        ["axis": .int(0)])
      let zeros = try b.add(
        "ConstantOfShape", name: "zeros", [sizes],
        ["value": .tensor(TensorData(vector: [Float(0)]))])
      let x = try b.add(
        "LSTM", name: "lstm",
        [
          b.input, b.weight("lstm.w", [1, rows, 3]), b.weight("lstm.r", [1, rows, n[0]]),
          b.weight("lstm.b", [1, 2 * rows]), "", zeros, zeros,
        ], ["hidden_size": .int(Int64(n[0]))], outputs: 2)
      let last = try b.add("Squeeze", name: "last", ["\(x).1", b.integers("zero", [0])])
      return try b.finish(b.linear("head", last, 3))
    }, sizes: ([5], [2]), kept: ["lstm.w[0..<5]": [0, 3]],
    picks: [
      "lstm.w": [.axis(1, [0, 3].spread(width: 1, copies: 4, step: 5))],
      "lstm.r": [.axis(1, [0, 3].spread(width: 1, copies: 4, step: 5)), .axis(2, [0, 3])],
      "lstm.b": [.axis(1, [0, 3].spread(width: 1, copies: 8, step: 5))],
    ] + .layer("head", in: [0, 3]))

  /// Rows of places replaced by others, all channels alike.
  static let scattered = AcceptanceCase(
    build: { n in
      var b = NetworkBuilder("scattered", input: [6, 3])
      let x = try b.linear("a", b.input, n[0])
      let y = try b.relu(b.linear("c", b.input, n[0]))
      let rows = try b.add(
        "Gather", name: "rows", [y, b.integers("which", [1, 4])], ["axis": .int(0)])
      let places = b.tensor(
        "places", try TensorData([Int64(3), 0], shape: [2, 1]), role: .constant)
      let z = try b.add("ScatterND", name: "scattered", [x, places, rows])
      return try b.finish(b.linear("head", z, 3))
    }, sizes: ([6], [2]), kept: ["a": [2, 5]],
    picks: .layer("a", out: [2, 5]) + .layer("c", out: [2, 5]) + .layer("head", in: [2, 5]))

  /// Weights brought to zero mean over their inputs before they are used; the filters are free.
  static let standardized = AcceptanceCase(
    build: { n in
      var b = images("standardized")
      let weight = try b.weight("a.weight", [n[0], 3, 3, 3])
      let mean = try b.add("ReduceMean", name: "mean", [weight], ["axes": .ints([1, 2, 3])])
      let centred = try b.add("Sub", name: "centred", [weight, mean])
      let x = try b.add("Conv", name: "a", [b.input, centred], ["pads": .ints([1, 1, 1, 1])])
      return try ConvolutionCases.head(&b, b.relu(x))
    }, sizes: ([6], [3]), kept: ["a": [0, 2, 3]],
    picks: ["a.weight": [.axis(0, [0, 2, 3])]] + picks("head", in: [0, 2, 3]))

  static let neighbours = AcceptanceCase(
    build: { n in
      var b = images("neighbours")
      let x = try b.relu(b.conv("a", b.input, n[0], kernel: 1))
      return try ConvolutionCases.head(&b, b.add("LRN", name: "lrn", [x], ["size": .int(3)]))
    }, sizes: ([6], [3]), kept: ["a": [0, 2, 3]],
    picks: picks("a", out: [0, 2, 3]) + picks("head", in: [0, 2, 3]), mixes: true,
    masks: false)

  /// Sums over channels do not notice a channel of zeros; one sum runs along, one is whole.
  static let sums = AcceptanceCase(
    build: { n in
      var b = images("sums")
      let x = try b.relu(b.conv("a", b.input, n[0], kernel: 1))
      let along = try b.add("CumSum", name: "along", [x, b.integers("one", [1])])
      let whole = try b.add(
        "ReduceSum", name: "whole", [x, b.integers("one", [1])], ["keepdims": .int(1)])
      return try ConvolutionCases.head(&b, b.add("Mul", name: "m", [along, b.sigmoid(whole)]))
    }, sizes: ([6], [3]), kept: ["a": [0, 2, 3]],
    picks: picks("a", out: [0, 2, 3]) + picks("head", in: [0, 2, 3]))

  /// Upsampling to the size of another map: batch and channels from one shape, the rest from another.
  static let resized = AcceptanceCase(
    build: { n in
      var b = images("resized")
      let x = try b.conv("a", b.input, n[0], kernel: 2, stride: 2)
      let own = try slice(&b, b.add("Shape", name: "own", [x]), 0, 2, 1, axis: 0)
      let target = try slice(&b, b.add("Shape", name: "target", [b.input]), 2, 4, 1, axis: 0)
      let sizes = try b.add("Concat", name: "sizes", [own, target], ["axis": .int(0)])
      let y = try b.add("Resize", name: "up", [x, "", "", sizes], ["mode": .string("nearest")])
      return try ConvolutionCases.head(&b, y)
    }, sizes: ([6], [3]), kept: ["a": [0, 2, 3]],
    picks: picks("a", out: [0, 2, 3]) + picks("head", in: [0, 2, 3]))
}
