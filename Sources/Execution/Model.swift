// A network made ready to compute: its tensors on a device and its nodes prepared.

import Network
import OrderedCollections
import Torch

/// A network made ready to compute, in evaluation or training mode, with gradients of any order.
///
/// ```swift
/// let model = try Model(Architecture.lenet5.network())
/// let logits = try model(images)
/// let loss = try logits.crossEntropy(labels)
/// let gradients = try gradients(of: loss, with: Array(model.parameters.values))
/// ```
/// A model is a reference: training changes its parameters in place. It belongs to one thread.
public final class Model {
  /// The structure that is computed. Its tensors are those the model was made from.
  public let network: Network
  /// Where the model computes.
  public let device: Device
  /// The memory layout of images and convolution weights.
  public let layout: MemoryFormat
  /// The trainable tensors by name: leaves that require gradients.
  public let parameters: OrderedDictionary<String, Tensor>
  /// The running statistics by name.
  public let buffers: OrderedDictionary<String, Tensor>
  /// Functions that stand between stored and effective weights, by parameter name.
  public var parametrizations: OrderedDictionary<String, any Parametrization> = [:]
  /// What computes nodes in another way than their operators do, by the name of a node's first output.
  public var substitutes: OrderedDictionary<String, any Substitute> = [:]

  struct PreparedNode {
    let label: String
    let step: Step
    let inputs: [Int]
    let outputs: [Int]
    /// Values nobody needs after this node.
    let last: [Int]
  }

  let plan: [PreparedNode]
  let slots: [String: Int]
  private let constants: [(slot: Int, tensor: Tensor)]
  let names: [String]

  /// Makes `network` ready to compute.
  ///
  /// - Parameters:
  ///   - device: where its tensors go.
  ///   - type: the floating-point type to compute in; `nil` keeps the file's.
  ///   - layout: `.channelsLast` lays images out with their channels innermost.
  /// - Throws: ``ExecutionError/unsupported(nodes:)`` with every node that cannot be computed.
  public init(
    _ network: Network, device: Device = .cpu, type: ScalarType? = nil,
    layout: MemoryFormat = .contiguous
  ) throws(ExecutionError) {
    self.network = network
    self.device = device
    self.layout = layout
    var slots: [String: Int] = [:]
    var names: [String] = []
    func slot(_ name: String) -> Int {
      if name.isEmpty { return -1 }
      if let known = slots[name] { return known }
      slots[name] = names.count
      names.append(name)
      return names.count - 1
    }
    let missing = network.nodes.filter { Computations.of($0) == nil }
    guard missing.isEmpty else { throw .unsupported(nodes: missing.map(\.label)) }

    var parameters: OrderedDictionary<String, Tensor> = [:]
    var buffers: OrderedDictionary<String, Tensor> = [:]
    var constants: [(slot: Int, tensor: Tensor)] = []
    // Nothing can use a value without a name.
    for (name, initializer) in network.initializers where !name.isEmpty {
      var tensor = try initializer.tensor.tensor(named: name, device: device)
      if let type, tensor.type.isFloatingPoint {
        tensor = try engine { () throws(TorchError) in try tensor.to(type: type) }
      }
      if layout == .channelsLast, tensor.rank == 4, initializer.role == .parameter {
        // Not `contiguous`, which leaves images of one channel as they are, and then every operator
        // after them chooses the slower layout.
        tensor = try engine { () throws(TorchError) in try tensor.to(memoryFormat: layout) }
      }
      switch initializer.role {
      case .parameter where tensor.type.isFloatingPoint:
        try engine { () throws(TorchError) in _ = try tensor.requireGradient() }
        parameters[name] = tensor
      case .buffer:
        buffers[name] = tensor
      default:
        constants.append((slot(name), tensor))
      }
    }
    self.parameters = parameters
    self.buffers = buffers
    self.constants = constants

    for input in network.inputs { _ = slot(input.name) }
    var lastUse: [Int: Int] = [:]
    for (index, node) in network.nodes.enumerated() {
      for name in node.uses + node.outputs { lastUse[slot(name)] = index }
    }
    for output in network.outputs { lastUse[slot(output.name)] = -1 }
    for name in network.initializers.keys { lastUse[slot(name)] = -1 }
    var freed: [Int: [Int]] = [:]
    for (value, index) in lastUse where value >= 0 && index >= 0 {
      freed[index, default: []].append(value)
    }
    var plan: [PreparedNode] = []
    plan.reserveCapacity(network.nodes.count)
    let elements = network.statedElements
    for (index, node) in network.nodes.enumerated() {
      guard let computation = Computations.of(node) else { continue }
      let site = Site(
        node: node, opset: network.opsets[node.domain] ?? network.opset,
        constants: node.inputs.map { name in
          network.initializers[name].flatMap { $0.role == .constant ? $0.tensor : nil }
        }, elements: node.inputs.map { elements[$0] }, device: device, type: type)
      plan.append(
        PreparedNode(
          label: node.label, step: Widening.wrap(try computation.prepare(site), node),
          inputs: node.uses.map(slot), outputs: node.outputs.map(slot), last: freed[index] ?? []))
    }
    self.plan = plan
    self.slots = slots
    self.names = names
  }

