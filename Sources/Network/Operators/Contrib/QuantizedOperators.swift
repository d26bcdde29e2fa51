// Quantized operators of ONNX Runtime's own domain: their shapes; what they touch stays.

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

/// Matrix products with a quantized operand.
enum MixedProduct: Operator {
  static let names = ["DynamicQuantizeMatMul", "MatMulIntegerToFloat", "MatMulNBits"]
  static let domain = Contrib.domain

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let a = try node.input(0, rank: 1)
    guard node.node.op == "MatMulNBits" else {
      let scale = node.node.op == "MatMulIntegerToFloat" ? try node.input(2).element : a.element
      return try MatMul.infer(node).map { $0.map { TensorType(scale, $0.shape) } }
    }
    let (k, n) = (node.node.int("K", default: 0), node.node.int("N", default: 0))
    guard a.shape.last == k, n > 0 else {
      throw node.invalid("the input \(a.shape) does not end in K = \(k), or N = \(n)")
    }
    return [try node.output(a.element, a.shape.dropLast() + [n])]
  }

  static func macs(_ node: NodeView) -> Int { MatMul.macs(node) }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let a = node.inputType(0)?.shape, a.count == node.outputType(0)?.shape.count else {
      return
    }
    for axis in 0..<a.count - 1 { relations.tie(.input(0, axis), .output(0, axis)) }
    relations.freeze(.output(0, a.count - 1), "its weight is quantized in blocks")
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .constant : nil }
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
