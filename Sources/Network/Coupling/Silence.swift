// Where a masked unit is still zero, so that sums over all units do not notice it.

/// For each axis of each value, whether a masked unit of it is zero there.
///
/// Masking clears the parameters that make a unit and those that use it up. In between the unit is
/// zero as long as every function on the way keeps zero; after a sigmoid it is one half, which only
/// the cleared weights of its users silence. Sums over the units without weights of their own, such as
/// a product of two activations, then differ between a masked and a cut network.
struct Silence {
  /// What masking makes of an axis.
  private enum State {
    /// No unit of it can be masked.
    case untouched
    /// Masked units are zero.
    case zero
    /// Masked units may be something else.
    case other
  }

  private var axes: [String: [State]] = [:]

  /// What the network starts from: parameters, which are cleared, and inputs, which never change.
  init(_ network: Network, _ inference: Inference) {
    axes.reserveCapacity(inference.types.count)
    for (name, initializer) in network.initializers {
      axes[name] = initializer.tensor.shape.map { _ in
        initializer.role == .parameter ? .zero : .other
      }
    }
    for input in network.inputs where axes[input.name] == nil {
      axes[input.name] = inference.types[input.name]?.shape.map { _ in .untouched }
    }
  }

  /// Whether masked units of an axis of one of the node's inputs are zero.
  func isSilent(_ slice: AxisSlice, _ node: Node) -> Bool {
    guard case .input(let index) = slice.tensor, let name = node.input(index) else { return false }
    return state(name, slice.axis) != .other
  }

  private func state(_ name: String, _ axis: Int) -> State {
    guard let known = axes[name], known.indices.contains(axis) else { return .other }
    return known[axis]
  }

  /// How an operator's results follow from its inputs where those are zero.
  private enum Rule {
    /// Zero where all of these inputs are, and all of them have the axis.
    case sum([Int])
    /// Zero where one input is.
    case product
    /// Zero where those of these inputs are that have the axis.
    case tied([Int])
    case never
  }

  /// Functions of one argument that are zero at zero.
  private static let odd: Set<String> = [
    "Abs", "Asin", "Asinh", "Atan", "Atanh", "Cast", "CastLike", "Ceil", "Celu", "Dropout", "Elu",
    "Erf", "Floor", "Gelu", "HardSwish", "Identity", "LeakyRelu", "Mish", "Neg", "Relu", "Round",
    "Selu", "Shrink", "Sign", "Sin", "Sinh", "Softsign", "Sqrt", "Swish", "Tan", "Tanh",
    "ThresholdedRelu",
  ]
  /// Operators that move, repeat, select or pool the elements of their first input.
  private static let moves: Set<String> = [
    "AveragePool", "CumSum", "DepthToSpace", "DequantizeLinear", "Div", "DynamicQuantizeLinear",
    "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "GlobalAveragePool",
    "GlobalLpPool", "GlobalMaxPool", "GridSample", "LRN", "LpNormalization", "LpPool", "MaxPool",
    "PRelu", "Pad", "QuantizeLinear", "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Reshape", "Resize",
    "RotaryEmbedding", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "TopK", "Transpose",
    "Trilu", "Unsqueeze", "Upsample",
  ]

  private static func rule(_ view: NodeView, output: Int) -> Rule {
    let node = view.node
    if node.domain == Contrib.domain, let rule = fused(node, output: output) { return rule }
    if odd.contains(node.op) || moves.contains(node.op) { return .tied([0]) }
    switch node.op {
    case "Add", "Max", "Mean", "Min", "Sub", "Sum": return .sum(Array(node.inputs.indices))
    case "Where": return .sum([1, 2])
    case "Clip":
      let low = view.constant(1)?.reals?.first ?? Double(node.float("min", default: -1))
      let high = view.constant(2)?.reals?.first ?? Double(node.float("max", default: 1))
      let isOpen = [1, 2].contains { node.input($0) != nil && view.constant($0) == nil }
      return low <= 0 && high >= 0 && !isOpen ? .tied([0]) : .never
    case "And", "ConvInteger", "Einsum", "MatMul", "MatMulInteger", "Mul", "QLinearMatMul":
      return .product
    case "Pow":
      return view.constant(1)?.reals?.allSatisfy { $0 > 0 } == true ? .tied([0]) : .never
    case "Concat": return .tied(Array(node.inputs.indices))
    // A layer's units are zero where its weights and biases are, whatever comes in.
    case "BatchNormalization", "Conv", "ConvTranspose", "GroupNormalization",
      "InstanceNormalization", "LayerNormalization", "RMSNormalization":
      return .tied([1, 2])
    case "QLinearConv": return .tied([3, 8])
    case "Gemm": return node.input(2) == nil ? .product : .sum([1, 2])
    case "Attention": return .tied([2])
    case "ScatterElements", "ScatterND", "Scatter": return .tied([0, 2])
    // Without initial states, and with functions that keep zero, nothing ever stirs.
    case "GRU", "LSTM", "RNN":
      let starts = (5...6).contains { node.input($0) != nil }
      return starts || node.attributes["activations"] != nil ? .never : .tied([1, 2, 3])
    default: return .never
    }
  }

