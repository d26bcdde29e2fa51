// Losses that a graph may carry, and numbers drawn at random.

/// Losses over scores [N, C, D...] and labels [N, D...]: one number, or one for each label.
///
/// `SoftmaxCrossEntropyLoss` also gives the logarithms of the probabilities.
enum Loss: Operator {
  static let names = ["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let (scores, labels) = (try node.input(0, rank: 2), try node.input(1, rank: 1))
    let isWhole = node.node.string("reduction", default: "mean") != "none"
    return [TensorType(scores.element, isWhole ? [] : labels.shape), scores]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {}
}

/// Numbers drawn at random, in a stated shape or in that of the input.
enum Random: Operator {
  static let names = [
    "Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
  ]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let stated = ElementType(
      rawValue: Int32(truncatingIfNeeded: node.node.int("dtype", default: 0)))
    if let shape = node.node.ints("shape") {
      return [try node.output(stated ?? .float32, shape)]
    }
    let like = try node.input(0)
    return [TensorType(stated ?? like.element, like.shape)]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    // Noise of a masked unit would reach what follows.
  }
}
