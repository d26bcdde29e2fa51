// The layers that a network spends its time in, as small networks of any width that can be timed.

import Network

/// The heaviest layer that makes a group's units and the heaviest that uses them up: what a runtime
/// computes faster when units leave.
///
/// Only plain layers are taken, in which one unit is one channel: `Conv` and `ConvTranspose` of one
/// group, `Gemm` and `MatMul`, with weights that the network carries.
public struct LayerPair: Sendable {
  /// The group's name.
  public let group: String
  /// How many units it has.
  public let size: Int
  /// Multiply-accumulates of both layers.
  public let macs: Int
  let producer: Layer
  let consumer: Layer?

  /// A layer with a weight.
  struct Layer: Sendable, Hashable {
    var node: Node
    /// The shape of what goes in, and which of its axes the weight uses up.
    let input: [Int]
    let inputAxis: Int
    let output: [Int]
    let weight: [Int]
    /// The weight's axis that the group's units are on.
    var unitAxis: Int
    let bias: [Int]?
    let macs: Int
  }

  /// The pairs with the most work, the heaviest first, each kind of pair once.
  ///
  /// - Parameter batch: the extent of a first axis that the network leaves open.
  public static func heaviest(
    of network: Network, batch: Int, count: Int = 3
  ) throws(NetworkError) -> [LayerPair] {
    var binding: [String: Int] = [:]
    for input in network.inputs {
      if case .symbol(let name)? = input.shape?.first { binding[name] = batch }
    }
    let inference = try network.infer(binding: binding)
    let costs = network.cost(inference).nodes
    var layers: [String: [Layer]] = [:]
    for (view, cost) in zip(inference.views, costs) {
      guard let name = view.node.input(1), let layer = Layer(view, network, macs: cost.macs) else {
        continue
      }
      layers[name, default: []].append(layer)
    }
    var pairs: [LayerPair] = []
    for group in network.coupling(inference, options: CouplingOptions()).groups
    where group.blocks == 1 {
      func heaviest(_ members: [Group.Member], ofInputs: Bool) -> Layer? {
        members.filter { $0.width == 1 && $0.stride == 1 && $0.block == nil }
          .flatMap { member in
            (layers[member.value] ?? []).compactMap { $0.on(member.axis, ofInputs: ofInputs) }
          }
          .max { $0.macs < $1.macs }
      }
      guard let producer = heaviest(group.producers, ofInputs: false) else { continue }
      let consumer = heaviest(group.consumers, ofInputs: true)
      pairs.append(
        LayerPair(
          group: group.name, size: group.size, macs: producer.macs + (consumer?.macs ?? 0),
          producer: producer, consumer: consumer))
    }
    pairs.sort { ($0.macs, $1.group) > ($1.macs, $0.group) }
    var kinds: Set<[Layer?]> = []
    return Array(
      pairs.filter { kinds.insert([$0.producer.kind, $0.consumer?.kind]).inserted }.prefix(count))
  }

  /// Both layers with `width` units in place of the group's, one after the other where they fit, else
  /// side by side.
  ///
  /// Weights differ from 0 and are small, so that no run meets numbers that are slow to compute with.
  func network(width: Int) throws(NetworkError) -> Network {
    var network = Network(name: "\(group)-\(width)", opsets: ["": 17])
    let made = try add(producer, to: &network, "a", input: nil, change: width - size)
    network.nodes.append(Node("Relu", name: "r", inputs: ["a"], outputs: ["r"]))
    var last = "r"
    if let consumer {
      var wanted = consumer.input
      wanted[consumer.inputAxis] += width - size
      let follows = made == wanted
      _ = try add(
        consumer, to: &network, "b", input: follows ? "r" : nil, change: width - size)
      if !follows { network.outputs.append(ValueInfo("r", .float32, nil)) }
      last = "b"
    }
    network.outputs.append(ValueInfo(last, .float32, nil))
    return network
  }

