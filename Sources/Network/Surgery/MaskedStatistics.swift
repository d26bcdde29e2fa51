// Statistics of a masked network taken over the units that stay, as the cut network takes them.

import OrderedCollections

extension Network {
  /// The network with nodes that look at whole axes told which indices count.
  ///
  /// A mean over channels of which some are zero is not the mean over those that stay. So where a
  /// node takes a statistic over an axis that loses units, the units that leave are given its
  /// neutral element, and what divides by their number divides by the number of those that stay.
  /// A divisor of a unit that leaves becomes 1.
  ///
  /// - Parameter masks: for each value and axis, which indices stay.
  func takingStatistics(
    ofThoseIn masks: [ValueAxis: [Bool]], _ inference: Inference
  ) throws(NetworkError) -> Network {
    var counting = Counting(masks: masks, network: self)
    for view in inference.views { try counting.take(view) }
    return counting.network
  }
}

/// A network whose nodes are told, one after the other, which indices count.
private struct Counting {
  let masks: [ValueAxis: [Bool]]
  var network: Network
  /// The values that something uses.
  private let used: Set<String>

  init(masks: [ValueAxis: [Bool]], network: Network) {
    self.masks = masks.filter { $0.key.block == nil && $0.value.contains(false) }
    self.network = network
    self.network.nodes = []
    used = Set(network.nodes.flatMap(\.uses) + network.outputs.map(\.name))
  }

  mutating func take(_ view: NodeView) throws(NetworkError) {
    let node = view.node
    switch node.op {
    case "SkipLayerNormalization", "SkipSimplifiedLayerNormalization":
      if try normalizeSum(view) { return }
    case _ where !node.domain.isEmpty: break
    case "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization",
      "RMSNormalization":
      if try normalize(view) { return }
    case "ReduceMean":
      if try average(view) { return }
    case "ReduceSum", "ReduceSumSquare", "ReduceL1", "ReduceL2":
      if try fill(view, 0, with: 0, axes: reducedAxes(view)) { return }
    case "ReduceMax", "ReduceLogSumExp":
      if try fill(view, 0, with: -.infinity, axes: reducedAxes(view)) { return }
    case "ReduceMin":
      if try fill(view, 0, with: .infinity, axes: reducedAxes(view)) { return }
    case "ReduceProd":
      if try fill(view, 0, with: 1, axes: reducedAxes(view)) { return }
    case "Div":
      if try fill(view, 1, with: 1, axes: nil) { return }
    case "Pow", "Log", "Reciprocal", "Sqrt":
      if try fill(view, 0, with: 1, axes: nil) { return }
    default: break
    }
    network.nodes.append(node)
  }

  private func reducedAxes(_ view: NodeView) -> [Int]? {
    guard let rank = view.inputType(0)?.shape.count,
      let stated = try? view.integers("axes", orInput: 1) ?? []
    else { return [] }
    if stated.isEmpty { return Array(0..<rank) }
    return try? view.axes(stated, rank: rank)
  }

  private typealias Mask = (stay: [Bool], shape: [Int], part: (kept: Int, of: Int))

  /// Which elements of a value stay, as far as `axes` tell: a tensor that broadcasts against it, and
  /// how many of how many. `nil` where all stay.
  private func mask(
    _ name: String, _ type: TensorType, _ axes: [Int]?
  ) -> Mask? {
    var shape = [Int](repeating: 1, count: type.shape.count)
    var stay = [true]
    var part = (kept: 1, of: 1)
    for axis in axes ?? Array(type.shape.indices) where type.shape.indices.contains(axis) {
      guard let own = masks[ValueAxis(value: name, axis: axis)], own.count == type.shape[axis]
      else {
        continue
      }
      stay = stay.flatMap { outer in own.map { outer && $0 } }
      shape[axis] = own.count
      part = (part.kept * own.count { $0 }, part.of * own.count)
    }
    guard stay.contains(false) else { return nil }
    return (stay, shape, part)
  }

  // MARK: nodes

