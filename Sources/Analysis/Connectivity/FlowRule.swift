// What an operator does to zeros: the rules by which connectivity is followed through a network.

import Network

/// How an operator's outputs can be other than zero, and how they depend on its inputs.
enum FlowRule {
  /// Sums of products of its inputs at the positions `factors`, with factors that are not negative:
  /// convolutions, matrix products, sums, moves of elements, means. Computed with one for "may be
  /// other than zero" and zero for "is zero", it says where sums are empty; its derivatives say which
  /// terms reach an output. Positions in `addends` are added to the rest, those in `divisors` never
  /// make a zero.
  case linear(factors: [Int], addends: [Int], divisors: [Int])
  /// Like a linear one, but the node `backward` says what depends on what: the mean over the same
  /// windows in place of the maximum, whose derivative sees one element only.
  case window(backward: Node)
  /// A function of each element of input 0; the other inputs are settings.
  case elementwise
  /// Batch normalisation in evaluation mode.
  case normalization
  /// Anything else: nothing of what it gives may be taken for zero, and all it is given counts.
  case opaque

  /// Activations and functions of one argument.
  private static let functions: Set<String> = [
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Clip", "Cos", "Cosh",
    "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Log", "Mish",
    "Neg", "PRelu", "Pow", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign",
    "Sin",
    "Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
  ]
  /// Operators that move, repeat, select or average the elements of input 0.
  private static let moves: Set<String> = [
    "AveragePool", "Cast", "DepthToSpace", "Dropout", "Expand", "Flatten", "Gather",
    "GatherElements",
    "GatherND", "GlobalAveragePool", "Identity", "Pad", "ReduceMean", "ReduceSum", "Reshape",
    "Slice",
    "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze",
  ]

  /// The rule of a node, and the node by which it is followed: subtraction as addition, for instance.
  static func of(_ node: Node) -> (rule: FlowRule, node: Node) {
    guard node.domain.isEmpty || node.domain == "ai.onnx", node.subgraphs.isEmpty else {
      return (.opaque, node)
    }
    let all = Array(node.inputs.indices.filter { node.input($0) != nil })
    var same = node
    if functions.contains(node.op) { return (.elementwise, node) }
    if moves.contains(node.op) { return (.linear(factors: [0], addends: [], divisors: []), node) }
    switch node.op {
    case "Conv", "ConvTranspose":
      return (.linear(factors: [0, 1], addends: [2], divisors: []), node)
    case "Gemm":
      for key in ["alpha", "beta"] {
        same.set(key, .float(node.float(key, default: 1) == 0 ? 0 : 1))
      }
      return (.linear(factors: [0, 1], addends: [2], divisors: []), same)
    case "MatMul", "Mul", "Einsum": return (.linear(factors: all, addends: [], divisors: []), node)
    case "Add", "Mean", "Sub", "Sum", "Max", "Min":
      same.op = node.op == "Sub" ? "Add" : ["Max", "Min"].contains(node.op) ? "Sum" : node.op
      return (.linear(factors: [], addends: all, divisors: []), same)
    case "Div":
      same.op = "Mul"
      return (.linear(factors: [0], addends: [], divisors: [1]), same)
    case "Concat": return (.linear(factors: [], addends: all, divisors: []), node)
    case "BatchNormalization" where node.int("training_mode", default: 0) == 0:
      return (.normalization, node)
    case "MaxPool" where node.outputs.count == 1 && Set(node.ints("dilations") ?? [1]) == [1]:
      same.op = "AveragePool"
      same.set("count_include_pad", .int(1))
      for key in ["dilations", "storage_order"] { same.attributes[key] = nil }
      return (.window(backward: same), node)
    case "GlobalMaxPool":
      same.op = "GlobalAveragePool"
      return (.window(backward: same), node)
    default: return (.opaque, node)
    }
  }
}