  /// Adds a layer with `change` units more on its axis; gives the shape of its output.
  private func add(
    _ layer: Layer, to network: inout Network, _ name: String, input: String?, change: Int
  ) throws(NetworkError) -> [Int] {
    var (shape, output, weight) = (layer.input, layer.output, layer.weight)
    weight[layer.unitAxis] += change
    var bias = layer.bias
    if layer.makesUnits {
      output[layer.outputAxis] += change
      bias?[0] += change
    } else {
      shape[layer.inputAxis] += change
    }
    var inputs = [input ?? "\(name).x", "\(name).weight"]
    if input == nil {
      network.inputs.append(ValueInfo("\(name).x", .float32, shape.map(Extent.fixed)))
    }
    network.initializers["\(name).weight"] = try Self.parameter(weight)
    if let bias {
      network.initializers["\(name).bias"] = try Self.parameter(bias)
      inputs.append("\(name).bias")
    }
    network.nodes.append(
      Node(
        layer.node.op, name: name, inputs: inputs, outputs: [name],
        attributes: layer.node.attributes))
    return output
  }

  private static func parameter(_ shape: [Int]) throws(NetworkError) -> Initializer {
    var random = SeededGenerator(state: 1)
    let values = (0..<shape.reduce(1, *)).map { _ in Float((2 * random.uniform() - 1) * 0.1) }
    return Initializer(try TensorData(values, shape: shape), role: .parameter)
  }
}

extension LayerPair.Layer {
  /// The layer of a node that is a plain one; `nil` for others.
  fileprivate init?(_ view: NodeView, _ network: Network, macs: Int) {
    guard view.node.domain.isEmpty, let input = view.inputs.first??.shape,
      let output = view.outputs.first??.shape, let name = view.node.input(1),
      let tensor = network.initializers[name]?.tensor, tensor.type == .float32,
      view.node.inputs.count <= 3
    else { return nil }
    var bias: [Int]?
    if let name = view.node.input(2) {
      guard let tensor = network.initializers[name]?.tensor, tensor.shape.count == 1 else {
        return nil
      }
      bias = tensor.shape
    }
    switch view.node.op {
    case "Conv", "ConvTranspose":
      guard view.node.int("group", default: 1) == 1, input.count >= 3 else { return nil }
      inputAxis = 1
    case "Gemm":
      guard view.node.int("transA", default: 0) == 0 else { return nil }
      inputAxis = 1
    case "MatMul":
      guard tensor.shape.count == 2, input.count >= 2 else { return nil }
      inputAxis = input.count - 1
    default: return nil
    }
    (node, self.input, self.output, self.bias, self.macs) = (view.node, input, output, bias, macs)
    weight = tensor.shape
    unitAxis = 0
  }

  /// The layer with the units on `axis` of its weight; `nil` where that axis is the other one.
  fileprivate func on(_ axis: Int, ofInputs: Bool) -> Self? {
    guard (axis == weightInputAxis) == ofInputs else { return nil }
    var layer = self
    layer.unitAxis = axis
    return layer
  }

  /// The weight's axis that uses up what goes in.
  private var weightInputAxis: Int {
    switch node.op {
    case "Conv": 1
    case "Gemm": node.int("transB", default: 0) == 0 ? 0 : 1
    default: 0
    }
  }

  /// Whether the units are what the layer makes.
  fileprivate var makesUnits: Bool { unitAxis != weightInputAxis }

  /// The axis of the output that the units are on, where the layer makes them.
  fileprivate var outputAxis: Int { node.op.hasPrefix("Conv") ? 1 : output.count - 1 }

  /// What the layer is, whatever it and its values are called.
  fileprivate var kind: Self {
    var layer = self
    layer.node = Node(node.op, name: "", inputs: [], outputs: [], attributes: node.attributes)
    return layer
  }

  /// The layer in words: its operator, the extents of its weight and of what goes in.
  var description: String {
    func extents(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "x") }
    return "\(node.op) \(extents(weight)) on \(extents(input))"
  }
}
