// Quantization and back, and products of integers.

/// To few bits and back: `QuantizeLinear` and `DequantizeLinear`.
///
/// Inputs: x, scale, zero point; the latter are single numbers, one an index of `axis`, or one a
/// block. Output: the shape of x.
enum Quantization: Operator {
  static let names = ["DequantizeLinear", "QuantizeLinear"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (x, scale) = (try node.input(0), try node.input(1))
    let stated = ElementType(
      rawValue: Int32(truncatingIfNeeded: node.node.int("output_dtype", default: 0)))
    if node.node.op == "DequantizeLinear" {
      return [TensorType(stated ?? scale.element, x.shape)]
    }
    return [TensorType(stated ?? node.inputType(2)?.element ?? .uint8, x.shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0)?.shape, let scale = node.inputType(1)?.shape else { return }
    relations.tieAll(.input(0), .output(0))
    let axis = try? node.axis(node.node.int("axis", default: 1), rank: x.count)
    for index in 1...2 where node.node.input(index) != nil {
      if scale.count == 1, let axis, scale[0] == x[axis] {
        relations.tie(.input(index, 0), .output(0, axis))
      }
    }
    if scale.count > 1, let axis {
      for other in x.indices where other != axis {
        for index in 1...2 where node.node.input(index) != nil {
          relations.tie(.input(index, other), .output(0, other))
        }
      }
      relations.freeze(.input(0, axis), "it shares its scales by blocks along this axis")
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .constant : nil }
}

/// To uint8 by the range of the data. Outputs: y, its scale, its zero point.
enum DynamicQuantization: Operator {
  static let names = ["DynamicQuantizeLinear"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    return [TensorType(.uint8, x.shape), TensorType(.float32, []), TensorType(.uint8, [])]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}

/// Convolutions and matrix products of integers; frozen, since a zero point may stand for zero.
enum IntegerProduct: Operator {
  static let names = ["ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul"]

  /// The same product over floating-point numbers.
  private static func plain(_ node: NodeView) -> NodeView {
    let isLinear = node.node.op.hasPrefix("QLinear")
    var places = isLinear ? [0, 3] : [0, 1]
    if node.node.op == "QLinearConv", node.node.input(8) != nil { places.append(8) }
    var same = node.node
    same.inputs = places.map { node.node.input($0) ?? "" }
    return NodeView(
      node: same, opset: node.opset, inputs: places.map { node.inputType($0) },
      outputs: node.outputs)
  }

  private static func isConvolution(_ node: NodeView) -> Bool { node.node.op.contains("Conv") }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let types = try isConvolution(node) ? Conv.infer(plain(node)) : MatMul.infer(plain(node))
    let element =
      node.node.op.hasPrefix("QLinear") ? node.inputType(7)?.element ?? .uint8 : .int32
    return types.map { $0.map { TensorType(element, $0.shape) } }
  }

  static func macs(_ node: NodeView) -> Int {
    isConvolution(node) ? Conv.macs(plain(node)) : MatMul.macs(plain(node))
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .constant : nil }
}
