// Malformed nodes: every one an error that says what was wrong, never a trap.

import OrderedCollections
import Testing

@testable import Network

@Suite struct OperatorsFaultTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let node: SingleNode
    let word: String

    init(_ node: SingleNode, _ word: String) {
      self.node = node
      self.word = word
    }

    var testDescription: String { "\(node.op): \(word)" }
  }

  static let cases = [
    Case(SingleNode("Conv", [[1, 3, 8, 8]]), "is left out"),
    Case(SingleNode("Conv", [[3, 8], [4, 3, 3, 3]]), "at least 3 axes"),
    Case(SingleNode("Conv", [[1, 3, 8], [4, 3, 3, 3]]), "differ in their axes"),
    Case(SingleNode("Conv", [[1, 3, 8, 8], [4, 2, 3, 3]]), "does not fit"),
    Case(SingleNode("Conv", [[1, 3, 8, 8], [4, 3, 3, 3]], ["group": .int(0)]), "0 groups"),
    Case(SingleNode("Conv", [[1, 3, 8, 8], [4, 3, 3, 3], [5]]), "bias"),
    Case(SingleNode("Conv", [[1, 3, 2, 2], [4, 3, 3, 3]]), "spans 3"),
    Case(
      SingleNode("Conv", [[1, 3, 8, 8], [4, 3, 3, 3]], ["strides": .integers(0, 1)]), "strides"),
    Case(
      SingleNode("Conv", [[1, 3, 8, 8], [4, 3, 3, 3]], ["dilations": .integers(.max, 1)]),
      "dilations"),
    Case(
      SingleNode("Conv", [[1, 3, 8, 8], [4, 3, 3, 3]], ["pads": .integers(1, 1)]), "4 numbers"),
    Case(SingleNode("Conv", [[1, .max, 8, 8], [4, 3, 3, 3]]), "impossible shape"),
    Case(SingleNode("MaxPool", [[1, 3, 8, 8]]), "kernel_shape"),
    Case(SingleNode("MaxPool", [[1, 3, 8, 8]], ["kernel_shape": .integers(2)]), "kernel [2]"),
    Case(SingleNode("Gemm", [[2, 3], [4, 5]]), "do not multiply"),
    Case(SingleNode("Gemm", [[2, 3], [3, 5], [4]]), "addend"),
    Case(SingleNode("Gemm", [[2, 3, 1], [3, 5]]), "two matrices"),
    Case(SingleNode("MatMul", [[2, 3], [4, 5]]), "inner extents"),
    Case(SingleNode("MatMul", [[2, 1, 3], [3, 3, 5]]), "do not broadcast"),
    Case(SingleNode("Add", [[2, 3], [2]]), "do not broadcast"),
    Case(SingleNode("Add", [[2, 3]]), "2 inputs"),
    Case(SingleNode("BatchNormalization", [[2, 3], [3], [3], [4], [3]]), "input 3"),
    Case(SingleNode("GroupNormalization", [[2, 6], [6], [6]]), "0 equal groups"),
    Case(SingleNode("Reshape", [[2, 3]], lists: [[-1, -1]]), "two free extents"),
    Case(SingleNode("Reshape", [[2, 3]], lists: [[4, -1]]), "do not take the shape"),
    Case(SingleNode("Reshape", [[2, 3]], lists: [[7]]), "do not take the shape"),
    Case(SingleNode("Reshape", [[2, 3]], lists: [[2, 3, 0]]), "copies axis 2"),
    Case(SingleNode("Reshape", [[2, 3], [2]]), "not a known list"),
    Case(SingleNode("Flatten", [[2, 3]], ["axis": .int(3)]), "axis 3"),
    Case(SingleNode("Transpose", [[2, 3]], ["perm": .integers(0, 0)]), "not an order"),
    Case(SingleNode("Squeeze", [[2, 3]], lists: [[1]]), "cannot be dropped"),
    Case(SingleNode("Unsqueeze", [[2]], lists: [[0, 0]]), "twice"),
    Case(SingleNode("Concat", [[2, 3], [3, 3]], ["axis": .int(1)]), "outside axis 1"),
    Case(SingleNode("Concat", [[2, 3]]), "axis is missing"),
    Case(SingleNode("Split", [[7]], lists: [[3, 3]], outputs: 2), "do not divide"),
    Case(SingleNode("Split", [[7]], outputs: 2), "equal parts"),
    Case(SingleNode("Split", [[7]], lists: [[.max, .max]], outputs: 2), "do not divide"),
    Case(SingleNode("Slice", [[7]], lists: [[0], [3], [0], [0]]), "step is 0"),
    Case(SingleNode("Slice", [[7, 7]], lists: [[0, 1], [3]]), "differ in length"),
    Case(SingleNode("Slice", [[7]], lists: [[0], [3], [1]]), "axis 1 does not exist"),
    Case(SingleNode("Pad", [[2, 3]], lists: [[0, 1, 0]]), "two counts"),
    Case(SingleNode("Pad", [[2, 3]], lists: [[0, -4, 0, 0]]), "impossible shape"),
    Case(SingleNode("Gather", [[3]], lists: [[3]]), "no index 3"),
    Case(
      SingleNode("Compress", [[3]], lists: [[1, 0, 0, 1]], ["axis": .int(0)]), "is longer than"),
    Case(SingleNode("Compress", [[3], [3]]), "depends on the data"),
    Case(SingleNode("Cast", [[3]], ["to": .int(99)]), "no element type"),
    Case(SingleNode("TopK", [[3]], lists: [[4]]), "cannot be taken"),
    Case(SingleNode("ConstantOfShape", [], lists: [[1 << 40, 1 << 40]]), "impossible shape"),
    Case(SingleNode("Range", [], lists: [[0], [5], [0]]), "step is 0"),
    Case(SingleNode("LSTM", [[7, 2, 5], [1, 12, 4], [1, 12, 3]]), "were expected to be"),
    Case(SingleNode("NonZero", [[7]]), "depends on the data"),
    Case(SingleNode("DepthToSpace", [[1, 6, 2, 2]], ["blocksize": .int(2)]), "blocks of 2"),
    Case(SingleNode("Constant", []), "no value"),
  ]

  @Test(arguments: cases) func saysWhatIsWrong(_ test: Case) throws {
    let error = #expect(throws: NetworkError.self) { try test.node.types() }
    #expect(error.map { "\($0)" }?.contains(test.word) == true, "\(String(describing: error))")
  }

  @Test func impossibleInputsOfANetwork() {
    for shape: [Extent] in [[1, .fixed(.max)], [.fixed(-1)], [0, .fixed(1 << 62)]] {
      let network = Network(
        name: "huge", inputs: [ValueInfo("x", .float64, shape)], outputs: [ValueInfo("y")],
        nodes: [Node("Relu", name: "r", inputs: ["x"], outputs: ["y"])])
      let error = #expect(throws: NetworkError.self) { try network.cost() }
      #expect(error.map { "\($0)" }?.contains("no tensor has the shape") == true)
    }
  }

  /// Every operator on random nodes, most of them nonsense: whatever comes, nothing traps, and what is
  /// inferred has a possible size.
  @Test(arguments: Set(Operators.all.flatMap { $0.names }).sorted()) func nothingTraps(_ op: String)
    throws
  {
    var random = SeededGenerator(state: UInt64(op.utf8.reduce(0) { ($0 * 31 + Int($1)) % 65_521 }))
    for _ in 0..<150 {
      let node = Self.nonsense(op, &random)
      try Self.exercise(node)
    }
  }

  /// Every node of the shape tests with one or two things changed: nearly right is where traps hide.
  @Test func nearlyRightNodesDoNotTrap() throws {
    var random = SeededGenerator(state: 11)
    let cases =
      OperatorsShapeTests.convolutions + OperatorsShapeTests.pools + OperatorsShapeTests.products
      + OperatorsShapeTests.arithmetic + OperatorsShapeTests.normalisations
      + OperatorsShapeTests.shapes + OperatorsShapeTests.reductions
      + OperatorsShapeTests.recurrent
    var passed = 0
    for test in cases {
      for _ in 0..<60 {
        var node = test.node
        for _ in 0..<Int.random(in: 1...2, using: &random) { Self.spoil(&node, &random) }
        if try Self.exercise(node) { passed += 1 }
      }
    }
    // Enough of them still make sense, so that coupling, cost and cuts are reached too.
    #expect(passed > 1000)
  }

  /// Asks an operator everything about a node; whether the node made sense.
  @discardableResult
  static func exercise(_ node: SingleNode) throws -> Bool {
    let all = ["", "com.microsoft"].compactMap { Operators.named(node.op, domain: $0) }
    try #require(!all.isEmpty)
    return try all.map { try exercise(node, $0) }.contains(true)
  }

  private static func exercise(_ node: SingleNode, _ known: any Operator.Type) throws -> Bool {
    var view = node.view
    let types = (try? known.infer(view)) ?? []
    for case let type? in types { #expect(NodeView.isReasonable(type.shape)) }
    _ = known.fold(view)
    guard !types.isEmpty else { return false }
    view.outputs = view.node.outputs.indices.map { $0 < types.count ? types[$0] : nil }
    #expect(known.macs(view) >= 0)
    var relations = Relations(view)
    known.couple(view, &relations)
    for tie in relations.ties {
      for slice in [tie.a, tie.b] { #expect(exists(slice, relations), "\(node) \(slice)") }
    }
    var kept: [AxisSlice: [Int]] = [:]
    for axis in 0..<3 {
      kept[.output(0, axis)] = [0]
      kept[.input(0, axis)] = [0]
      kept[.input(2, axis)] = [0]
    }
    var cut = NodeCut(view: view, kept: kept)
    try? known.cut(&cut)
    return true
  }

  /// Changes one extent, attribute, constant or input of a node.
  private static func spoil(_ node: inout SingleNode, _ random: inout SeededGenerator) {
    let numbers = [0, 1, 2, 3, 5, -1, -2, 1 << 31, 1 << 40, 1 << 47, .max, .min]
    let number = numbers.randomElement(using: &random) ?? 0
    switch Int.random(in: 0..<7, using: &random) {
    case 0, 1:
      guard let slot = node.inputs.indices.randomElement(using: &random),
        let axis = node.inputs[slot]?.shape.indices.randomElement(using: &random)
      else { return }
      node.inputs[slot]?.shape[axis] = number
      node.constants[slot] = nil
    case 2, 3:
      guard let key = node.attributes.keys.randomElement(using: &random) else { return }
      switch node.attributes[key] {
      case .int: node.attributes[key] = .int(Int64(number))
      case .ints(var list) where !list.isEmpty:
        list[Int.random(in: list.indices, using: &random)] = Int64(number)
        node.attributes[key] = .ints(list)
      default: node.attributes[key] = nil
      }
    case 4:
      guard let slot = node.constants.keys.sorted().randomElement(using: &random),
        var list = node.constants[slot]?.integers,
        let place = list.indices.randomElement(using: &random)
      else { return }
      list[place] = number
      node.constants[slot] = TensorData(vector: list.map(Int64.init))
    case 5:
      guard let slot = node.inputs.indices.randomElement(using: &random) else { return }
      node.inputs[slot] = nil
      node.constants[slot] = nil
    default:
      node.opset = [1, 6, 9, 12, 13, 18, 21].randomElement(using: &random) ?? 17
      node.outputs = Int.random(in: 0...4, using: &random)
    }
  }

  /// Whether all indices of a slice lie inside its axis, where the tensor and the axis exist.
  static func exists(_ slice: AxisSlice, _ relations: Relations) -> Bool {
    guard let shape = relations.type(of: slice.tensor)?.shape, shape.indices.contains(slice.axis),
      let count = slice.count, count > 0
    else { return true }
    return slice.start >= 0
      && slice.start + (count - 1) * slice.stride + slice.width <= shape[slice.axis]
  }

  private static func nonsense(_ op: String, _ random: inout SeededGenerator) -> SingleNode {
    let extents = [0, 1, 1, 2, 2, 3, 4, 4, 8, 1 << 20, 1 << 47, .max, -1]
    let numbers = [0, 1, 1, 2, 2, 3, -1, -2, 4, 1 << 31, 1 << 40, .max, .min]
    func shape(_ random: inout SeededGenerator) -> [Int] {
      let tame = Bool.random(using: &random)
      return (0..<Int.random(in: 0...4, using: &random)).map { _ in
        (tame ? [1, 2, 2, 4] : extents).randomElement(using: &random) ?? 1
      }
    }
    func list(_ random: inout SeededGenerator) -> [Int] {
      (0..<Int.random(in: 0...4, using: &random)).map { _ in
        numbers.randomElement(using: &random) ?? 1
      }
    }
    var node = SingleNode(op, [], outputs: Int.random(in: 0...3, using: &random))
    node.opset = [6, 9, 12, 17, 21].randomElement(using: &random) ?? 17
    for index in 0..<Int.random(in: 0...6, using: &random) {
      switch Int.random(in: 0..<6, using: &random) {
      case 0: node.inputs.append(nil)
      case 1, 2:
        let values = list(&random)
        node.constants[index] = TensorData(vector: values.map(Int64.init))
        node.inputs.append(TensorType(.int64, [values.count]))
      default:
        let same = node.inputs.first.flatMap { $0 }?.shape
        let again = Bool.random(using: &random)
        node.inputs.append(TensorType(.float32, again ? same ?? shape(&random) : shape(&random)))
      }
    }
    let keys = [
      "axis", "group", "hidden_size", "to", "blocksize", "num_groups", "keepdims", "ceil_mode",
      "transA", "transB", "k", "start", "end", "layout", "num_outputs", "allowzero",
    ]
    let lists = [
      "strides", "pads", "dilations", "kernel_shape", "axes", "perm", "starts", "ends", "steps",
      "split", "shape", "value_ints", "output_padding", "output_shape",
    ]
    for key in keys where Int.random(in: 0..<3, using: &random) == 0 {
      node.attributes[key] = .int(Int64(numbers.randomElement(using: &random) ?? 0))
    }
    for key in lists where Int.random(in: 0..<3, using: &random) == 0 {
      node.attributes[key] = .ints(list(&random).map(Int64.init))
    }
    if Bool.random(using: &random) { node.attributes["kernel_shape"] = .integers(1, 2) }
    if Bool.random(using: &random) {
      node.attributes["scales"] = .floats([1, 1, .infinity, .nan, -2].shuffled(using: &random))
    }
    return node
  }
}
