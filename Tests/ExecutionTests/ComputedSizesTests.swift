// What a network computes from the sizes of its own tensors, when those tensors are cut.

import Network
import OrderedCollections
import Testing

@testable import Execution

@Suite struct ComputedSizesTests {
  private static func builder() -> NetworkBuilder {
    NetworkBuilder("sizes", input: ["batch", 5, 6])
  }

  /// The extent of the last axis of `x`, as a list of one integer.
  private static func width(_ b: inout NetworkBuilder, of x: String) throws -> String {
    let shape = try b.add("Shape", name: "shape", [x])
    return try b.add("Gather", name: "width", [shape, b.integers("last", [2])])
  }

  private static func check(_ network: Network, keeping units: [Int]) throws -> Network {
    let network = try Samples.randomized(network, seed: 51)
    let kept = [try Kept(network.coupling().group(named: "a"), units: units)]
    try InvariantTests.check(network, kept)
    return try network.cut(keeping: kept)
  }

  /// Attention divides by the root of a head's width, which exporters compute from a shape: it stays
  /// what the network was trained with.
  @Test func aScaleStaysWhatItWas() throws {
    var b = Self.builder()
    let x = try AttentionCases.linear(&b, "a", b.input, 8)
    let width = try Self.width(&b, of: x)
    let real = try b.add("Cast", name: "real", [width], ["to": .int(1)])
    let scaled = try b.add("Div", name: "scaled", [x, b.add("Sqrt", name: "root", [real])])
    let network = try b.finish(AttentionCases.linear(&b, "out", scaled, 3))
    let cut = try Self.check(network, keeping: [0, 1, 4, 6, 7])
    #expect(!cut.nodes.contains { $0.op == "Cast" })
  }

  /// A tensor that is not cut is reshaped to sizes computed from one that is.
  @Test func aReshapeKeepsItsShapeWhereItsTensorIsWhole() throws {
    var b = Self.builder()
    let x = try AttentionCases.linear(&b, "a", b.input, 8)
    let y = try AttentionCases.linear(&b, "b", x, 8)
    let half = try b.add(
      "Div", name: "half", [Self.width(&b, of: x), b.integers("two", [2])])
    let target = try b.add(
      "Concat", name: "target", [b.integers("front", [0, 5, 2]), half], ["axis": .int(0)])
    let heads = try b.add("Reshape", name: "heads", [y, target])
    let back = try b.add("Reshape", name: "back", [heads, b.integers("flat", [0, 5, 8])])
    let network = try b.finish(AttentionCases.linear(&b, "out", back, 3))
    let cut = try Self.check(network, keeping: [0, 1, 2, 4, 6, 7])
    #expect(try cut.infer().types["heads"]?.shape == [1, 5, 2, 4])
  }

  /// A tensor that is not cut is sliced to an end computed from one that is.
  @Test func aSliceKeepsItsEnd() throws {
    var b = Self.builder()
    let x = try AttentionCases.linear(&b, "a", b.input, 8)
    let y = try AttentionCases.linear(&b, "b", x, 12)
    let slice = try b.add(
      "Slice", name: "slice",
      [y, b.integers("begin", [0]), Self.width(&b, of: x), b.integers("axis", [2])])
    let network = try b.finish(AttentionCases.linear(&b, "out", slice, 3))
    let cut = try Self.check(network, keeping: [0, 1, 2, 4])
    #expect(try cut.infer().types["slice"]?.shape == [1, 5, 8])
  }

  /// What follows the batch as well as a width is computed when the network runs.
  @Test func whatFollowsTheBatchStaysComputed() throws {
    var b = Self.builder()
    let x = try AttentionCases.linear(&b, "a", b.input, 8)
    let shape = try b.add("Shape", name: "sizes", [x])
    let batch = try b.add("Gather", name: "samples", [shape, b.integers("first", [0])])
    let both = try b.add("Mul", name: "both", [batch, Self.width(&b, of: x)])
    let real = try b.add("Cast", name: "real", [both], ["to": .int(1)])
    let scaled = try b.add("Div", name: "scaled", [x, real])
    let network = try b.finish(AttentionCases.linear(&b, "out", scaled, 3))
    let group = try network.coupling().group(named: "a")
    let cut = try network.cut(keeping: [Kept(group, units: [0, 1, 2])])
    #expect(cut.nodes.contains { $0.name == "real" && $0.op == "Cast" })
  }
}
