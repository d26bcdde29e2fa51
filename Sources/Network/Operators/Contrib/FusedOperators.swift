// Operators of ONNX Runtime's own domain that stand for several of ONNX's: their shapes and ties.

/// What the operators of ONNX Runtime's own domain share.
enum Contrib {
  /// The domain, which exporters and ONNX Runtime's optimiser write.
  static let domain = "com.microsoft"
}

/// Gaussian error units, with something added first where there is a second input.
enum FusedActivation: Operator {
  static let names = ["BiasGelu", "FastGelu", "Gelu", "QuickGelu"]
  static let domain = Contrib.domain

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    guard node.node.input(1) != nil else { return [x] }
    let bias = try node.input(1)
    guard let shape = Broadcasting.shape([x.shape, bias.shape]) else {
      throw node.invalid("the bias \(bias.shape) does not broadcast with \(x.shape)")
    }
    return [try node.output(x.element, shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    for index in node.node.inputs.indices {
      Broadcasting.tie(.input(index), to: .output(0), &relations)
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .parameter : nil }
}

/// `MatMul` of operands whose last two axes may be exchanged, or whose first axis may stand behind
/// those between.
enum FusedMatMul: Operator {
  static let names = ["FusedMatMul", "TransposeMatMul"]
  static let domain = Contrib.domain

  /// For each axis of the operand `index` as it is multiplied, the axis of the input.
  private static func order(_ node: Node, _ index: Int, rank: Int) -> [Int] {
    var order = Array(0..<rank)
    if node.int(index == 0 ? "transBatchA" : "transBatchB", default: 0) != 0, rank > 2 {
      order = Array(1..<rank - 1) + [0, rank - 1]
    }
    if node.int(index == 0 ? "transA" : "transB", default: 0) != 0, rank > 1 {
      order.swapAt(rank - 1, rank - 2)
    }
    return order
  }

  /// The same product, its operands in order.
  private static func plain(_ node: NodeView) -> NodeView {
    let types = (0..<2).map { index in
      node.inputType(index).map { type in
        TensorType(
          type.element,
          order(node.node, index, rank: type.shape.count).map { type.shape[$0] })
      }
    }
    return NodeView(
      node: node.node, opset: node.opset, inputs: types, outputs: node.outputs,
      constants: node.constants)
  }

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    _ = (try node.input(0, rank: 1), try node.input(1, rank: 1))
    return try MatMul.infer(plain(node))
  }

  static func macs(_ node: NodeView) -> Int { MatMul.macs(plain(node)) }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    let product = plain(node)
    guard let ranks = try? (0..<2).map({ index in try node.input(index, rank: 1).shape.count })
    else { return }
    var inner = Relations(product, options: relations.options)
    MatMul.couple(product, &inner)
    relations.take(inner) { slice in
      guard case .input(let index) = slice.tensor else { return slice }
      var slice = slice
      slice.axis = order(node.node, index, rank: ranks[index])[slice.axis]
      return slice
    }
  }
}

/// `Gemm`, then an activation.
enum FusedGemm: Operator {
  static let names = ["FusedGemm"]
  static let domain = Contrib.domain

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] { try Gemm.infer(node) }
  static func macs(_ node: NodeView) -> Int { Gemm.macs(node) }
  static func couple(_ node: NodeView, _ relations: inout Relations) {
    Gemm.couple(node, &relations)
  }
  static func role(ofInput index: Int) -> Initializer.Role? { Gemm.role(ofInput: index) }
}

/// `Conv`, the fourth input added, then an activation.
enum FusedConv: Operator {
  static let names = ["FusedConv"]
  static let domain = Contrib.domain

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] { try Conv.infer(node) }
  static func macs(_ node: NodeView) -> Int { Conv.macs(node) }
  static func couple(_ node: NodeView, _ relations: inout Relations) {
    Conv.couple(node, &relations)
    if node.inputType(3) != nil { relations.tieAll(.input(3), .output(0)) }
  }
  static func cut(_ cut: inout NodeCut) throws(NetworkError) { try Conv.cut(&cut) }
  static func role(ofInput index: Int) -> Initializer.Role? {
    index < 3 ? Conv.role(ofInput: index) : nil
  }
}

/// Layer normalisation of a sum. Inputs: x, the residual, scale, shift (not of the simplified form),
/// bias. Outputs: y, mean, inverse deviation, the sum.
enum SkipNormalization: Operator {
  static let names = ["SkipLayerNormalization", "SkipSimplifiedLayerNormalization"]
  static let domain = Contrib.domain

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (x, skip) = (try node.input(0, rank: 2), try node.input(1))
    guard Broadcasting.shape([x.shape, skip.shape]) == x.shape else {
      throw node.invalid("the residual \(skip.shape) does not broadcast to \(x.shape)")
    }
    for index in 2..<max(3, node.node.inputs.count) where node.node.input(index) != nil {
      let vector = try node.input(index)
      guard vector.shape == [x.shape[x.shape.count - 1]] else {
        throw node.invalid("input \(index) \(vector.shape) does not fit \(x.shape)")
      }
    }
    let statistics = TensorType(.float32, x.shape.dropLast() + [1])
    return Array([x, statistics, statistics, x].prefix(max(1, node.node.outputs.count)))
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0) else { return }
    for index in node.node.inputs.indices {
      Broadcasting.tie(.input(index), to: .output(0), &relations)
    }
    if node.outputType(3) != nil {
      // The sum is of these, and silent where they are.
      let bias = node.node.op == "SkipLayerNormalization" ? 4 : 3
      for index in [0, 1, bias] where node.inputType(index) != nil {
        Broadcasting.tie(.input(index), to: .output(3), &relations)
      }
    }
    for index in 1...2 where node.outputType(index) != nil {
      for axis in 0..<x.shape.count - 1 {
        relations.tie(.output(index, axis), .output(0, axis))
      }
    }
    relations.mixes(.input(0, x.shape.count - 1), "it takes the mean and variance over this axis")
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 1 ? .parameter : nil }
}

/// Word, position and segment embeddings, summed and normalised. Inputs: word ids, segment ids, three
/// tables, scale, shift, mask, position ids. Outputs: y, counts of words, the sum.
enum EmbedNormalization: Operator {
  static let names = ["EmbedLayerNormalization"]
  static let domain = Contrib.domain

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (ids, table) = (try node.input(0, rank: 2), try node.input(2, rank: 2))
    let y = try node.output(table.element, ids.shape + [table.shape[1]])
    let all = [y, TensorType(.int32, [ids.shape[0]]), y]
    return Array(all.prefix(max(1, node.node.outputs.count)))
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    for index in 2...4 where node.inputType(index)?.shape.count == 2 {
      relations.freeze(.input(index, 0), "its indices count along this axis")
      relations.produce(.input(index, 1), .output(0, 2))
    }
    for index in 5...6 where node.inputType(index) != nil {
      relations.tie(.input(index, 0), .output(0, 2))
    }
    if node.outputType(2) != nil {
      for axis in 0..<2 { relations.tie(.output(2, axis), .output(0, axis)) }
      for index in 2...4 where node.inputType(index)?.shape.count == 2 {
        relations.tie(.input(index, 1), .output(2, 2))
      }
    }
    relations.mixes(.output(0, 2), "it takes the mean and variance over this axis")
  }

  static func role(ofInput index: Int) -> Initializer.Role? {
    (2...6).contains(index) ? .parameter : nil
  }
}
