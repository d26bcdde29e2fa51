// Normalisation over a sample's own statistics: layer, instance, group and local response.

/// Layer normalisation: zero mean and unit variance over the axes from `axis` on, then scale, shift.
///
/// Inputs: x, scale and bias [x's axes from `axis` on]. Outputs: y, and on request the mean and the
/// inverse standard deviation.
enum LayerNormalization: Operator {
  static let names = ["LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 1)
    let axis = try node.axis(node.node.int("axis", default: -1), rank: x.shape.count)
    for index in 1...2 where index == 1 || node.node.input(index) != nil {
      let vector = try node.input(index)
      guard Broadcasting.shape([x.shape, vector.shape]) == x.shape else {
        throw node.invalid("input \(index) \(vector.shape) does not broadcast to \(x.shape)")
      }
    }
    let statistics = TensorType(
      .float32, x.shape.prefix(axis) + x.shape.dropFirst(axis).map { _ in 1 })
    return Array([x, statistics, statistics].prefix(max(node.node.outputs.count, 1)))
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0),
      let axis = try? node.axis(node.node.int("axis", default: -1), rank: x.shape.count)
    else { return }
    relations.tieAll(.input(0), .output(0))
    for index in 1...2 { Broadcasting.tie(.input(index), to: .output(0), &relations) }
    for index in 1...2 {
      guard let statistics = node.outputType(index), statistics.shape.count == x.shape.count
      else { continue }
      for axis in 0..<axis { relations.tie(.output(index, axis), .output(0, axis)) }
    }
    for axis in axis..<x.shape.count {
      relations.mixes(
        .input(0, axis), "it takes the mean and variance over this axis")
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .parameter : nil }
}

/// Instance normalisation: zero mean and unit variance of each channel over its spatial axes.
///
/// Inputs: x [N, C, ...], scale, bias [C]. Output: the shape of x.
enum InstanceNormalization: Operator {
  static let names = ["InstanceNormalization"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 3)
    for index in 1...2 {
      let vector = try node.input(index)
      guard vector.shape == [x.shape[1]] else {
        throw node.invalid("input \(index) \(vector.shape) does not fit the channels of \(x.shape)")
      }
    }
    return [x]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tieAll(.input(0), .output(0))
    for index in 1...2 { relations.tie(.input(index, 0), .output(0, 1)) }
    // Exporters write a group normalisation as one of the groups laid out as channels: then the
    // channels lie on these axes.
    for axis in (node.inputType(0)?.shape ?? []).indices.dropFirst(2) {
      relations.mixes(.input(0, axis), "it takes the mean and variance over this axis")
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .parameter : nil }
}

/// Group normalisation: zero mean and unit variance of each group of successive channels.
///
/// Inputs: x [N, C, ...], scale and bias: one number a channel, or a group in operator set 18.
/// Whole groups leave, or equally many channels of each: ``CouplingOptions/groupNormalization``. Of
/// a single group channels leave.
enum GroupNormalization: Operator {
  static let names = ["GroupNormalization"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 2)
    let groups = node.node.int("num_groups", default: 0)
    guard groups > 0, x.shape[1] % groups == 0 else {
      throw node.invalid("\(x.shape[1]) channels do not form \(groups) equal groups")
    }
    return [x]
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    relations.tieAll(.input(0), .output(0))
    guard let channels = node.inputType(0)?.shape[1] else { return }
    let groups = node.node.int("num_groups", default: 0)
    let vectors = (1...2).filter { node.inputType($0) != nil }
    let byChannel = vectors.filter { node.inputType($0)?.shape == [channels] }
    for index in byChannel { relations.tie(.input(index, 0), .output(0, 1)) }
    guard groups > 0 else { return }
    let size = channels / groups
    switch relations.options.groupNormalization {
    case .groups where groups > 1:
      let units = AxisSlice.input(0, 1, start: 0, stride: size, width: size, count: groups)
      relations.tie(units, units)
      for index in vectors where !byChannel.contains(index) {
        relations.tie(.input(index, 0), units)
      }
    case .groups, .channels:  // one group cannot leave
      relations.balanceBlocks(.input(0, 1), groups, of: size)
      relations.mixes(.input(0, 1), "it takes the mean and variance over groups of channels")
      for index in vectors { relations.mention(.input(index, 0)) }
    }
  }

  static func cut(_ cut: inout NodeCut) throws(NetworkError) {
    let groups = cut.node.int("num_groups", default: 0)
    guard let kept = cut.kept(.input(0, 1)), groups > 0,
      let channels = cut.view.inputType(0)?.shape[1]
    else { return }
    let size = channels / groups
    var counts = [Int](repeating: 0, count: groups)
    for index in kept { counts[index / size] += 1 }
    if counts.allSatisfy({ $0 == 0 || $0 == size }) {
      cut.node.set("num_groups", .int(Int64(counts.count { $0 > 0 })))
    }
  }

  static func role(ofInput index: Int) -> Initializer.Role? { index > 0 ? .parameter : nil }
}

/// Local response normalisation over neighbouring channels, and other normalisations without
/// parameters. Units may leave the axes they normalise, but others become neighbours then, and means
/// change.
enum ResponseNormalization: Operator {
  static let names = ["LRN", "LpNormalization", "MeanVarianceNormalization"]

  static func infer(_ node: NodeView) throws(NetworkError) -> [TensorType?] {
    let x = try node.input(0, rank: 1)
    _ = try node.axes(axes(node), rank: x.shape.count)
    return [x]
  }

  private static func axes(_ node: NodeView) -> [Int] {
    switch node.node.op {
    case "LRN": [1]
    case "LpNormalization": [node.node.int("axis", default: -1)]
    default: node.node.ints("axes") ?? [0, 2, 3]
    }
  }

  static func couple(_ node: NodeView, _ relations: inout Relations) {
    guard let x = node.inputType(0), let axes = try? node.axes(axes(node), rank: x.shape.count)
    else { return }
    relations.tieAll(.input(0), .output(0))
    for axis in axes {
      switch node.node.op {
      case "LRN": relations.mixes(.input(0, axis), "it normalises over neighbouring units")
      case "LpNormalization": relations.sum([.input(0, axis)])
      default: relations.mixes(.input(0, axis), "it takes the mean and variance over this axis")
      }
    }
  }
}
