// Weights: the parameters that layers multiply by, which is what is pruned and counted.

extension Network {
  /// The names of the weights: parameters of two axes or more, without the biases of recurrent layers,
  /// which ONNX stores as [directions, units].
  public var weightNames: [String] {
    let biases = recurrentBiases
    return initializers.keys.filter { isWeight($0, biases) }
  }

  /// Whether the initializer `name` is a weight; see ``weightNames``.
  public func isWeight(_ name: String) -> Bool { isWeight(name, recurrentBiases) }

  private func isWeight(_ name: String, _ biases: Set<String>) -> Bool {
    guard let initializer = initializers[name], initializer.role == .parameter else { return false }
    return initializer.tensor.shape.count >= 2 && !biases.contains(name)
  }

  private var recurrentBiases: Set<String> {
    Set(nodes.filter { Recurrent.names.contains($0.op) }.compactMap { $0.input(3) })
  }
}
