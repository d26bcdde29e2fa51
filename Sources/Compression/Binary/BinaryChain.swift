// Reads the chain of binary layers out of a graph, and says which node does not belong to one.

import Network

/// The nodes of a network, followed from its input to its output.
struct BinaryChain {
  let input: ValueInfo
  let output: ValueInfo
  private let network: Network
  private var position = 0

  init(_ network: Network) {
    self.network = network
    let free = network.inputs.filter { network.initializers[$0.name] == nil }
    input = free.first ?? ValueInfo("", .float32, nil)
    output = network.outputs.first ?? ValueInfo("", .float32, nil)
  }

  /// The layers in their order.
  mutating func layers() throws(CompressionError) -> [BinaryNetwork.Layer] {
    try checkChain()
    guard input.type == .float32, let shape = input.shape, shape.count >= 2 else {
      throw .notBinary(
        node: "input '\(input.name)'",
        reason: "it is not float32 with examples along its first axis")
    }
    var isFlat = shape.count == 2
    while let node = next, ["Flatten", "Identity", "Dropout"].contains(node.op) {
      guard node.op != "Flatten" || node.int("axis", default: 1) == 1 else {
        throw .notBinary(node: node.label, reason: "it flattens from another axis than 1")
      }
      isFlat = isFlat || node.op == "Flatten"
      position += 1
    }
    if !isFlat, let node = next {
      throw .notBinary(node: node.label, reason: "it sees inputs of shape \(shape), not flat ones")
    }
    var layers: [BinaryNetwork.Layer] = []
    while let node = next {
      layers.append(try layer(node))
      if layers.count > 1,
        layers[layers.count - 2].weights.rows != layers[layers.count - 1].weights.columns
      {
        throw .notBinary(
          node: node.label, reason: "its inputs are not the outputs of the layer before")
      }
      guard let sign = next else { break }
      guard sign.op == "Sign" else {
        throw .notBinary(node: sign.label, reason: "a Sign was expected there")
      }
      position += 1
      if next == nil { throw .notBinary(node: sign.label, reason: "a linear layer must follow it") }
    }
    guard !layers.isEmpty else {
      throw .notBinary(node: "network '\(network.name)'", reason: "it has no linear layer")
    }
    return layers
  }

  private var next: Node? { position < network.nodes.count ? network.nodes[position] : nil }

  /// Each node reads what the node before it makes, and the network gives what the last one makes.
  private func checkChain() throws(CompressionError) {
    var value = input.name
    for node in network.nodes {
      guard node.inputs.first == value, node.domain.isEmpty, let made = node.outputs.first else {
        throw .notBinary(node: node.label, reason: "it does not follow the node before it alone")
      }
      value = made
    }
    guard network.outputs.count == 1, output.name == value else {
      throw .notBinary(
        node: "output '\(output.name)'", reason: "the last node's output must be the only one")
    }
  }

  /// The linear layer at `node`, and the normalisation that follows it.
  private mutating func layer(_ node: Node) throws(CompressionError) -> BinaryNetwork.Layer {
    guard node.op == "Gemm" || node.op == "MatMul" else {
      throw .notBinary(node: node.label, reason: "Gemm or MatMul was expected there")
    }
    position += 1
    let isTransposed = node.op == "Gemm" && node.int("transB", default: 0) != 0
    guard
      node.op == "MatMul"
        || node.float("alpha", default: 1) == 1 && node.float("beta", default: 1) == 1
          && node.int("transA", default: 0) == 0,
      let tensor = node.input(1).flatMap({ network.initializers[$0]?.tensor }),
      tensor.shape.count == 2, var signs = tensor.reals
    else {
      throw .notBinary(node: node.label, reason: "it is no plain product with stored weights")
    }
    guard signs.allSatisfy({ $0 == 1 || $0 == -1 }) else {
      throw .notBinary(
        node: node.label,
        reason: "its weights are not all -1 and +1; train them with binary-weights")
    }
    var (rows, columns) = (tensor.shape[0], tensor.shape[1])
    if !isTransposed {
      signs = (0..<columns).flatMap { column in (0..<rows).map { signs[$0 * columns + column] } }
      swap(&rows, &columns)
    }
    guard let weights = BinaryMatrix(signsOf: signs.map(Float.init), rows: rows, columns: columns)
    else {
      throw .notBinary(node: node.label, reason: "its weights have another shape than stated")
    }
    let biases = try vector(node, 2, count: rows, absent: 0)
    var norms = biases.map { BinaryNorm(bias: $0) }
    if let norm = next, norm.op == "BatchNormalization" {
      position += 1
      norms = try self.norms(norm, biases)
    }
    return BinaryNetwork.Layer(
      weights: weights, norms: norms, thresholds: norms.map(BinaryThreshold.init))
  }

  private func norms(
    _ node: Node, _ biases: [Double]
  ) throws(CompressionError) -> [BinaryNorm] {
    guard node.int("training_mode", default: 0) == 0, node.inputs.count == 5 else {
      throw .notBinary(node: node.label, reason: "it does not use stored statistics")
    }
    let gamma = try vector(node, 1, count: biases.count, absent: nil)
    let beta = try vector(node, 2, count: biases.count, absent: nil)
    let mean = try vector(node, 3, count: biases.count, absent: nil)
    let variance = try vector(node, 4, count: biases.count, absent: nil)
    let epsilon = Double(node.float("epsilon", default: 1e-5))
    var norms: [BinaryNorm] = []
    for unit in biases.indices {
      guard
        let norm = BinaryNorm(
          bias: biases[unit], mean: mean[unit], variance: variance[unit], epsilon: epsilon,
          gamma: gamma[unit], beta: beta[unit])
      else {
        throw .notBinary(node: node.label, reason: "the numbers of its unit \(unit) are not finite")
      }
      norms.append(norm)
    }
    return norms
  }

  /// The stored vector at an input of `node`; `absent` for each element where it is left out.
  private func vector(
    _ node: Node, _ index: Int, count: Int, absent: Double?
  ) throws(CompressionError) -> [Double] {
    guard let name = node.input(index) else {
      if let absent { return [Double](repeating: absent, count: count) }
      throw .notBinary(node: node.label, reason: "its input \(index) is missing")
    }
    guard let values = network.initializers[name]?.tensor.reals, values.count == count else {
      throw .notBinary(
        node: node.label, reason: "its input '\(name)' is not stored, with \(count) numbers")
    }
    return values
  }
}