  /// The node with the elements of an input that leave replaced by `neutral`.
  private mutating func fill(
    _ view: NodeView, _ index: Int, with neutral: Double, axes: [Int]?
  ) throws(NetworkError) -> Bool {
    guard let name = view.node.input(index), let type = view.inputType(index),
      [.float16, .float32, .float64, .bfloat16].contains(type.element),
      let mask = self.mask(name, type, axes)
    else { return false }
    var node = view.node
    let filled = "\(node.outputs[0])/those-that-stay"
    let stays = try add(filled + "/mask", TensorData(mask.stay, shape: mask.shape))
    let other = try add(filled + "/neutral", number(neutral, type.element))
    network.nodes.append(
      Node("Where", name: filled, inputs: [stays, name, other], outputs: [filled]))
    node.inputs[index] = filled
    network.nodes.append(node)
    return true
  }

  /// A mean: the sum of those that stay over their number.
  private mutating func average(_ view: NodeView) throws(NetworkError) -> Bool {
    guard let name = view.node.input(0), let type = view.inputType(0),
      let axes = reducedAxes(view), let mask = self.mask(name, type, axes),
      try fill(view, 0, with: 0, axes: axes)
    else { return false }
    let output = view.node.outputs[0]
    let mean = "\(output)/of-all"
    network.nodes[network.nodes.count - 1].outputs[0] = mean
    // Whole numbers, which are exact, instead of their ratio.
    let all = try add(mean + "/all", number(Double(mask.part.of), type.element))
    let kept = try add(mean + "/kept", number(Double(mask.part.kept), type.element))
    let sum = "\(output)/sum"
    network.nodes += [
      Node("Mul", name: sum, inputs: [mean, all], outputs: [sum]),
      Node("Div", name: mean, inputs: [sum, kept], outputs: [output]),
    ]
    return true
  }

  /// A normalisation written out: y = d / sqrt(mean(d^2) + eps) * scale + bias, where d = x - mean(x)
  /// (d = x without centring), all of those that stay.
  private mutating func normalize(
    _ view: NodeView, _ known: Mask? = nil
  ) throws(NetworkError) -> Bool {
    let node = view.node
    guard let x = node.input(0), let type = view.inputType(0),
      case let rank = type.shape.count, let first = firstNormalized(view, rank: rank),
      node.outputs.dropFirst().allSatisfy({ !used.contains($0) }),
      let mask = known ?? self.mask(x, type, Array(first..<rank)), let scale = node.input(1)
    else { return false }
    let byChannel = node.op != "LayerNormalization" && node.op != "RMSNormalization"
    let prefix = "\(node.outputs[0])/over-those-that-stay"
    var count = 0
    func step(_ op: String, _ inputs: [String], _ result: String? = nil) -> String {
      count += 1
      let output = result ?? "\(prefix)/\(count)"
      network.nodes.append(
        Node(op, name: "\(prefix)/\(count)", inputs: inputs, outputs: [output]))
      return output
    }
    let rest = (first..<rank).reduce(1) { $0 * type.shape[$1] } / mask.part.of
    let number = try add(
      prefix + "/number", self.number(Double(mask.part.kept * rest), type.element))
    let epsilon = try add(
      prefix + "/epsilon", self.number(Double(node.float("epsilon", default: 1e-5)), type.element))
    let zero = try add(prefix + "/zero", self.number(0, type.element))
    let stays = try add(prefix + "/mask", TensorData(mask.stay, shape: mask.shape))
    let axes = (first..<rank).map(Int64.init)
    let listed = try add(prefix + "/axes", TensorData(vector: axes))
    func mean(_ value: String) -> String {
      let sum: String
      if view.opset >= 13 {
        sum = step("ReduceSum", [value, listed])
      } else {
        sum = step("ReduceSum", [value])
        network.nodes[network.nodes.count - 1].set("axes", .ints(axes))
      }
      return step("Div", [sum, number])
    }
    var centred = step("Where", [stays, x, zero])
    if node.op != "RMSNormalization" {
      centred = step("Where", [stays, step("Sub", [centred, mean(centred)]), zero])
    }
    let variance = mean(step("Mul", [centred, centred]))
    let deviation = step("Sqrt", [step("Add", [variance, epsilon])])
    let normal = step("Div", [centred, deviation])
    var vectors = [scale] + (node.input(2).map { [$0] } ?? [])
    if byChannel {
      // The vectors hold a number a channel, which is axis 1.
      let shape = [-1] + [Int64](repeating: 1, count: rank - 2)
      let column = try add(prefix + "/column", TensorData(vector: shape))
      vectors = vectors.map { step("Reshape", [$0, column]) }
    }
    let bias = vectors.count > 1 ? vectors[1] : nil
    let scaled = step("Mul", [normal, vectors[0]], bias == nil ? node.outputs[0] : nil)
    if let bias { _ = step("Add", [scaled, bias], node.outputs[0]) }
    return true
  }

