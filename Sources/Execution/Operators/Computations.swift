// The registry of computations: every operator that can be run, by domain and name.

import Network

/// The registry of computations.
public enum Computations {
  /// Every operator that can be run.
  static let all: [any Computation.Type] = [
    AffineGrid.self, ArgumentReduction.self, Attention.self, AveragePool.self,
    BatchNormalization.self, BitCast.self, Broadcasting.self, Cast.self, CausalConvolution.self,
    CenterCropPad.self, Choice.self, Clip.self, ColumnToImage.self, Compress.self, Concat.self,
    Constant.self, ConstantOfShape.self, Conv.self, ConvTranspose.self, DeformConv.self,
    CosineWindow.self,
    CumulativeSum.self, DFT.self, DepthToSpace.self, DequantizeLinear.self, Determinant.self,
    Dropout.self, DynamicQuantizeLinear.self, Einsum.self, Elementwise.self, Expand.self,
    EyeLike.self, Flatten.self, Gather.self, GatherElements.self, GatherND.self, Gemm.self,
    GlobalPooling.self, GridSample.self, GroupNormalization.self, InstanceNormalization.self,
    IntegerConv.self, IntegerMatMul.self, LayerNormalization.self, LinearAttention.self,
    LocalResponseNormalization.self, Loop.self, Loss.self, MatMul.self, MaxPool.self,
    MaxUnpool.self, MelWeightMatrix.self, NonMaxSuppression.self, NonZero.self,
    NumberRange.self, OneHot.self, Pad.self, ParameterlessNormalization.self,
    QuantizeLinear.self, RMSNormalization.self, Random.self, Recurrent.self, Reduction.self,
    Reshape.self, Resize.self, RoiAlign.self, ReverseSequence.self, RotaryEmbedding.self, STFT.self,
    Scan.self,
    ScatterElements.self, ScatterND.self, ShapeOf.self, Slice.self, Softmax.self, Split.self,
    Squeeze.self, SwiGLU.self, TensorScatter.self, Tile.self, TopK.self, Transpose.self,
    Trilu.self, Unique.self,
    EmbedNormalization.self, FusedActivation.self, FusedConv.self, FusedGemm.self,
    FusedMatMul.self, GroupQueryAttention.self, MultiHeadAttention.self, PackedAttention.self,
    PackedRotaryEmbedding.self, QuantizedAttention.self, QuantizedFunction.self,
    MixedProduct.self, BlockProduct.self, QuantizedRecurrence.self, SkipNormalization.self,
  ]

  private static let byName: [String: [String: any Computation.Type]] = {
    var table: [String: [String: any Computation.Type]] = [:]
    for computation in all {
      for name in computation.names { table[computation.domain, default: [:]][name] = computation }
    }
    return table
  }()

  /// What computes a node; `nil` where nothing does.
  public static func of(_ node: Node) -> (any Computation.Type)? {
    let isOwn = ["", "ai.onnx"].contains(node.domain) || Operators.isONNXs(node)
    return byName[isOwn ? "" : node.domain]?[node.op]
  }

  /// The names of ONNX's own operators that can be run, sorted.
  public static var names: [String] { byName[""].map { $0.keys.sorted() } ?? [] }
}
