// Channel samplers: a layer takes only some channels of a value that others read whole.
//
// The first layer of a residual block shares its input with the shortcut, so that no channel of it can leave
// with what makes it. A sampler in front of the layer picks those it reads: the feature map sampling of Y. He,
// X. Zhang, J. Sun, "Channel Pruning for Accelerating Very Deep Neural Networks" (ICCV 2017, 3.3), and the channel
// selection layer of Z. Liu et al., "Learning Efficient Convolutional Networks through Network Slimming" (ICCV
// 2017, 3.4), which stands before the batch normalisation of a pre-activation block. It is a `Gather` along the
// channels. While it is open, its list of indices makes the channels behind it, and what it reads stays whole;
// closed, it is a node as any other.

extension Network {
  /// The network with an open sampler of all channels in front of each of the layers that reads one of
  /// `weights`: behind the value that others read too, in front of the normalisation and the activations
  /// between it and the layer. It computes the same. A sampler that a layer has already is opened again.
  ///
  /// ```swift
  /// let open = try network.sampling(inputsOf: ["layer1.0.conv1.weight"])
  /// let group = try open.coupling().group(named: "layer1.0.conv1-sampler")
  /// let small = try open.cut(keeping: [Kept(group, units: 0..<8)]).closingSamplers()
  /// ```
  /// - Throws: ``NetworkError/impossibleCut(reason:)`` where nothing else reads what the layer reads: its
  ///   inputs leave with what makes them.
  public func sampling(inputsOf weights: [String]) throws(NetworkError) -> Network {
    var result = self
    let types = try infer().types
    for weight in weights {
      guard let layer = result.nodes.firstIndex(where: { $0.input(1) == weight }) else {
        throw .noSuch(kind: "weight", name: weight, known: Array(initializers.keys))
      }
      try result.openSampler(before: layer, weight, types)
    }
    return result
  }

  private mutating func openSampler(
    before layer: Int, _ weight: String, _ types: [String: TensorType]
  ) throws(NetworkError) {
    var reader = layer
    while true {
      let value = nodes[reader].inputs[0]
      let isShared = readers(of: value) > 1
      guard !isShared, let maker = nodes.firstIndex(where: { $0.outputs.contains(value) }) else {
        guard isShared, let shape = types[value]?.shape, shape.count > 1 else { break }
        let isConvolution = nodes[layer].op.hasPrefix("Conv")
        try insertSampler(before: reader, weight, shape, axis: isConvolution ? 1 : shape.count - 1)
        return
      }
      if nodes[maker].op == "Gather", nodes[maker].name.hasSuffix(Self.suffix),
        let list = nodes[maker].input(1), initializers[list] != nil
      {
        nodes[maker].attributes[Self.samplerMark] = .int(1)
        return
      }
      guard Self.keepsChannels.contains(nodes[maker].op) else { break }
      reader = maker
    }
    throw .impossibleCut(
      reason:
        "'\(nodes[layer].name)' needs no sampler: nothing else reads what it reads, so its inputs can "
        + "leave with what makes them")
  }

  private mutating func insertSampler(
    before reader: Int, _ weight: String, _ shape: [Int], axis: Int
  ) throws(NetworkError) {
    let layer = weight.hasSuffix(".weight") ? String(weight.dropLast(7)) : weight
    let value = nodes[reader].inputs[0]
    let made = "\(layer).sampled"
    let list = layer + Self.suffix
    guard initializers[list] == nil, !nodes.contains(where: { $0.outputs.contains(made) }) else {
      throw .duplicateValue(value: list, first: "the network", second: "a sampler")
    }
    initializers[list] = Initializer(
      TensorData(vector: (0..<shape[axis]).map(Int64.init)), role: .constant)
    nodes[reader].inputs[0] = made
    nodes.insert(
      Node(
        "Gather", name: list, inputs: [value, list], outputs: [made],
        attributes: ["axis": .int(Int64(axis)), Self.samplerMark: .int(1)]),
      at: reader)
  }

  /// The network whose samplers are closed; one that still takes every channel is gone.
  public func closingSamplers() -> Network {
    guard nodes.contains(where: { $0.attributes[Self.samplerMark] != nil }) else { return self }
    let types = (try? infer())?.types ?? [:]
    var result = self
    var standIns: [String: String] = [:]
    result.nodes = nodes.compactMap { node in
      var node = node
      node.inputs = node.inputs.map { standIns[$0] ?? $0 }
      guard node.attributes.removeValue(forKey: Self.samplerMark) != nil, let list = node.input(1),
        let indices = initializers[list]?.tensor.integers,
        let extents = types[node.inputs[0]]?.shape, let axis = node.int("axis"),
        extents.indices.contains(axis), indices == Array(0..<extents[axis])
      else { return node }
      standIns[node.outputs[0]] = node.inputs[0]
      result.initializers[list] = nil
      return nil
    }
    return result
  }

  /// How many nodes and outputs read a value.
  private func readers(of value: String) -> Int {
    nodes.count { $0.uses.contains(value) } + outputs.count { $0.name == value }
  }

  /// The mark of an open sampler; it is never written.
  static let samplerMark = "bonsai.sampler"
  /// What its name ends with, after the layer's.
  private static let suffix = "-sampler"

  /// What may stand between a shared value and the layer: operators that treat each channel by itself.
  private static let keepsChannels: Set<String> = [
    "BatchNormalization", "Clip", "Dropout", "Elu", "Gelu", "HardSigmoid", "HardSwish", "Identity",
    "LeakyRelu", "Mish", "Relu", "Selu", "Sigmoid", "Softplus", "Swish", "Tanh",
  ]
}
