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
    if node.node.op == "Identity" { return [node.constant(0)] }
    guard let x = Folding.number(node.constant(0)), let type = node.constant(0)?.type,
      let shape = node.inputType(0)?.shape
    else { return nil }
    let y: Double? =
      switch node.node.op {
      case "Abs": abs(x)
      case "Ceil": x.rounded(.up)
      case "Clip": clipped(x, node)
      case "Floor": x.rounded(.down)
      case "Neg": -x
      case "Relu": max(x, 0)
      case "Round": x.rounded(.toNearestOrEven)
      case "Sqrt": x < 0 ? nil : x.squareRoot()
      default: nil
      }
    return y.flatMap { Folding.tensor($0, shape: shape, type: type) }.map { [$0] }
  }

  /// The number within the bounds, which are inputs, or attributes before operator set 11.
  private static func clipped(_ x: Double, _ node: NodeView) -> Double? {
    func bound(_ index: Int, _ key: String, default value: Double) -> Double? {
      if node.node.input(index) != nil { return Folding.number(node.constant(index)) }
      if case .float(let stated) = node.node.attributes[key] { return Double(stated) }
      return value
    }
    guard let low = bound(1, "min", default: -.infinity),
      let high = bound(2, "max", default: .infinity)
    else { return nil }
    return min(max(x, low), high)
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
