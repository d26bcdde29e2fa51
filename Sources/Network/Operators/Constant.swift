// Operators that make constants, and those that turn shapes into numbers.

import OrderedCollections

/// A constant that stands in the node itself.
enum Constant: Operator {
  static let names = ["Constant"]

  private static func value(_ node: Node) -> TensorData? {
    for (key, attribute) in node.attributes {
      switch (key, attribute) {
      case ("value", .tensor(let tensor)): return tensor
      case ("value_int", .int(let x)): return TensorData(scalar: x)
      case ("value_ints", .ints(let x)): return TensorData(vector: x)
      case ("value_float", .float(let x)): return TensorData(scalar: x)
      case ("value_floats", .floats(let x)): return TensorData(vector: x)
      case ("value_string", .string(let x)):
        return try? TensorData(strings: [Array(x.utf8)], shape: [])
      case ("value_strings", .strings(let x)):
        return try? TensorData(strings: x.map { Array($0.utf8) }, shape: [x.count])
      default: continue
      }
    }
    return nil
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    guard let value = value(node.node) else {
      if node.node.attributes["sparse_value"] != nil {
        throw .unknownShape(
          value: node.node.outputs.first ?? "",
          reason: "it is a sparse tensor, which Bonsai keeps and does not compute with")
      }
      throw node.invalid("it holds no value of a kind that Bonsai reads")
    }
    return [TensorType(value.type, value.shape)]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? { [value(node.node)] }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard case .tensor = node.node.attributes["value"] else { return }
    for axis in (node.outputType(0)?.shape ?? []).indices { relations.mention(.output(0, axis)) }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard case .tensor(var tensor) = cut.node.attributes["value"] else { return }
    for axis in tensor.shape.indices {
      if let kept = cut.kept(.output(0, axis)) { tensor = try tensor.gathering(kept, axis: axis) }
    }
    cut.node.set("value", .tensor(tensor))
  }
}

/// A tensor of the given shape filled with one value, 0 by default.
enum ConstantOfShape: Operator {
  static let names = ["ConstantOfShape"]

  private static func filling(_ node: Node) -> TensorData {
    if case .tensor(let value) = node.attributes["value"] {
      value
    } else {
      TensorData(scalar: Float(0))
    }
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    [try node.output(filling(node.node).type, try node.integers(0))]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let shape = node.constant(0)?.integers, let count = shape.elementCount,
      count <= Folding.limit, let value = Folding(filling(node.node)),
      let first = value.values.first
    else { return nil }
    return Folding.tensor(
      Array(repeating: first, count: count), shape: shape, type: value.type
    ).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    // All elements are the same: as many are made as what they meet has units.
    for axis in (node.outputType(0)?.shape ?? []).indices { relations.mention(.output(0, axis)) }
    relations.freeze(.input(0, 0), "it holds one extent for each axis")
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard var shape = cut.view.constant(0)?.integers else { return }
    for axis in shape.indices {
      if let kept = cut.kept(.output(0, axis)) { shape[axis] = kept.count }
    }
    cut.setIntegers("shape", orInput: 0, shape)
  }
}

/// The numbers from `start` to, but without, `limit`, in steps of `delta`.
enum NumberRange: Operator {
  static let names = ["Range"]

  private static func values(_ node: NodeView) throws(NetworkError) -> (
    start: Int, step: Int, count: Int
  ) {
    var numbers: [Int] = []
    for index in 0..<3 {
      guard let number = try node.integers(index).first,
        (-NodeView.largestCount...NodeView.largestCount).contains(number)
      else { throw node.invalid("input \(index) is empty or absurdly large") }
      numbers.append(number)
    }
    let (start, limit, step) = (numbers[0], numbers[1], numbers[2])
    guard step != 0 else { throw node.invalid("the step is 0") }
    let distance = step > 0 ? limit - start : start - limit
    return (start, step, distance <= 0 ? 0 : (distance - 1) / abs(step) + 1)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let start = try node.input(0)
    return [try node.output(start.element, [try values(node).count])]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let (start, step, count) = try? values(node), count <= Folding.limit,
      let type = node.constant(0)?.type
    else { return nil }
    return Folding.tensor((0..<count).map { start + $0 * step }, shape: [count], type: type)
      .map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}

/// The shape of a tensor as a vector (`Shape`), or its number of elements (`Size`).
///
/// The tensor's units may leave all the same: only how many there are is looked at, when the network
/// runs.
enum ShapeOf: Operator {
  static let names = ["Shape", "Size"]

  private static func value(_ node: NodeView) throws(NetworkError) -> [Int] {
    let shape = try node.input(0).shape
    guard node.node.op == "Shape" else { return [shape.elementCount ?? 0] }
    func border(_ key: String, default value: Int) -> Int {
      let stated = node.node.int(key, default: value)
      return min(max(stated < 0 ? max(stated, -shape.count) + shape.count : stated, 0), shape.count)
    }
    let (start, end) = (border("start", default: 0), border("end", default: shape.count))
    return start < end ? Array(shape[start..<end]) : []
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let value = try value(node)
    return [TensorType(.int64, node.node.op == "Shape" ? [value.count] : [])]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    guard let value = try? value(node) else { return nil }
    let shape = node.node.op == "Shape" ? [value.count] : []
    return Folding.tensor(value, shape: shape, type: .int64).map { [$0] }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    for axis in (node.inputType(0)?.shape ?? []).indices { relations.mention(.input(0, axis)) }
  }
}

/// Where a tensor is not zero; how many places there are depends on the data.
enum NonZero: Operator {
  static let names = ["NonZero"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    throw .unknownShape(
      value: node.node.outputs.first ?? node.node.label, reason: "it depends on the data")
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}
