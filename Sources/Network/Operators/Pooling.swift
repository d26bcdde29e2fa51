// Pooling: the maximum, mean or norm of what a window or the whole image holds, by channel.

/// Pooling over a sliding window: maximum, average or p-norm, each channel by itself.
///
/// Input: x [N, C, D1, ...]. Outputs: [N, C, O1, ...], and for the maximum on request its index.
enum Pooling: Operator {
  static let names = ["AveragePool", "LpPool", "MaxPool"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 3)
    guard let kernel = node.node.ints("kernel_shape") else {
      throw node.invalid("the attribute kernel_shape is missing")
    }
    let window = try Window(node, input: Array(x.shape[2...]), kernel: kernel)
    let y = try node.output(x.element, Array(x.shape[..<2]) + window.output)
    return node.node.outputs.count > 1 ? [y, TensorType(.int64, y.shape)] : [y]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    for index in node.outputs.indices where node.outputType(index) != nil {
      relations.tie(.input(0, 0), .output(index, 0))
      relations.tie(.input(0, 1), .output(index, 1))
    }
    // Indices count through all channels of the flattened tensor, so none of them may leave.
    if node.outputType(1) != nil {
      relations.freeze(.input(0, 1), "it gives indices that count through all channels")
    }
  }
}

/// Pooling over all spatial axes: maximum, average or p-norm, each channel by itself.
///
/// Input: x [N, C, D1, ...]. Output: [N, C, 1, ...].
enum GlobalPooling: Operator {
  static let names = ["GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 2)
    return [TensorType(x.element, x.shape.prefix(2) + x.shape.dropFirst(2).map { _ in 1 })]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tie(.input(0, 0), .output(0, 0))
    relations.tie(.input(0, 1), .output(0, 1))
  }
}
