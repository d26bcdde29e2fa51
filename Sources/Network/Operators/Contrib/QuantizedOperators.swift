// Quantized operators of ONNX Runtime's own domain: their shapes, and what may leave them.

/// Functions of quantized tensors. Units stay, since a zero point may stand for zero.
enum QuantizedFunction: Operator {
  static let names = [
    "QLinearAdd", "QLinearAveragePool", "QLinearConcat", "QLinearGlobalAveragePool",
    "QLinearLeakyRelu", "QLinearMul", "QLinearSigmoid",
  ]
  static let domain = Contrib.domain

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let isLast = node.node.int("channels_last", default: 0) != 0
    switch node.node.op {
    case "QLinearAdd", "QLinearMul":
      let (a, b) = (try node.input(0), try node.input(3))
      guard let shape = Broadcasting.shape([a.shape, b.shape]) else {
        throw node.invalid("\(a.shape) and \(b.shape) do not broadcast")
      }
      return [try node.output(a.element, shape)]
    case "QLinearConcat":
      var parts: [TensorType] = []
      for index in stride(from: 2, to: node.node.inputs.count, by: 3) {
        parts.append(try node.input(index))
      }
      var same = node.node
      same.inputs = parts.indices.map { "\($0)" }
      return try Concat.infer(NodeView(node: same, opset: node.opset, inputs: parts))
    case "QLinearAveragePool", "QLinearGlobalAveragePool":
      let x = try node.input(0, rank: 3)
      let shape =
        isLast
        ? [x.shape[0], x.shape[x.shape.count - 1]] + x.shape[1..<x.shape.count - 1] : x.shape
      let first = NodeView(
        node: node.node, opset: node.opset, inputs: [TensorType(x.element, Array(shape))])
      var y = Array(shape[..<2]) + shape[2...].map { _ in 1 }
      if node.node.op == "QLinearAveragePool" {
        y = try Pooling.infer(first).first.flatMap { $0 }?.shape ?? y
      }
      return [try node.output(x.element, isLast ? [y[0]] + y[2...] + [y[1]] : y)]
    default: return [try node.input(0)]
    }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
  static func role(ofInput index: Int) -> Initializer.Role? { .constant }
}

/// Matrix products whose weight, or both operands, are quantized, with results that are not.
///
/// Inputs of `DynamicQuantizeMatMul`: a, b, b's scale and zero point, bias; of `MatMulIntegerToFloat`:
/// a, b, the scales of both, the zero points of both, bias. Those of b are single numbers, or one a
/// column.
enum MixedProduct: Operator {
  static let names = ["DynamicQuantizeMatMul", "MatMulIntegerToFloat"]
  static let domain = Contrib.domain

  private static func isDynamic(_ node: Node) -> Bool { node.op == "DynamicQuantizeMatMul" }

  /// Where the bias stands.
  static func bias(_ node: Node) -> Int { isDynamic(node) ? 4 : 6 }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let a = try node.input(0, rank: 1)
    let scale = isDynamic(node.node) ? a.element : try node.input(2).element
    return try MatMul.infer(node).map { $0.map { TensorType(scale, $0.shape) } }
  }

  static func macs(_ node: NodeView) -> Int { MatMul.macs(node) }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let a = node.inputType(0)?.shape, let b = node.inputType(1)?.shape, b.count == 2,
      let y = node.outputType(0)?.shape
    else { return }
    var product = Relations(
      node, options: relations.options, derived: node.constant(1) == nil ? [] : [1])
    MatMul.couple(node, &product)
    relations.absorb(product, places: Array(node.inputs.indices))
    // The range that a is quantized by always holds zero, so that units that are zero do not change it.
    if isDynamic(node.node) {
      for axis in a.indices { relations.sum([.input(0, axis)]) }
    }
    for place in 2..<max(2, node.inputs.count) {
      guard let shape = node.inputType(place)?.shape else { continue }
      if shape == [b[1]], place == bias(node.node) || shape.elementCount != 1 {
        relations.tie(.input(place, 0), .output(0, y.count - 1))
      } else if shape.elementCount == 1 {
        for axis in shape.indices { relations.mention(.input(place, axis)) }
      } else {
        relations.freeze(.output(0, y.count - 1), "input \(place) \(shape) is not one a column")
      }
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? {
    switch index {
    // The fourth is a bias of the one operator, and a zero point of the other: their types tell.
    case 0, 4: nil
    case 1, 6: .parameter
    default: .constant
    }
  }
}

