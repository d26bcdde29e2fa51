// Operators that treat each element by itself: activations and one-argument functions.

/// Functions of one tensor, element by element: `y[i] = f(x[i])`.
enum Elementwise: Operator {
  static let names = [
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Ceil", "Celu",
    "Clip", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish",
    "Identity", "IsInf", "IsNaN", "LeakyRelu", "Log", "Mish", "Neg", "Not", "Reciprocal",
    "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign",
    "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
  ]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let tells = ["IsInf", "IsNaN"].contains(node.node.op)
    return [TensorType(tells ? .bool : x.element, x.shape)]
  }

  static func fold(_ node: NodeView) -> [TensorData?]? {
    node.node.op == "Identity" ? [node.constant(0)] : nil
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tieAll(.input(0), .output(0))
    // The infinities of a masked unit are not silenced by zero weights.
    guard ["Log", "Reciprocal"].contains(node.node.op) else { return }
    for axis in (node.inputType(0)?.shape ?? []).indices {
      relations.mixes(.input(0, axis), "it is infinite at zero")
    }
  }
}
