// The registry of operators: every operator whose structure Bonsai knows, by domain and name.

/// The registry of operators.
public enum Operators {
  /// Every operator whose structure is known.
  static let all: [any Operator.Type] = [
    AffineGrid.self, ArgumentReduction.self, Attention.self, BatchNormalization.self,
    Broadcasting.self, Cast.self, CenterCropPad.self, ColumnToImage.self,
    Compress.self, Concat.self, Constant.self, ConstantOfShape.self, Conv.self, ConvTranspose.self,
    CosineWindow.self,
    CumulativeSum.self, DFT.self, DepthToSpace.self, Dropout.self, DynamicQuantization.self,
    Einsum.self, Elementwise.self, Expand.self, Flatten.self, Gather.self, GatherElements.self,
    GatherND.self, Gemm.self, GlobalPooling.self, GridSample.self, GroupNormalization.self,
    InstanceNormalization.self, IntegerProduct.self, LayerNormalization.self, LinearProduct.self,
    Loss.self,
    MatMul.self, NonZero.self, NumberRange.self, OneHot.self, Pad.self, Pooling.self,
    Quantization.self, Random.self, Rearrangement.self, Recurrence.self, Recurrent.self,
    Reduction.self, Reshape.self, Resize.self, ResponseNormalization.self, RotaryEmbedding.self,
    Scatter.self, Selection.self, ShapeOf.self, Slice.self, Softmax.self, SpaceToDepth.self,
    Split.self, Squeeze.self, Tile.self, TopK.self, Transpose.self,
    EmbedNormalization.self, FusedActivation.self, FusedConv.self, FusedGemm.self,
    FusedMatMul.self, GroupQueryAttention.self, MultiHeadAttention.self, PackedAttention.self,
    PackedRotaryEmbedding.self, QuantizedFunction.self, MixedProduct.self, BlockProduct.self,
    QuantizedRecurrence.self, SkipNormalization.self,
  ]

  private static let byName: [String: [String: any Operator.Type]] = {
    var table: [String: [String: any Operator.Type]] = [:]
    for op in all {
      for name in op.names { table[op.domain, default: [:]][name] = op }
    }
    return table
  }()

  /// The operator `name` of `domain`; `nil` where Bonsai does not know its structure.
  public static func named(_ name: String, domain: String = "") -> (any Operator.Type)? {
    byName[domain == "ai.onnx" ? "" : domain]?[name]
  }

  /// The operator a node applies; `nil` where Bonsai does not know its structure.
  public static func of(_ node: Node) -> (any Operator.Type)? {
    named(node.op, domain: isONNXs(node) ? "" : node.domain)
  }

  /// Whether a node of ONNX Runtime's own domain applies an operator that is ONNX's by now.
  public static func isONNXs(_ node: Node) -> Bool {
    node.domain == Contrib.domain && adopted.contains(node.op)
  }

  private static let adopted: Set<String> = [
    "DequantizeLinear", "GridSample", "QuantizeLinear", "Trilu",
  ]

  /// What an initializer is to training, seen from a node that uses it: the operator's word, and
  /// where it has none, a parameter if it holds more than one floating-point number.
  public static func role(
    of tensor: TensorData, asInput index: Int, of node: Node
  ) -> Initializer.Role {
    if let role = of(node)?.role(ofInput: index) { return role }
    return tensor.type.isFloatingPoint && tensor.shape.contains { $0 > 1 } ? .parameter : .constant
  }
}
