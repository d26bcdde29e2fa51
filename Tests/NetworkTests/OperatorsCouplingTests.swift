// Groups and cuts around each operator that moves, joins or splits channels, worked out by hand.

import OrderedCollections
import Testing

@testable import Network

@Suite struct OperatorsCouplingTests {
  /// A convolution `a` of `channels` 1 by 1 filters on 2 by 2 pixels, ready for what follows.
  static func start(_ channels: Int) throws -> (NetworkBuilder, String) {
    var b = NetworkBuilder("test", input: ["batch", 3, 2, 2], seed: 7)
    let x = try b.conv("a", b.input, channels, kernel: 1)
    return (b, x)
  }

  /// The network cut to the given units of a group.
  static func cut(_ network: Network, _ name: String, _ units: [Int]) throws -> Network {
    let group = try network.coupling().group(named: name)
    let small = try network.cut(keeping: [Kept(group, units: units)])
    try small.validate()
    let inference = try small.infer()
    #expect(inference.gaps.isEmpty)
    #expect(
      inference.types["logits"]?.shape == (try network.infer()).types["logits"]?.shape)
    return small
  }

  static func integers(_ network: Network, _ name: String) -> [Int]? {
    network.initializers[name]?.tensor.integers
  }

  @Test func flattenMakesBlocks() throws {
    var (b, x) = try Self.start(6)
    x = try b.linear("fc", b.flatten(x), 2)
    let network = try b.finish(x)
    let group = try network.coupling().group(named: "a")
    let columns = try #require(group.members.first { $0.value == "fc.weight" })
    #expect((columns.axis, columns.stride, columns.width) == (1, 4, 4))
    #expect(columns.part == .consumer)
    let small = try Self.cut(network, "a", [1, 4])
    let before = try #require(network.initializers["fc.weight"]).tensor.values(as: Float.self)
    let after = try #require(small.initializers["fc.weight"]).tensor
    #expect(after.shape == [2, 8])
    #expect(
      try after.values(as: Float.self)
        == [4..<8, 16..<20, 28..<32, 40..<44].flatMap { before[$0] })
  }

  @Test func reshapeRewritesItsNumbers() throws {
    var (b, x) = try Self.start(6)
    let flat = b.integers("flat", [-1, 24])
    x = try b.add("Reshape", name: "r", [x, flat])
    x = try b.linear("fc", x, 2)
    let small = try Self.cut(b.finish(x), "a", [0, 2, 5])
    #expect(Self.integers(small, "flat") == [-1, 12])
  }

  @Test func splitAxesFollowTheOuterOne() throws {
    // 6 features as 3 heads of 2: only whole heads may leave.
    var b = NetworkBuilder("test", input: ["batch", 4], seed: 7)
    var x = try b.linear("a", b.input, 6)
    x = try b.add("Reshape", name: "heads", [x, b.integers("split", [0, 3, 2])])
    x = try b.relu(x)
    x = try b.add("Reshape", name: "merged", [x, b.integers("merge", [0, -1])])
    let network = try b.finish(b.linear("fc", x, 2))
    let group = try network.coupling().group(named: "a")
    #expect(group.size == 3)
    #expect(group.producers.map(\.width) == [2])
    let small = try Self.cut(network, "a", [0, 2])
    #expect(small.initializers["a.weight"]?.tensor.shape == [4, 4])
    #expect(small.initializers["fc.weight"]?.tensor.shape == [2, 4])
    #expect(Self.integers(small, "split") == [0, 2, 2])
    #expect(Self.integers(small, "merge") == [0, -1])
  }

  @Test func computedBatchStaysFree() throws {
    // A shape that the graph computes holds the batch; after the cut it is copied, not fixed at 1.
    var (b, x) = try Self.start(6)
    x = try b.add("Reshape", name: "r", [x, b.integers("target", [1, 24])])
    var network = try b.finish(b.linear("fc", x, 2))
    network.nodes.insert(
      contentsOf: [
        Node("Shape", name: "n", inputs: ["a"], outputs: ["n"], attributes: ["end": .int(1)]),
        Node(
          "Concat", name: "target", inputs: ["n", "features"], outputs: ["target"],
          attributes: ["axis": .int(0)]),
      ], at: 1)
    network.initializers["features"] = network.initializers.removeValue(forKey: "target")
    network.initializers["features"]?.tensor = TensorData(vector: [Int64(24)])
    let small = try Self.cut(network, "a", [0, 2, 5])
    let reshape = try #require(small.nodes.first { $0.name == "r" })
    #expect(Self.integers(small, reshape.inputs[1]) == [0, 12])
    #expect(try small.infer(binding: ["batch": 9]).types["logits"]?.shape == [9, 2])
  }

  @Test func computedSizesStayComputed() throws {
    // [length, batch, features] to [length, batch heads, 4], as exporters write it with symbols.
    var b = NetworkBuilder("test", input: ["length", "batch", 6], seed: 7)
    let weight = try b.weight("a.weight", [6, 12])
    var x = try b.add("MatMul", name: "a", [b.input, weight])
    x = try b.add("Reshape", name: "heads", [x, b.integers("split", [1, 3, 4])])
    x = try b.add("Transpose", name: "first", [b.relu(x)], ["perm": .ints([1, 0, 2])])
    x = try b.add("Transpose", name: "back", [x], ["perm": .ints([1, 0, 2])])
    x = try b.add("Reshape", name: "join", [x, b.integers("merge", [1, 1, 12])])
    var network = try b.finish(b.add("MatMul", name: "c", [x, b.weight("c.weight", [12, 2])]))
    network.inputs[0].shape = ["length", "batch", 6]
    network.outputs[0].shape = ["length", "batch", 2]
    network.initializers["three"] = Initializer(TensorData(vector: [Int64(3)]), role: .constant)
    network.initializers["four"] = Initializer(TensorData(vector: [Int64(4)]), role: .constant)
    network.initializers["twelve"] = Initializer(TensorData(vector: [Int64(12)]), role: .constant)
    network.initializers["split"] = nil
    network.initializers["merge"] = nil
    func extent(_ name: String, _ axis: Int64) -> Node {
      Node(
        "Shape", name: name, inputs: ["input"], outputs: [name],
        attributes: ["start": .int(axis), "end": .int(axis + 1)])
    }
    network.nodes.insert(
      contentsOf: [
        extent("length", 0), extent("batch", 1),
        Node("Mul", name: "rows", inputs: ["batch", "three"], outputs: ["rows"]),
        Node(
          "Concat", name: "split", inputs: ["length", "rows", "four"], outputs: ["split"],
          attributes: ["axis": .int(0)]),
        Node(
          "Concat", name: "merge", inputs: ["length", "batch", "twelve"], outputs: ["merge"],
          attributes: ["axis": .int(0)]),
      ], at: 0)
    let group = try network.coupling().group(named: "a")
    #expect(group.size == 3)
    let small = try network.cut(keeping: [Kept(group, units: [0, 2])])
    let types = try small.infer(binding: ["length": 5, "batch": 7]).types
    #expect(types["heads"]?.shape == [5, 14, 4])
    #expect(types["logits"]?.shape == [5, 7, 2])
  }

  @Test func concatenationKeepsItsParts() throws {
    var (b, x) = try Self.start(4)
    let y = try b.conv("b", b.input, 3, kernel: 1)
    x = try b.conv("c", b.concat("both", [x, y]), 2, kernel: 1)
    let network = try b.finish(b.flatten(x))
    let first = try network.coupling().group(named: "a")
    let second = try network.coupling().group(named: "b")
    #expect((first.size, second.size) == (4, 3))
    #expect(second.consumers.map(\.start) == [4])
    let small = try Self.cut(network, "b", [2])
    #expect(small.initializers["c.weight"]?.tensor.shape == [2, 5, 1, 1])
  }

  @Test func splitRewritesItsSizes() throws {
    var (b, x) = try Self.start(6)
    x = try b.add(
      "Split", name: "parts", [x, b.integers("sizes", [2, 4])], ["axis": .int(1)], outputs: 2)
    let left = try b.conv("c", x, 2, kernel: 1)
    let right = try b.conv("d", "parts.1", 2, kernel: 1)
    let network = try b.finish(b.flatten(b.sum("s", left, right)))
    let coupling = try network.coupling()
    #expect(coupling.groups.prefix(2).map(\.name) == ["a[0..<2]", "a[2..<6]"])
    let small = try Self.cut(network, "a[2..<6]", [1, 3])
    #expect(Self.integers(small, "sizes") == [2, 2])
    #expect(small.initializers["d.weight"]?.tensor.shape == [2, 2, 1, 1])
  }

  @Test func equalHalvesStayEqualWhereTheyMeet() throws {
    // A gated unit multiplies the halves, so unit i and unit i + 3 leave together.
    var (b, x) = try Self.start(6)
    x = try b.add("Split", name: "half", [x], ["axis": .int(1)], outputs: 2)
    let gate = try b.sigmoid("half.1")
    x = try b.add("Mul", name: "gated", [x, gate])
    let network = try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
    let group = try #require(try network.coupling().groups.first)
    #expect(group.size == 3)
    #expect(group.producers.map(\.start) == [0, 3])
    let small = try Self.cut(network, group.name, [0, 2])
    #expect(small.initializers["a.weight"]?.tensor.shape == [4, 3, 1, 1])
    #expect(try small.infer().types["half"]?.shape == [1, 2, 2, 2])
  }

  @Test func sliceRewritesItsBorders() throws {
    var (b, x) = try Self.start(8)
    let lists = [b.integers("starts", [2]), b.integers("ends", [6]), b.integers("axes", [1])]
    x = try b.add("Slice", name: "middle", [x] + lists)
    let network = try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
    let coupling = try network.coupling()
    let middle = try #require(coupling.groups.first { !$0.consumers.isEmpty && $0.size == 4 })
    let small = try Self.cut(network, middle.name, [0, 3])
    #expect(Self.integers(small, "starts") == [2])
    #expect(Self.integers(small, "ends") == [4])
    let outer = try #require(coupling.groups.first { $0.consumers.isEmpty && $0.size == 2 })
    let rest = try Self.cut(network, outer.name, [1])
    #expect(rest.initializers["a.weight"]?.tensor.shape == [7, 3, 1, 1])
    #expect(rest.initializers["c.weight"]?.tensor.shape == [2, 4, 1, 1])
  }

  @Test func aKnownConditionPicksChannels() throws {
    var (b, x) = try Self.start(5)
    let condition = b.tensor(
      "condition", try TensorData([true, false, true, true], shape: [4]), role: .constant)
    x = try b.add("Compress", name: "pick", [x, condition], ["axis": .int(1)])
    let network = try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
    let coupling = try network.coupling()
    let consumed = coupling.groups.filter { !$0.consumers.isEmpty }
    #expect(consumed.map(\.size).reduce(0, +) == 3 && consumed.allSatisfy { $0.frozen.isEmpty })
    let pair = try #require(consumed.first { $0.size == 2 })
    let small = try network.cut(keeping: [Kept(pair, units: [1])])
    #expect(small.initializers["a.weight"]?.tensor.shape == [4, 3, 1, 1])
    #expect(small.initializers["c.weight"]?.tensor.shape == [2, 2, 1, 1])
    let written = try #require(small.initializers[small.nodes[1].inputs[1]]?.tensor)
    #expect(written.type == .bool && written.integers == [1, 0, 1])
  }

  private static func everySecond(_ axes: [Int]) throws -> Network {
    var (b, x) = try start(8)
    let lists = [
      b.integers("starts", axes.map { _ in 0 }), b.integers("ends", axes.map { [1, 8, 2, 2][$0] }),
      b.integers("axes", axes), b.integers("steps", axes.map { _ in 2 }),
    ]
    x = try b.add("Slice", name: "even", [x] + lists)
    return try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
  }

  @Test func stridedSliceBecomesALookup() throws {
    let network = try Self.everySecond([1])
    let small = try Self.cut(network, "a[0..<7]", [0, 1, 3])
    #expect(small.nodes.map(\.op) == ["Conv", "Gather", "Conv", "Flatten"])
    // Of the channels 0, 1, 2, 3, 5, 6, 7 that stay.
    #expect(Self.integers(small, small.nodes[1].inputs[1]) == [0, 2, 5])
    #expect(small.initializers["c.weight"]?.tensor.shape == [2, 3, 1, 1])
    #expect(small.initializers["steps"] == nil)
  }

  @Test func stridedSliceOfSeveralAxesFreezes() throws {
    let network = try Self.everySecond([1, 2])
    let group = try network.coupling().group(named: "a")
    #expect(
      group.frozen.contains {
        $0 == "even (Slice): it takes indices in steps of 2 on one of several axes"
      })
  }

  @Test func paddingShortcutKeepsBothSides() throws {
    var (b, x) = try Self.start(4)
    let wide = try b.conv("w", x, 8, kernel: 1, stride: 2)
    let path = try b.paddingShortcut("path", x, 8, stride: 2)
    x = try b.relu(b.sum("s", wide, path))
    let network = try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
    let coupling = try network.coupling()
    #expect(coupling.groups.map(\.size) == [4, 2, 2])
    var small = try Self.cut(network, "w[0..<2]", [1])
    #expect(Self.integers(small, "path.pads") == [0, 1, 0, 0, 0, 2, 0, 0])
    #expect(small.initializers["w.weight"]?.tensor.shape == [7, 4, 1, 1])
    small = try Self.cut(network, "a", [0, 3])
    #expect(Self.integers(small, "path.pads") == [0, 2, 0, 0, 0, 2, 0, 0])
    #expect(small.initializers["w.weight"]?.tensor.shape == [6, 2, 1, 1])
    small = try Self.cut(network, "w[6..<8]", [0])
    #expect(Self.integers(small, "path.pads") == [0, 2, 0, 0, 0, 1, 0, 0])
  }

  @Test func otherPaddingFreezes() throws {
    var (b, x) = try Self.start(4)
    let value = b.tensor("one", TensorData(scalar: Float(1)), role: .constant)
    x = try b.add("Pad", name: "p", [x, b.integers("pads", [0, 1, 0, 0, 0, 1, 0, 0]), value])
    let network = try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
    #expect(
      try network.coupling().group(named: "a").frozen.contains { $0.contains("than zeros") })
  }

  @Test func transposeCarriesChannels() throws {
    var (b, x) = try Self.start(5)
    x = try b.add("Transpose", name: "t", [x], ["perm": .integers(0, 2, 3, 1)])
    let weight = try b.weight("m.weight", [5, 2])
    x = try b.add("MatMul", name: "m", [x, weight])
    let network = try b.finish(b.flatten(x))
    let group = try network.coupling().group(named: "a")
    #expect(group.consumers.map { [$0.value, "\($0.axis)"] } == [["m.weight", "0"]])
    let small = try Self.cut(network, "a", [0, 4])
    #expect(small.initializers["m.weight"]?.tensor.shape == [2, 2])
  }

  @Test func matrixProductWithTheWeightFirst() throws {
    // y = W x: the rows of W make, its columns use.
    var b = NetworkBuilder("test", input: ["batch", 4], seed: 7)
    var x = try b.linear("a", b.input, 6)
    x = try b.add("Transpose", name: "t", [x])
    x = try b.add("MatMul", name: "m", [b.weight("m.weight", [5, 6]), x])
    x = try b.add("Transpose", name: "u", [x])
    let network = try b.finish(b.linear("fc", x, 2))
    let coupling = try network.coupling()
    let made = try coupling.group(named: "m")
    #expect((made.size, made.producers.map(\.axis)) == (5, [0]))
    let used = try coupling.group(named: "a")
    #expect(used.consumers.map(\.axis) == [1])
  }

  @Test func depthwiseConvolutionFollows() throws {
    var (b, x) = try Self.start(4)
    x = try b.conv("d", x, 8, kernel: 1, groups: 4)
    let network = try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
    let small = try Self.cut(network, "a", [0, 2, 3])
    #expect(small.initializers["d.weight"]?.tensor.shape == [6, 1, 1, 1])
    #expect(small.initializers["c.weight"]?.tensor.shape == [2, 6, 1, 1])
    #expect(small.nodes.first { $0.name == "d" }?.int("group") == 3)
  }

  @Test func normalisationSaysThatItMixes() throws {
    var b = NetworkBuilder("test", input: ["batch", 4], seed: 7)
    var x = try b.linear("a", b.input, 6)
    let vectors = [b.vector("n.weight", 1, count: 6), b.vector("n.bias", 0, count: 6)]
    x = try b.add("LayerNormalization", name: "n", [x] + vectors)
    let network = try b.finish(b.linear("fc", x, 2))
    let group = try network.coupling().group(named: "a")
    #expect(group.mixing.contains { $0.contains("n (LayerNormalization)") })
    let small = try Self.cut(network, "a", [0, 1, 5])
    #expect(small.initializers["n.weight"]?.tensor.shape == [3])
  }

  @Test func softmaxFreezesItsAxis() throws {
    var b = NetworkBuilder("test", input: ["batch", 4], seed: 7)
    var x = try b.linear("a", b.input, 6)
    x = try b.add("Softmax", name: "p", [x], ["axis": .int(-1)])
    let network = try b.finish(b.linear("fc", x, 2))
    #expect(
      try network.coupling().group(named: "a").frozen.contains { $0.contains("p (Softmax)") })
  }

  @Test func lstmUnitsLeaveAllGates() throws {
    let network = try Network.lstmClassifier(
      vocabulary: 11, embedding: 5, hidden: 4, classes: 3, steps: 6)
    let coupling = try network.coupling()
    #expect(coupling.groups.map(\.size) == [5, 4])
    let hidden = coupling.groups[1]
    #expect(
      hidden.producers.filter { $0.value == "lstm.weight_ih" }.map(\.start) == [0, 4, 8, 12])
    #expect(
      Set(hidden.consumers.map { "\($0.value) \($0.axis)" })
        == ["lstm.weight_hh 2", "fc.weight 1"])
    #expect(hidden.members.count { $0.value == "lstm.bias" } == 8)
    let small = try Self.cut(network, hidden.name, [1, 3])
    #expect(small.initializers["lstm.weight_hh"]?.tensor.shape == [1, 8, 2])
    #expect(small.initializers["lstm.bias"]?.tensor.shape == [1, 16])
    #expect(small.nodes.first { $0.op == "LSTM" }?.int("hidden_size") == 2)
    let table = try network.cut(keeping: [Kept(coupling.groups[0], units: [0, 2])])
    #expect(table.initializers["embedding.weight"]?.tensor.shape == [11, 2])
    #expect(table.initializers["lstm.weight_ih"]?.tensor.shape == [1, 16, 2])
  }

  @Test func excitationScalesItsOwnChannels() throws {
    var (b, x) = try Self.start(8)
    x = try b.squeezeExcitation("se", x, hidden: 3)
    let network = try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
    let coupling = try network.coupling()
    #expect(coupling.groups.map(\.name) == ["a", "se.fc1"])
    #expect(Set(coupling.groups[0].producers.map(\.value)) == ["a.weight", "se.fc2.weight"])
    _ = try Self.cut(network, "a", [0, 1, 6])
    _ = try Self.cut(network, "se.fc1", [2])
  }

  @Test func spaceToDepthAndBack() throws {
    for mode in ["DCR", "CRD"] {
      var (b, x) = try Self.start(8)
      x = try b.add(
        "DepthToSpace", name: "up", [x], ["blocksize": .int(2), "mode": .string(mode)])
      x = try b.add("SpaceToDepth", name: "down", [x], ["blocksize": .int(2)])
      let network = try b.finish(b.flatten(b.conv("c", x, 2, kernel: 1)))
      let group = try #require(try network.coupling().groups.first)
      #expect(group.size == 2)
      let small = try Self.cut(network, group.name, [1])
      #expect(small.initializers["a.weight"]?.tensor.shape == [4, 3, 1, 1])
      #expect(small.initializers["c.weight"]?.tensor.shape == [2, 4, 1, 1])
    }
  }
}
