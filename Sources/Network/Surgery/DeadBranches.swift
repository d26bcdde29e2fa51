// Dead branches: residual branches that give nothing but zeros leave, and the shortcut goes on alone.
//
// A block whose mask is zero (S. Lin et al., "Towards Optimal Structured CNN Pruning via Generative Adversarial
// Learning", CVPR 2019; W. Wen et al., "Learning Structured Sparsity in Deep Neural Networks", NIPS 2016, depth)
// adds zeros to its shortcut. Without it the network computes the same, bit for bit.

/// A sum that one of its summands adds nothing to.
public struct DeadBranch: Sendable, Hashable {
  /// What the sum gives.
  public let sum: String
  /// The summand that is always zero.
  public let branch: String
  /// The other one.
  public let shortcut: String
}

extension Network {
  /// The additions of two values of one shape of which one is zero whatever the input is.
  ///
  /// - Throws: ``NetworkError`` where shapes contradict each other.
  public func deadBranches() throws(NetworkError) -> [DeadBranch] {
    let zero = zeroValues
    guard !zero.isEmpty else { return [] }
    let types = try infer().types
    return nodes.compactMap { node in
      guard node.op == "Add", node.domain.isEmpty, node.inputs.count == 2,
        let branch = node.inputs.first(where: zero.contains),
        let shortcut = node.inputs.first(where: { $0 != branch }),
        initializers[shortcut] == nil, let shape = types[shortcut]?.shape,
        types[branch]?.shape == shape
      else { return nil }
      return DeadBranch(sum: node.outputs[0], branch: branch, shortcut: shortcut)
    }
  }

  /// The network without `branches`: who read the sum reads the shortcut, and what nobody reads any
  /// more is gone.
  public func removing(_ branches: [DeadBranch]) -> Network {
    guard !branches.isEmpty else { return self }
    var result = self
    var standIns: [String: String] = [:]
    for branch in branches {
      standIns[branch.sum] = standIns[branch.shortcut] ?? branch.shortcut
    }
    let given = Set(outputs.map(\.name))
    result.nodes = nodes.compactMap { node in
      var node = node
      if let output = node.outputs.first, let other = standIns[output] {
        guard given.contains(output) else { return nil }
        return Node("Identity", name: node.name, inputs: [other], outputs: [output])
      }
      node.inputs = node.inputs.map { standIns[$0] ?? $0 }
      return node
    }
    result.removeUnread()
    return result
  }

  /// Removes the nodes and tensors that no output needs.
  private mutating func removeUnread() {
    var needed = Set(outputs.map(\.name))
    for node in nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.uses)
    }
    nodes.removeAll { !$0.outputs.contains(where: needed.contains) }
    for name in initializers.keys where !needed.contains(name) { initializers[name] = nil }
    for name in annotations.keys where !needed.contains(name) { annotations[name] = nil }
  }

  /// The values inside the network that are zero whatever the input is.
  var zeroValues: Set<String> {
    var zero: Set<String> = []
    func isZero(_ name: String) -> Bool {
      guard let initializer = initializers[name], initializer.role == .parameter,
        initializer.tensor.type.isFloatingPoint, let reals = initializer.tensor.reals
      else { return false }
      return reals.allSatisfy { $0 == 0 }
    }
    for node in nodes where node.domain.isEmpty {
      let passes: Bool
      switch node.op {
      case "Conv", "Gemm", "MatMul":
        let bias = node.input(2).map(isZero) ?? true
        passes = bias && (zero.contains(node.inputs[0]) || node.input(1).map(isZero) ?? false)
      case "BatchNormalization":
        passes = node.inputs.count > 2 && isZero(node.inputs[1]) && isZero(node.inputs[2])
      case "Relu", "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool", "Identity":
        passes = zero.contains(node.inputs[0])
      default: passes = false
      }
      if passes, let output = node.outputs.first { zero.insert(output) }
    }
    return zero
  }
}
