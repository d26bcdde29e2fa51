// Dropout.

/// Dropout: in training each element is zeroed with probability `ratio` and the others scaled by
/// `1 / (1 - ratio)`; otherwise the identity.
///
/// Inputs: x, ratio, training mode. Outputs: y, and on request the mask of the elements that stayed.
enum Dropout: Operator {
  static let names = ["Dropout"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0)
    let mask = TensorType(node.opset < 10 ? x.element : .bool, x.shape)
    return node.node.outputs.count > 1 ? [x, mask] : [x]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    for index in node.outputs.indices where node.outputType(index) != nil {
      relations.tieAll(.input(0), .output(index))
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .constant : nil }
}
