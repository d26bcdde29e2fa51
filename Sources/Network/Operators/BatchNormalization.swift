// Batch normalisation.

/// Batch normalisation: `y = scale (x - mean) / sqrt(var + epsilon) + bias`, by channel.
///
/// Inputs: x [N, C, ...], scale, bias, mean, var [C]. Output: the shape of x; in training mode also
/// the new running mean and variance.
enum BatchNormalization: Operator {
  static let names = ["BatchNormalization"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 2)
    var outputs: [TensorType?] = [x]
    for index in 1...4 {
      let vector = try node.input(index)
      guard vector.shape == [x.shape[1]] else {
        throw node.invalid(
          "input \(index) has shape \(vector.shape); one number for each of the \(x.shape[1]) "
            + "channels of \(x.shape) was expected")
      }
      outputs.append(vector)
    }
    return Array(outputs.prefix(max(node.node.outputs.count, 1)))
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tieAll(.input(0), .output(0))
    for index in 1...4 { relations.tie(.input(index, 0), .output(0, 1)) }
    for index in node.outputs.indices.dropFirst() where node.outputType(index) != nil {
      relations.tie(.output(index, 0), .output(0, 1))
    }
    // In training mode it normalises by what it sees, as weight standardisation has it.
    guard node.node.int("training_mode", default: 0) != 0 else { return }
    for axis in (node.inputType(0)?.shape ?? []).indices where axis != 1 {
      relations.mixes(.input(0, axis), "it takes the mean and variance over this axis")
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? {
    switch index {
    case 1, 2: .parameter
    case 3, 4: .buffer
    default: nil
    }
  }
}
