// Shape arithmetic that the graph does itself, followed on constants.

import OrderedCollections
import Testing

@testable import Network

@Suite struct OperatorsFoldTests {
  @Test func pickingAndJoining() throws {
    #expect(SingleNode("Shape", [[2, 9, 4]]).folded() == [2, 9, 4])
    #expect(SingleNode("Shape", [[2, 9, 4]], ["start": .int(1), "end": .int(-1)]).folded() == [9])
    #expect(SingleNode("Size", [[2, 9]]).folded() == [18])
    #expect(SingleNode("Gather", [], lists: [[5, 6, 7], [-1]]).folded() == [7])
    #expect(
      SingleNode("Concat", [], lists: [[5], [6, 7]], ["axis": .int(0)]).folded() == [5, 6, 7])
    #expect(SingleNode("Slice", [], lists: [[5, 6, 7, 8], [1], [3]]).folded() == [6, 7])
    #expect(
      SingleNode("Slice", [], lists: [[5, 6, 7, 8], [-1], [.min], [0], [-2]]).folded() == [8, 6])
    #expect(
      SingleNode("Slice", [], lists: [[5, 6, 7, 8], [-1], [.min], [0], [-1]]).folded()
        == [8, 7, 6, 5])
    #expect(SingleNode("Unsqueeze", [], lists: [[5], [0]]).folded() == [5])
    #expect(SingleNode("Identity", [], lists: [[5, 6]]).folded() == [5, 6])
    #expect(SingleNode("Reshape", [], lists: [[5, 6], [2, 1]]).folded() == [5, 6])
  }

  @Test func arithmetic() throws {
    #expect(SingleNode("Add", [], lists: [[1, 2], [10]]).folded() == [11, 12])
    #expect(SingleNode("Sub", [], lists: [[1, 2], [10, 20]]).folded() == [-9, -18])
    #expect(SingleNode("Mul", [], lists: [[3], [4]]).folded() == [12])
    #expect(SingleNode("Div", [], lists: [[-7], [2]]).folded() == [-3])
    #expect(SingleNode("Equal", [], lists: [[3, 4], [4]]).folded() == [0, 1])
    #expect(SingleNode("Where", [], lists: [[1, 0], [5, 6], [7, 8]]).folded() == [5, 8])
    #expect(SingleNode("Max", [], lists: [[1], [9], [4]]).folded() == [9])
    #expect(SingleNode("ReduceProd", [], lists: [[3, 4, 5]]).folded() == [60])
    #expect(SingleNode("Range", [], lists: [[5], [0], [-2]]).folded() == [5, 3, 1])
    #expect(SingleNode("Cast", [], lists: [[5, -6]], ["to": .int(6)]).folded() == [5, -6])
    #expect(SingleNode("ConstantOfShape", [], lists: [[2]]).folded() == nil)
  }

  @Test func whatDoesNotFitIsNotFolded() throws {
    #expect(SingleNode("Div", [], lists: [[1], [0]]).folded() == nil)
    #expect(SingleNode("Div", [], lists: [[.min], [-1]]).folded() == nil)
    #expect(SingleNode("Mul", [], lists: [[.max], [2]]).folded() == nil)
    #expect(SingleNode("ReduceProd", [], lists: [[.max, 2]]).folded() == nil)
    #expect(SingleNode("Cast", [], lists: [[300]], ["to": .int(2)]).folded() == nil)
    #expect(SingleNode("Gather", [], lists: [[1], [4]]).folded() == nil)
    let big = Array(repeating: 1, count: Folding.limit + 1)
    #expect(SingleNode("Concat", [], lists: [big], ["axis": .int(0)]).folded() == nil)
  }

  /// Pads as exporters write them: pairs from the last axis on, turned round and transposed.
  @Test func exportedPads() throws {
    func list(_ values: [Int64]) -> Initializer {
      Initializer(TensorData(vector: values), role: .constant)
    }
    var net = Network(
      name: "exported", inputs: [ValueInfo("x", .float32, ["batch", 3, 4, 5])],
      outputs: [ValueInfo("y")])
    net.initializers = [
      "given": list([1, 2, 3, 4]), "rest": list([4]), "pairs": list([-1, 2]),
      "from": list([-1]), "to": list([.min]), "first": list([0]), "back": list([-1]),
      "flat": list([-1]),
    ]
    net.nodes = [
      Node(
        "ConstantOfShape", name: "", inputs: ["rest"], outputs: ["zeros"],
        attributes: ["value": .tensor(TensorData(vector: [Int64(0)]))]),
      Node(
        "Concat", name: "", inputs: ["given", "zeros"], outputs: ["list"],
        attributes: ["axis": .int(0)]),
      Node("Reshape", name: "", inputs: ["list", "pairs"], outputs: ["table"]),
      Node(
        "Slice", name: "", inputs: ["table", "from", "to", "first", "back"], outputs: ["turned"]),
      Node(
        "Transpose", name: "", inputs: ["turned"], outputs: ["columns"],
        attributes: ["perm": .ints([1, 0])]),
      Node("Reshape", name: "", inputs: ["columns", "flat"], outputs: ["pads"]),
      Node("Pad", name: "", inputs: ["x", "pads"], outputs: ["y"]),
    ]
    #expect(try net.infer().types["y"]?.shape == [1, 3, 4 + 3 + 4, 5 + 1 + 2])
  }

  /// A flatten as exporters write it: the shape is computed from the input's own shape.
  @Test func exportedFlatten() throws {
    var net = Network(
      name: "exported", inputs: [ValueInfo("x", .float32, ["batch", 3, 4, 5])],
      outputs: [ValueInfo("y", .float32, ["batch", 60])])
    net.initializers = [
      "zero": Initializer(TensorData(vector: [Int64(0)]), role: .constant),
      "rest": Initializer(TensorData(vector: [Int64(-1)]), role: .constant),
    ]
    net.nodes = [
      Node("Shape", name: "shape", inputs: ["x"], outputs: ["shape"]),
      Node("Gather", name: "batch", inputs: ["shape", "zero"], outputs: ["batch"]),
      Node(
        "Concat", name: "target", inputs: ["batch", "rest"], outputs: ["target"],
        attributes: ["axis": .int(0)]),
      Node("Reshape", name: "flat", inputs: ["x", "target"], outputs: ["y"]),
    ]
    #expect(try net.infer(binding: ["batch": 7]).types["y"]?.shape == [7, 60])
    #expect(try net.infer().gaps.isEmpty)
  }

  @Test func remaindersHaveTheSignOfTheDivisor() throws {
    #expect(
      SingleNode("Mod", [], lists: [[-7, 7, 56, -6], [3, -3, 7, 3]]).folded() == [2, -2, 0, 0])
    #expect(SingleNode("Mod", [], lists: [[7], [0]]).folded() == nil)
  }

  private static func number(_ op: String, _ numbers: Float...) -> Double? {
    var node = SingleNode(op, numbers.map { _ in [] })
    for (index, number) in numbers.enumerated() {
      node.constants[index] = TensorData(scalar: number)
    }
    return Operators.named(op)?.fold(node.view)?.first??.reals?.first
  }

  /// Extents that exporters compute in floating point, as for padding to a multiple.
  @Test func numbersThatAreNotWhole() throws {
    #expect(Self.number("Div", 7, 2) == 3.5)
    #expect(Self.number("Sub", 2, 0.5) == 1.5)
    #expect(Self.number("Div", 7, 0) == nil)
    #expect(Self.number("Ceil", 3.5) == 4)
    #expect(Self.number("Floor", -3.5) == -4)
    #expect(Self.number("Round", 2.5) == 2)
    #expect(Self.number("Clip", 5, 0, 3) == 3)
    #expect(Self.number("Sqrt", -1) == nil)
    var cast = SingleNode("Cast", [[]], ["to": .int(7)])
    cast.constants[0] = TensorData(scalar: Float(-1.5))
    #expect(cast.folded() == [-1])
  }
}