  /// The rules of the operators that stand for several.
  private static func fused(_ node: Node, output: Int) -> Rule? {
    let keepsZero = ["", "LeakyRelu", "Relu", "Tanh"].contains(
      node.string("activation", default: ""))
    switch node.op {
    case "BiasGelu", "FastGelu": return .sum(Array(node.inputs.indices))
    case "QuickGelu": return .tied([0])
    case "FusedConv" where keepsZero:
      // What is added has channels of its own.
      return node.input(3) == nil ? .tied([1, 2]) : .tied([1, 2, 3])
    case "FusedGemm" where keepsZero: return node.input(2) == nil ? .product : .sum([1, 2])
    case "FusedMatMul", "TransposeMatMul": return .product
    case "DynamicQuantizeMatMul", "MatMulIntegerToFloat":
      let bias = MixedProduct.bias(node)
      return node.input(bias) == nil ? .product : .tied([1, bias])
    case "MatMulNBits": return node.input(5) == nil ? .product : .tied([2, 5])
    case "SkipLayerNormalization":
      return output == 3 ? .sum([0, 1] + (node.input(4) == nil ? [] : [4])) : .tied([2, 3])
    case "SkipSimplifiedLayerNormalization":
      return output == 3 ? .sum([0, 1] + (node.input(3) == nil ? [] : [3])) : .tied([2])
    case "EmbedLayerNormalization": return output == 2 ? .tied([2, 3, 4]) : .tied([5, 6])
    // Whatever is looked at: a head without values gives nothing.
    case "Attention": return .tied([1, 2])
    case "MultiHeadAttention": return .tied([2, 3])
    case "GroupQueryAttention": return .tied(node.input(2) == nil ? [0] : [2])
    case "FusedConv", "FusedGemm": return .never
    default: return nil
    }
  }

  /// Where an axis of an output comes from.
  private struct Source {
    var made: AxisSlice.Tensor
    var axis: Int
    var input: Int
    var state: State
    /// Whether the output's whole axis is the input's, so that what cannot change there cannot here.
    var isWhole: Bool
  }

  /// Takes one node's operator into account.
  mutating func follow(_ view: NodeView, _ relations: Relations) {
    var sources: [Source] = []
    func note(_ a: AxisSlice, _ b: AxisSlice, isChosen: Bool = false) {
      guard case .input(let index) = a.tensor, case .output = b.tensor else { return }
      sources.append(
        Source(
          made: b.tensor, axis: b.axis, input: index,
          state: view.node.input(index).map { state($0, a.axis) } ?? .other,
          isWhole: !isChosen && b.count == nil && b.start == 0 && b.stride == 1))
    }
    for tie in relations.ties {
      note(tie.a, tie.b)
      note(tie.b, tie.a)
    }
    for options in relations.choices {
      for option in options {
        for tie in option.ties.prefix(1) { note(tie.a, tie.b, isChosen: true) }
      }
    }
    for (index, name) in view.node.outputs.enumerated() where !name.isEmpty {
      guard let rank = view.outputType(index)?.shape.count else { continue }
      axes[name] = (0..<rank).map { axis in
        let own = sources.filter { $0.made == .output(index) && $0.axis == axis }
        let isFree = relations.mentions.contains {
          $0.tensor == .output(index) && $0.axis == axis
        }
        if own.isEmpty { return isFree ? .other : .untouched }
        if own.contains(where: { $0.isWhole && $0.state == .untouched }) { return .untouched }
        if own.allSatisfy({ $0.state == .untouched }) { return .untouched }
        return Self.isZero(own, Self.rule(view, output: index)) ? .zero : .other
      }
    }
  }

  private static func isZero(_ sources: [Source], _ rule: Rule) -> Bool {
    switch rule {
    case .never: return false
    case .product: return sources.contains { $0.state != .other }
    case .tied(let inputs):
      let found = sources.filter { inputs.contains($0.input) }
      return !found.isEmpty && found.allSatisfy { $0.state != .other }
    case .sum(let inputs):
      return inputs.allSatisfy { input in
        sources.contains { $0.input == input && $0.state != .other }
      }
    }
  }
}