  /// Runs the network on one input and gives its first output.
  public func callAsFunction(
    _ input: Tensor, mode: Mode = .evaluation
  ) throws(ExecutionError) -> Tensor {
    guard let name = freeInputs.first?.name, let output = network.outputs.first?.name else {
      throw .noSuchValue(name: "input")
    }
    let values = try run([name: input], mode: mode)
    guard let value = values[output] else { throw .noSuchValue(name: output) }
    return value
  }

  /// The inputs that must be given: those that no initializer stands for.
  public var freeInputs: [ValueInfo] {
    network.inputs.filter { !$0.name.isEmpty && network.initializers[$0.name] == nil }
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - inputs: a tensor for each input, by name.
  ///   - mode: evaluation or training.
  ///   - observing: further values to give back: activations whose values or gradients are wanted.
  /// - Returns: the outputs and the observed values, by name.
  public func run(
    _ inputs: [String: Tensor], mode: Mode = .evaluation, observing: Set<String> = []
  ) throws(ExecutionError) -> [String: Tensor] {
    var partial = try begin(inputs, mode: mode, observing: observing)
    try advance(&partial, to: plan.count)
    var found: [String: Tensor] = [:]
    for name in network.outputs.map(\.name) + observing {
      guard let value = value(name, of: partial) else { throw .noSuchValue(name: name) }
      found[name] = value
    }
    return found
  }

  /// A run that stands before the first node: what is given and what the network carries.
  ///
  /// - Parameter observing: values that are not let go when no node needs them any more.
  public func begin(
    _ inputs: [String: Tensor], mode: Mode = .evaluation, observing: Set<String> = []
  ) throws(ExecutionError) -> PartialRun {
    var values = [Tensor?](repeating: nil, count: names.count)
    for (slot, tensor) in constants { values[slot] = tensor }
    for (name, tensor) in buffers { values[slots[name] ?? 0] = tensor }
    for (name, tensor) in parameters {
      if let parametrization = parametrizations[name] {
        values[slots[name] ?? 0] = try engine { () throws(TorchError) in
          try parametrization.effective(tensor, mode: mode)
        }
      } else {
        values[slots[name] ?? 0] = tensor
      }
    }
    for info in freeInputs {
      guard let given = inputs[info.name] else {
        throw .missingInput(name: info.name, given: Array(inputs.keys))
      }
      try check(given, info)
      values[slots[info.name] ?? 0] = try engine { () throws(TorchError) in
        layout == .channelsLast && given.rank == 4 ? try given.to(memoryFormat: layout) : given
      }
    }
    var observed = Set<Int>()
    for name in observing {
      guard let slot = slots[name] else { throw .noSuchValue(name: name) }
      observed.insert(slot)
    }
    return PartialRun(values: values, observed: observed, context: RunContext(mode: mode))
  }

  /// The network with the model's present parameters (as they take effect) and statistics.
  public func snapshot() throws(ExecutionError) -> Network {
    var stored: OrderedDictionary<String, Tensor> = buffers
    for (name, tensor) in parameters {
      stored[name] = tensor
      if let parametrization = parametrizations[name] {
        stored[name] = try engine { () throws(TorchError) in
          try withoutGradients { () throws(TorchError) in
            try parametrization.effective(tensor, mode: .evaluation)
          }
        }
      }
    }
    for node in network.nodes {
      guard let substitute = node.outputs.first.flatMap({ substitutes[$0] }) else { continue }
      let inputs = Inputs(
        tensors: node.inputs.map { name in
          stored[name] ?? constants.first { names[$0.slot] == name }?.tensor
        }, label: node.label)
      let settled = try engine { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in try substitute.settled(inputs) }
      }
      for (place, tensor) in settled where node.inputs.indices.contains(place) {
        stored[node.inputs[place]] = tensor
      }
    }
    var result = network
    for (name, tensor) in stored {
      result.initializers[name]?.tensor = try TensorData(
        try converted(tensor, as: network.initializers[name]?.tensor.type))
    }
    return result
  }

  private func converted(
    _ tensor: Tensor, as element: ElementType?
  ) throws(ExecutionError) -> Tensor {
    guard let type = element.flatMap(ScalarType.init), type != tensor.type else { return tensor }
    return try engine { () throws(TorchError) in try tensor.detached().to(type: type) }
  }

  private func check(_ given: Tensor, _ info: ValueInfo) throws(ExecutionError) {
    guard let expected = info.shape else { return }
    let shape = given.shape
    let fits =
      shape.count == expected.count
      && zip(shape, expected).allSatisfy { extent, stated in
        if case .fixed(let n) = stated { n == extent } else { true }
      }
    guard fits else {
      throw .inputShape(
        name: info.name, expected: "[\(expected.map(\.description).joined(separator: ", "))]",
        found: shape)
    }
  }
}

extension Network {
  /// The element types of values as far as the network states them.
  fileprivate var statedElements: [String: ElementType] {
    var elements: [String: ElementType] = [:]
    for info in annotations.values { elements[info.name] = info.type }
    for info in inputs + outputs { elements[info.name] = info.type }
    for (name, initializer) in initializers { elements[name] = initializer.tensor.type }
    for node in nodes where node.op == "Constant" {
      guard case .tensor(let tensor) = node.attributes["value"], let name = node.outputs.first
      else { continue }
      elements[name] = tensor.type
    }
    return elements
  }
}