  /// A normalisation of a sum: the sum, and the normalisation written out.
  private mutating func normalizeSum(_ view: NodeView) throws(NetworkError) -> Bool {
    let node = view.node
    let isCentred = node.op == "SkipLayerNormalization"
    guard let type = view.inputType(0), let x = node.input(0), let residual = node.input(1),
      let scale = node.input(2),
      node.outputs.dropFirst().prefix(2).allSatisfy({ !used.contains($0) }),
      let mask = self.mask(node.outputs[0], type, [type.shape.count - 1])
    else { return false }
    let made = node.outputs.count > 3 && !node.outputs[3].isEmpty ? node.outputs[3] : nil
    let sum = made ?? "\(node.outputs[0])/sum"
    let bias = node.input(isCentred ? 4 : 3)
    let first = bias == nil ? sum : "\(sum)/of-two"
    network.nodes.append(Node("Add", name: first, inputs: [x, residual], outputs: [first]))
    if let bias {
      network.nodes.append(Node("Add", name: sum, inputs: [first, bias], outputs: [sum]))
    }
    let shift = isCentred ? node.input(3) : nil
    var plain = Node(
      isCentred ? "LayerNormalization" : "RMSNormalization", name: node.name,
      inputs: [sum, scale] + (shift.map { [$0] } ?? []), outputs: [node.outputs[0]])
    plain.set("epsilon", .float(node.float("epsilon", default: 1e-12)))
    return try normalize(
      NodeView(
        node: plain, opset: network.opset,
        inputs: [type, view.inputType(2)] + (shift == nil ? [] : [view.inputType(3)]),
        outputs: [type]), mask)
  }

  /// The first of the axes that a normalisation takes its statistics over; `nil` where it takes more
  /// than one of each example, and for numbers that are not one a channel.
  private func firstNormalized(_ view: NodeView, rank: Int) -> Int? {
    switch view.node.op {
    case "InstanceNormalization": return rank > 2 ? 2 : nil
    case "BatchNormalization":
      // With statistics of its own, as weights are standardised; one example, so that its axis is
      // none to take them over.
      let isTraining = view.node.int("training_mode", default: 0) == 1
      return isTraining && rank > 2 && view.inputType(0)?.shape.first == 1 ? 2 : nil
    case "GroupNormalization":
      let isWhole = view.node.int("num_groups", default: 0) == 1
      return isWhole && view.inputType(1)?.shape == view.inputType(0).map { [$0.shape[1]] }
        ? 1 : nil
    default: return try? view.axis(view.node.int("axis", default: -1), rank: rank)
    }
  }

  // MARK: constants

  private mutating func add(_ name: String, _ tensor: TensorData) throws(NetworkError) -> String {
    network.initializers[name] = Initializer(tensor, role: .constant)
    return name
  }

  /// A number with no axes. It is computed with, never written: a masked network is run in float64.
  private func number(_ value: Double, _ type: ElementType) -> TensorData {
    type == .float64 ? TensorData(scalar: value) : TensorData(scalar: Float(value))
  }
}