/// `MatMulNBits`: the product with a weight of few bits, which shares its scales by blocks of inputs.
///
/// Inputs: a [..., K], codes [N, blocks, bytes], scales [N, blocks] or [N blocks], zero points (packed
/// like the codes, or numbers), the block of each input, bias [N]. An output leaves with its row, its
/// scales and its zero points; inputs leave by whole blocks, where those are equally large and the
/// tensors keep them apart. The scales stand for the weight: zeros there silence it, and codes, of
/// which a block uses the whole range, say less of a unit's size than they do.
enum BlockProduct: Operator {
  static let names = ["MatMulNBits"]
  static let domain = Contrib.domain

  private static func sizes(
    _ node: NodeView
  ) throws(NetworkError) -> (k: Int, n: Int, block: Int, blocks: Int) {
    let a = try node.input(0, rank: 1)
    let (k, n) = (node.node.int("K", default: 0), node.node.int("N", default: 0))
    let block = node.node.int("block_size", default: 0)
    guard a.shape.last == k, k > 0, (1...NodeView.largestStep).contains(n),
      (1...NodeView.largestStep).contains(block)
    else {
      throw node.invalid(
        "the input \(a.shape) does not end in K = \(k), or N = \(n), block_size = \(block)")
    }
    return (k, n, block, (k - 1) / block + 1)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let n = try sizes(node).n
    let a = try node.input(0)
    return [try node.output(a.element, a.shape.dropLast() + [n])]
  }

  static func macs(_ node: NodeView) -> Int {
    guard let n = try? sizes(node).n, let a = node.inputType(0)?.shape else { return 0 }
    return (a + [n]).saturatingProduct
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let (k, n, block, blocks) = try? sizes(node), let a = node.inputType(0)?.shape,
      node.inputType(1)?.shape.prefix(2) == [n, blocks]
    else { return }
    let last = a.count - 1
    for axis in 0..<last { relations.tie(.input(0, axis), .output(0, axis)) }
    let made = AxisSlice.output(0, last)
    relations.produce(rows(2, of: n, node), made)
    relations.tie(.input(1, 0), made)
    if node.inputType(3) != nil { relations.tie(rows(3, of: n, node), made) }
    if node.inputType(4) != nil { relations.mention(.input(4, 0)) }
    if node.inputType(5) != nil { relations.tie(.input(5, 0), made) }
    let lie = (2...3).allSatisfy { index in
      node.inputType(index).map { $0.shape == [n, blocks] } ?? (node.node.input(index) == nil)
    }
    guard k == block * blocks, lie, node.node.input(4) == nil else {
      relations.freeze(.input(0, last), "its weight shares scales by blocks of this axis")
      return
    }
    let used = AxisSlice.input(0, last, start: 0, stride: block, width: block, count: blocks)
    relations.consume(used, .input(2, 1))
    relations.tie(used, .input(1, 1))
    if node.inputType(3) != nil { relations.tie(used, .input(3, 1)) }
  }

  /// The rows of an input, also where they lie one behind the other.
  private static func rows(_ index: Int, of n: Int, _ node: NodeView) -> AxisSlice {
    guard let shape = node.inputType(index)?.shape, shape.count == 1 else {
      return .input(index, 0)
    }
    let width = max(1, shape[0] / n)
    return .input(index, 0, start: 0, stride: width, width: width, count: n)
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard let last = cut.view.inputType(0)?.shape.indices.last else { return }
    if let kept = cut.kept(.input(0, last)) { cut.node.set("K", .int(Int64(kept.count))) }
    if let kept = cut.kept(.output(0, last)) { cut.node.set("N", .int(Int64(kept.count))) }
  }

  static func role(ofInput index: Int) -> Initializer.Role? {
    switch index {
    case 0: nil
    case 2, 5: .parameter
    default: .constant
    }
  }
}

/// An LSTM whose weights, transposed, are kept in eight bits.
enum QuantizedRecurrence: Operator {
  static let names = ["DynamicQuantizeLSTM"]
  static let domain = Contrib.domain

  /// The same layer with its weights as ONNX's LSTM has them.
  private static func plain(_ node: NodeView) -> NodeView {
    var same = node.node
    same.op = "LSTM"
    same.inputs = Array(same.inputs.prefix(8))
    var types = Array(node.inputs.prefix(8))
    for index in 1...2 where index < types.count {
      guard let type = types[index], type.shape.count == 3 else { continue }
      types[index] = TensorType(type.element, [type.shape[0], type.shape[2], type.shape[1]])
    }
    return NodeView(node: same, opset: 14, inputs: types, outputs: node.outputs)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    try Recurrent.infer(plain(node))
  }

  static func macs(_ node: NodeView) -> Int { Recurrent.macs(plain(node)) }
  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tie(.input(0, 0), .output(0, 0))
  }
  static func role(ofInput index: Int) -> Initializer.Role? {
    index == 3 ? .parameter : index > 0 ? .constant : nil
  }
}
