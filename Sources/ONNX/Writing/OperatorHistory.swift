// How operators changed in ONNX's own operator set from version 9 to 24, types left aside.

import Network

/// One change of an operator between two versions of the operator set.
enum OperatorChange: Sendable {
  /// The operator came into being.
  case added
  /// An attribute came; where it has the given value, or is absent, the operator does as before.
  case attribute(String, neutral: Attribute?)
  /// An optional input came, at the given index.
  case input(Int)
  /// An attribute may have new values.
  case values(String, [String])
  /// The attribute `axes` became the input at index 1.
  case axesBecameInput
  /// The number of outputs must be stated where the sizes are not.
  case splitsStated
  /// Values of the attribute `mode` were renamed, from the first names to the second.
  case modesRenamed([String: String])
  /// The same inputs mean something else.
  case meaning(String)
  /// Attributes became inputs.
  case attributesBecameInputs([MovedAttribute])
  /// The operator goes by another name.
  case renamed(String)
  /// Outputs from the given index on went or mean something else.
  case outputs(Int, String)
  /// All axes from `axis` on were taken together; since then `axis` stands alone.
  case axisStandsAlone
  /// Coordinates are told by attributes; before, a new index was divided by the scale and rounded
  /// down.
  case coordinatesStated
  /// What older versions cannot say may be in the node.
  case widened(String)
}

/// An attribute that became an input.
struct MovedAttribute: Sendable {
  /// The attribute's name.
  let name: String
  /// The input's index.
  let index: Int
  /// Whether it is a number alone; otherwise it is a list, or a number that became a list of one.
  var isScalar = false
}

/// How operators changed in ONNX's own operator set.
///
/// A version that only allowed more element types is not listed; an operator that is not listed is
/// the same in all versions from 9 to 24. What changed before version 12 is listed as far as it
/// matters on the way up.
enum OperatorHistory {
  /// The versions of the operator set between which models can be converted.
  static let versions = 9...24
  /// The oldest version that models are brought down to.
  static let oldestTarget = 11

  /// The changes of an operator, oldest first.
  static func changes(of op: String) -> [(version: Int, change: OperatorChange)] {
    if let version = added[op] { return [(version, .added)] + (changed[op] ?? []) }
    return changed[op] ?? []
  }

  /// The version in which an operator came.
  private static let added: [String: Int] = [
    "AffineGrid": 20, "Attention": 23, "Bernoulli": 15, "BitwiseAnd": 18, "BitwiseNot": 18,
    "BitwiseOr": 18, "BitwiseXor": 18, "BlackmanWindow": 17, "CastLike": 15, "CenterCropPad": 18,
    "Col2Im": 18, "DFT": 17, "DeformConv": 19, "Gelu": 20, "GridSample": 16,
    "GroupNormalization": 18, "HammingWindow": 17, "HannWindow": 17, "HardSwish": 14,
    "ImageDecoder": 20, "LayerNormalization": 17, "MelWeightMatrix": 17, "Mish": 18,
    "Celu": 12, "Einsum": 12, "GreaterOrEqual": 12, "LessOrEqual": 12,
    "NegativeLogLikelihoodLoss": 12, "SoftmaxCrossEntropyLoss": 12, "Optional": 15,
    "OptionalGetElement": 15, "OptionalHasElement": 15, "RMSNormalization": 23,
    "RegexFullMatch": 20, "RotaryEmbedding": 23, "STFT": 17, "SequenceMap": 17,
    "StringConcat": 20, "StringSplit": 20, "Swish": 24, "TensorScatter": 24, "Trilu": 14,
  ]

  private static let reduction: [(version: Int, change: OperatorChange)] = [(18, .axesBecameInput)]
  private static let recurrent: [(version: Int, change: OperatorChange)] = [
    (14, .attribute("layout", neutral: .int(0)))
  ]

  private static let oneAxis: [(version: Int, change: OperatorChange)] = [(13, .axisStandsAlone)]
  private static let constantForms: [(version: Int, change: OperatorChange)] = [
    "value_float", "value_floats", "value_int", "value_ints", "value_string", "value_strings",
  ].map { (version: 12, change: OperatorChange.attribute($0, neutral: nil)) }
  private static let quantization =
    "one scale for each index of an axis came with operator set 13"

