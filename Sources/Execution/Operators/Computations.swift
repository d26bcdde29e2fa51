// The registry of computations: every operator that can be run, by domain and name.

import Network

/// The registry of computations.
public enum Computations {
  /// Every operator that can be run.
  static let all: [any Computation.Type] = [
    ArgumentReduction.self, AveragePool.self, BatchNormalization.self, Broadcasting.self,
    Cast.self, Clip.self, Concat.self, Constant.self, ConstantOfShape.self, Conv.self,
    ConvTranspose.self, CumulativeSum.self, DepthToSpace.self, Dropout.self, Elementwise.self,
    Expand.self, Flatten.self, Gather.self, Gemm.self, GlobalPooling.self,
    GroupNormalization.self, InstanceNormalization.self, LayerNormalization.self,
    LocalResponseNormalization.self, MatMul.self, MaxPool.self, NonZero.self, NumberRange.self,
    Pad.self, ParameterlessNormalization.self, Recurrent.self, Reduction.self, Reshape.self,
    Resize.self, ShapeOf.self,
    Slice.self, Softmax.self, Split.self, Squeeze.self, TopK.self, Transpose.self,
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
    byName[node.domain == "ai.onnx" ? "" : node.domain]?[node.op]
  }

  /// The names of ONNX's own operators that can be run, sorted.
  public static var names: [String] { byName[""].map { $0.keys.sorted() } ?? [] }
}
