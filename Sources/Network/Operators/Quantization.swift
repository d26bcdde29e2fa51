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
    let places = (1...2).filter { node.node.input($0) != nil }
    // A single number says nothing of the units; some tools give it an axis.
    guard scale.elementCount != 1,
      let axis = try? node.axis(
        node.node.int("axis", default: x.count > 1 ? 1 : 0), rank: x.count)
    else {
      for place in places {
        for axis in (node.inputType(place)?.shape ?? []).indices {
          relations.mention(.input(place, axis))
        }
      }
      return
    }
    if scale.count == 1, scale[0] == x[axis] {
      for place in places { relations.tie(.input(place, 0), .output(0, axis)) }
      return
    }
    guard scale.count == x.count else { return }
    for place in places {
      for other in x.indices where other != axis && scale[other] == x[other] {
        relations.tie(.input(place, other), .output(0, other))
      }
    }
    let block = node.node.int("block_size", default: 0)
    guard block > 0, x[axis] == scale[axis] * block else {
      relations.freeze(.input(0, axis), "it shares its scales by unequal blocks along this axis")
      return
    }
    // Units that share a scale leave together.
    for place in places {
      relations.tie(
        .input(place, axis),
        .output(0, axis, start: 0, stride: block, width: block, count: scale[axis]))
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .constant : .parameter }
}

/// To uint8 by the range of the data. Outputs: y, its scale, its zero point.
enum DynamicQuantization: Operator {
  static let names = ["DynamicQuantizeLinear"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    return [TensorType(.uint8, x.shape), TensorType(.float32, []), TensorType(.uint8, [])]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tieAll(.input(0), .output(0))
    // The range always holds zero, so that a unit that is zero does not change it.
    for axis in (node.inputType(0)?.shape ?? []).indices { relations.sum([.input(0, axis)]) }
  }
}

/// Convolutions and matrix products of integers, each standing for a real number: `(q - zero) scale`.
///
/// Inputs of the `QLinear` forms: a, its scale and zero point, b, its scale and zero point, those of
/// the result, and for the convolution a bias; of the others: a, b and their zero points. Scales and
/// zero points are single numbers, or one a row of a or a unit of b's result.
private protocol QuantizedProduct: Operator {}

extension QuantizedProduct {
  /// Where the factors and the addend stand among the inputs.
  fileprivate static func places(_ node: NodeView) -> [Int] {
    guard node.node.op.hasPrefix("QLinear") else { return [0, 1] }
    return node.node.op == "QLinearConv" && node.node.input(8) != nil ? [0, 3, 8] : [0, 3]
  }

  /// The same product over floating-point numbers.
  fileprivate static func plain(_ node: NodeView) -> NodeView {
    let places = places(node)
    var same = node.node
    same.inputs = places.map { node.node.input($0) ?? "" }
    return NodeView(
      node: same, opset: node.opset, inputs: places.map { node.inputType($0) },
      outputs: node.outputs)
  }

  fileprivate static func isConvolution(_ node: NodeView) -> Bool { node.node.op.contains("Conv") }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let types = try isConvolution(node) ? Conv.infer(plain(node)) : MatMul.infer(plain(node))
    let element =
      node.node.op.hasPrefix("QLinear") ? node.inputType(7)?.element ?? .uint8 : .int32
    return types.map { $0.map { TensorType(element, $0.shape) } }
  }

  static func macs(_ node: NodeView) -> Int {
    isConvolution(node) ? Conv.macs(plain(node)) : MatMul.macs(plain(node))
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    let isLinear = node.node.op.hasPrefix("QLinear")
    let plain = plain(node)
    guard let y = node.outputType(0)?.shape, let b = plain.inputType(1)?.shape else { return }
    let weights = plain.node.inputs.indices.filter { index in
      node.constant(places(node)[index]) != nil
    }
    var product = Relations(plain, options: relations.options, derived: Set(weights))
    if isConvolution(node) { Conv.couple(plain, &product) } else { MatMul.couple(plain, &product) }
    relations.absorb(product, places: places(node))
    // The scales and zero points of a's rows, of b's units, and of the result's, one or as many.
    let (first, second) = isLinear ? ([1, 2], [4, 5]) : ([2], [3])
    let made = isConvolution(node) ? 1 : y.count - 1
    let own = isConvolution(node) ? 0 : b.count - 1
    for place in first + second + (isLinear ? [6, 7] : []) {
      guard let shape = node.inputType(place)?.shape else { continue }
      if shape.elementCount == 1 {
        for axis in shape.indices { relations.mention(.input(place, axis)) }
      } else if shape.count == 1, second.contains(place), own >= 0, shape[0] == b[own] {
        relations.tie(.input(place, 0), .output(0, made))
      } else if shape.count == b.count, second.contains(place), !isConvolution(node) {
        for axis in shape.indices where shape[axis] == b[axis] {
          relations.tie(.input(place, axis), .input(isLinear ? 3 : 1, axis))
        }
      }
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    guard isConvolution(cut.view), let w = plain(cut.view).inputType(1), w.shape[1] == 1,
      let kept = cut.kept(.input(0, 1))
    else { return }
    if cut.node.int("group", default: 1) > 1 { cut.node.set("group", .int(Int64(kept.count))) }
  }
}

/// Products of integers whose results are sums, to be scaled by the nodes after them.
enum IntegerProduct: QuantizedProduct {
  static let names = ["ConvInteger", "MatMulInteger"]

  static func role(ofInput index: Int) -> Initializer.Role? { index < 2 ? .parameter : .constant }
}

/// Products of quantized numbers whose results are quantized again.
enum LinearProduct: QuantizedProduct {
  static let names = ["QLinearConv", "QLinearMatMul"]

  static func role(ofInput index: Int) -> Initializer.Role? {
    [0, 3, 8].contains(index) ? .parameter : .constant
  }
}