  private static let changed: [String: [(version: Int, change: OperatorChange)]] = [
    "ArgMax": [(12, .attribute("select_last_index", neutral: .int(0)))],
    "ArgMin": [(12, .attribute("select_last_index", neutral: .int(0)))],
    "Clip": [
      (
        11,
        .attributesBecameInputs([
          MovedAttribute(name: "min", index: 1, isScalar: true),
          MovedAttribute(name: "max", index: 2, isScalar: true),
        ])
      )
    ],
    "Constant": constantForms,
    "Dropout": [
      (10, .outputs(1, "the mask is of truth values since version 10")),
      (12, .attributesBecameInputs([MovedAttribute(name: "ratio", index: 1, isScalar: true)])),
      (12, .input(2)),
    ],
    "GatherND": [(12, .attribute("batch_dims", neutral: .int(0)))],
    "Hardmax": oneAxis, "LogSoftmax": oneAxis, "Softmax": oneAxis,
    "ReduceSum": [(13, .axesBecameInput)],
    "Scatter": [(11, .renamed("ScatterElements"))],
    "Slice": [
      (
        10,
        .attributesBecameInputs([
          MovedAttribute(name: "starts", index: 1), MovedAttribute(name: "ends", index: 2),
          MovedAttribute(name: "axes", index: 3),
        ])
      )
    ],
    "Squeeze": [(13, .axesBecameInput)],
    "TopK": [(10, .attributesBecameInputs([MovedAttribute(name: "k", index: 1)]))],
    "Unsqueeze": [(13, .axesBecameInput)],
    "Upsample": [(10, .renamed("Resize")), (11, .coordinatesStated)],
    "Attention": [(24, .input(6))],
    "AveragePool": [(19, .attribute("dilations", neutral: nil))],
    "BatchNormalization": [
      (14, .outputs(1, "the statistics given beside y are others since version 14")),
      (14, .attribute("training_mode", neutral: .int(0))),
    ],
    "Cast": [
      (19, .attribute("saturate", neutral: .int(1))),
      (24, .attribute("round_mode", neutral: .string("up"))),
    ],
    "CastLike": [
      (19, .attribute("saturate", neutral: .int(1))),
      (24, .attribute("round_mode", neutral: .string("up"))),
    ],
    "DFT": [(20, .meaning("the attribute axis became an input with another default"))],
    "DequantizeLinear": [
      (13, .widened(quantization)),
      (21, .attribute("block_size", neutral: .int(0))),
      (23, .attribute("output_dtype", neutral: .int(0))),
    ],
    "GRU": recurrent,
    "GridSample": [(20, .modesRenamed(["bilinear": "linear", "bicubic": "cubic"]))],
    "GroupNormalization": [
      (21, .meaning("scale and bias have one value a channel since version 21, one a group before"))
    ],
    "LSTM": recurrent,
    "LpPool": [
      (18, .attribute("dilations", neutral: nil)), (18, .attribute("ceil_mode", neutral: .int(0))),
    ],
    "OptionalHasElement": [(18, .meaning("its input became optional"))],
    "Pad": [
      (
        11,
        .attributesBecameInputs([
          MovedAttribute(name: "pads", index: 1),
          MovedAttribute(name: "value", index: 2, isScalar: true),
        ])
      ), (18, .input(3)), (19, .values("mode", ["wrap"])),
    ],
    "QuantizeLinear": [
      (13, .widened(quantization)),
      (19, .attribute("saturate", neutral: .int(1))),
      (21, .attribute("output_dtype", neutral: .int(0))),
      (21, .attribute("block_size", neutral: .int(0))),
      (23, .attribute("precision", neutral: .int(0))),
    ],
    "RNN": recurrent,
    "ReduceL1": reduction, "ReduceL2": reduction, "ReduceLogSum": reduction,
    "ReduceLogSumExp": reduction, "ReduceMax": reduction, "ReduceMean": reduction,
    "ReduceMin": reduction, "ReduceProd": reduction, "ReduceSumSquare": reduction,
    "Reshape": [(14, .attribute("allowzero", neutral: .int(0)))],
    "Resize": [
      (11, .coordinatesStated),
      (13, .widened("its inputs 1 and 2 may be left out since version 13")),
      (18, .attribute("antialias", neutral: .int(0))), (18, .attribute("axes", neutral: nil)),
      (18, .attribute("keep_aspect_ratio_policy", neutral: .string("stretch"))),
      (19, .values("coordinate_transformation_mode", ["half_pixel_symmetric"])),
    ],
    "RoiAlign": [(16, .meaning("boxes are shifted by half a pixel unless stated otherwise"))],
    "ScatterElements": [
      (16, .attribute("reduction", neutral: .string("none"))),
      (18, .values("reduction", ["max", "min"])),
    ],
    "ScatterND": [
      (16, .attribute("reduction", neutral: .string("none"))),
      (18, .values("reduction", ["max", "min"])),
    ],
    "Shape": [
      (15, .attribute("start", neutral: .int(0))), (15, .attribute("end", neutral: nil)),
    ],
    "Split": [
      (13, .attributesBecameInputs([MovedAttribute(name: "split", index: 1)])),
      (18, .splitsStated),
    ],
  ]
}

extension ElementType {
  /// The version of the operator set in which the type came; 1 for the old ones.
  var opset: Int {
    switch self {
    case .bfloat16: 13
    case .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ: 19
    case .uint4, .int4: 21
    case .float4E2M1: 23
    case .float8E8M0: 24
    default: 1
    }
  }
}
