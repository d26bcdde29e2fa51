// One node by itself, as operator tests need it.

import OrderedCollections

@testable import Network

/// One node with inputs of given types and known constants.
struct SingleNode: Sendable {
  var op: String
  var inputs: [TensorType?] = []
  var constants: [Int: TensorData] = [:]
  var attributes: OrderedDictionary<String, Attribute> = [:]
  var outputs = 1
  var opset = 17

  /// A node over float inputs of the given shapes, then constant lists of integers.
  init(
    _ op: String, _ shapes: [[Int]], lists: [[Int]] = [],
    _ attributes: OrderedDictionary<String, Attribute> = [:], outputs: Int = 1, opset: Int = 17
  ) {
    self.op = op
    self.attributes = attributes
    self.outputs = outputs
    self.opset = opset
    inputs = shapes.map { TensorType(.float32, $0) } + lists.map { TensorType(.int64, [$0.count]) }
    for (index, list) in lists.enumerated() {
      constants[shapes.count + index] = TensorData(vector: list.map(Int64.init))
    }
  }

  /// The node with its types, before inference.
  var view: NodeView {
    NodeView(
      node: Node(
        op, name: "node", inputs: inputs.indices.map { inputs[$0] == nil ? "" : "in\($0)" },
        outputs: (0..<outputs).map { "out\($0)" }, attributes: attributes),
      opset: opset, inputs: inputs, outputs: [], constants: inputs.indices.map { constants[$0] })
  }

  /// The inferred types of the outputs.
  func types() throws -> [TensorType?] {
    guard let known = Operators.named(op) else {
      throw NetworkError.noSuch(kind: "operator", name: op, known: [])
    }
    return try known.infer(view)
  }

  /// The inferred shape of the first output.
  func shape() throws -> [Int]? { try types().first??.shape }

  /// The folded integers of the first output.
  func folded() -> [Int]? { Operators.named(op)?.fold(view)?.first??.integers }

  /// The multiply-accumulates.
  func macs() throws -> Int? {
    var view = view
    view.outputs = try types()
    return Operators.named(op)?.macs(view)
  }
}

extension Attribute {
  static func integers(_ values: Int...) -> Attribute { .ints(values.map(Int64.init)) }
}
