// First weights drawn by another scheme than that of the network's builder.

extension Network {
  /// The network with new first weights, drawn by `scheme`, in its convolutions and linear layers, and
  /// new biases of these; normalisations, recurrent layers and embeddings stay as they are.
  ///
  /// Each weight depends on `seed` and its name alone, as where the network was built: the scheme of
  /// the builder under the seed of the builder gives the same network.
  ///
  /// ```swift
  /// let network = try Architectures.named("lenet-300-100").network(seed: 1)
  ///   .drawn(by: .kaimingNormalFanIn, seed: 1)
  /// ```
  ///
  /// - Throws: ``NetworkError`` where a weight's tensor cannot be made.
  public func drawn(by scheme: Initialization, seed: UInt64) throws(NetworkError) -> Network {
    var network = self
    for node in nodes {
      let outputsFirst: Bool
      switch node.op {
      case "Conv": outputsFirst = true
      case "Gemm": outputsFirst = node.int("transB", default: 0) != 0
      case "MatMul": outputsFirst = false
      default: continue
      }
      guard let name = node.input(1), let weight = initializers[name], weight.role == .parameter
      else { continue }
      let shape = weight.tensor.shape
      let fans = outputsFirst ? shape : shape.reversed()
      let values = scheme.weight(fans, from: SeededGenerator(seed: seed, name: name))
      network.initializers[name]?.tensor = try TensorData(values, shape: shape)
      if let bias = node.input(2), let old = initializers[bias], old.role == .parameter {
        let values = scheme.bias(fans, from: SeededGenerator(seed: seed, name: bias))
        network.initializers[bias]?.tensor = try TensorData(values, shape: old.tensor.shape)
      }
    }
    return network
  }
}
