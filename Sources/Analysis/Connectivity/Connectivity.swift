// Connectivity: which elements of a network's values can be other than zero, and which of them reach an
// output.
//
// A. Vysogorets, J. Kempe, "Connectivity Matters: Neural Network Pruning Through the Lens of Effective
// Sparsity", JMLR 2023: a weight counts only if it lies on a path of weights that are not zero from an
// input to an output. Here paths are followed element by element: forwards, where a value may be other
// than zero (a(y) = 1 if some term of its sum has no zero factor); backwards, what an output depends on
// (b(x) = 1 if x is a factor of a term of some y with b(y) = 1 whose other factors may be other than
// zero). A weight w is effective where w != 0 and b(w) = 1.
//
// Paths may begin at biases as well. With biases that are not zero a neuron without inputs still sends a
// constant on, and the weights that carry it change the output. Both counts are given: the exact one, in
// which all that is not effective can be removed without changing a bit of the output, and the paper's,
// in which paths begin at the network's inputs.

import Execution
import Network
import OrderedCollections
import Torch

/// Where a network's paths lead.
struct Connectivity {
  /// Where paths begin.
  enum Source {
    /// At whatever is not zero: inputs, and biases too.
    case anything
    /// At the network's inputs only.
    case inputs
  }

  /// Which elements of each parameter lie on a path from a source to an output, by name: 1 or 0.
  private(set) var effective: OrderedDictionary<String, Tensor> = [:]
  /// Nodes that were taken to pass everything on, as messages name them.
  var opaque: [String] { taken.sorted().map { network.nodes[$0].label } }

  private let network: Network
  private let source: Source
  private let known: KnownValues
  private let types: [String: TensorType]
  /// The positions of the nodes that were taken to pass everything on.
  private var taken: Set<Int> = []
  /// Whether elements may be other than zero.
  private var live: [String: Tensor] = [:]
  /// Whether elements reach an output.
  private var reaching: [String: Tensor] = [:]

  /// Follows the paths of `network`.
  init(_ network: Network, from source: Source = .anything) throws(AnalysisError) {
    self.network = network
    self.source = source
    let inference = try inferred(network)
    known = try KnownValues(network, inference)
    types = inference.types
    try withoutGradients { () throws(AnalysisError) in
      for (name, type) in inference.types where type.element.isFloatingPoint {
        if let tensor = network.initializers[name]?.tensor {
          live[name] = try Self.indicator(tensor)
        } else if network.inputs.contains(where: { $0.name == name }) {
          live[name] = try engine { () throws(TorchError) in try Tensor.ones(type.shape) }
        }
      }
    }
    for (index, view) in inference.views.enumerated() { try forward(index, view) }
    for output in network.outputs {
      guard let value = live[output.name] else { continue }
      reaching[output.name] = try engine { () throws(TorchError) in try value.onesLike() }
    }
    for (index, view) in inference.views.enumerated().reversed() { try backward(index, view) }
    for (name, initializer) in network.initializers where initializer.role == .parameter {
      guard let own = live[name] else { continue }
      effective[name] = try engine { () throws(TorchError) in
        guard let reaching = reaching[name] else { return try own.zerosLike() }
        return try own * reaching
      }
    }
  }

  /// Operators that look at shapes only.
  private static let extents: Set<String> = ["Shape", "Size"]

  // MARK: forwards

  private mutating func forward(_ index: Int, _ view: NodeView) throws(AnalysisError) {
    let node = view.node
    if let found = try withoutGradients({ () throws(AnalysisError) in try lives(view) }) {
      live.merge(found) { $1 }
    } else if !Self.extents.contains(node.op), node.uses.contains(where: { live[$0] != nil }) {
      taken.insert(index)
    }
    // What is not known in advance, and not worked out, may be anything.
    for name in node.outputs where live[name] == nil && isFloating(name) {
      guard let shape = types[name]?.shape else { continue }
      live[name] = try engine { () throws(TorchError) in try Tensor.ones(shape) }
    }
  }

  private func isFloating(_ name: String) -> Bool { types[name]?.element.isFloatingPoint ?? false }

  /// Where a node's outputs may be other than zero; `nil` where nothing is known of it.
  private func lives(_ view: NodeView) throws(AnalysisError) -> [String: Tensor]? {
    let (rule, node) = FlowRule.of(view.node)
    guard let output = node.outputs.first, isFloating(output) else { return nil }
    if let value = known.values[output] { return [output: try Self.indicator(value)] }
    switch rule {
    case .linear, .window:
      guard let run = try linear(node, rule) else { break }
      let found = try run.run(run.inputs)
      var result: [String: Tensor] = [:]
      for (name, tensor) in found { result[name] = try Self.nonZero(tensor) }
      return result
    case .elementwise:
      guard let name = node.input(0), let own = live[name], let atZero = try constant(node, own)
      else { break }
      return [output: try engine { () throws(TorchError) in try own.maximum(atZero) }]
    case .normalization:
      guard let name = node.input(0), let own = live[name], let scale = scale(of: node),
        let atZero = try constant(node, own)
      else { break }
      return [
        output: try engine { () throws(TorchError) in try (own * scale).maximum(atZero) }
      ]
    case .opaque: break
    }
    return nil
  }

  /// A node with the inputs it is given as ones and zeros; `nil` where something it needs is unknown.
  private func linear(
    _ node: Node, _ rule: FlowRule
  ) throws(AnalysisError) -> (run: NodeRun, inputs: [Int: Tensor])? {
    let (factors, addends, divisors) =
      switch rule {
      case .linear(let factors, let addends, let divisors): (factors, addends, divisors)
      default: ([0], [], [])
      }
    var inputs: [Int: Tensor] = [:]
    for (index, name) in node.inputs.enumerated() where !name.isEmpty {
      if factors.contains(index) || addends.contains(index) || divisors.contains(index) {
        guard let own = live[name] else { return nil }
        let isDropped =
          source == .inputs && addends.contains(index) && !known.fromInputs.contains(name)
        inputs[index] = try engine { () throws(TorchError) in
          if divisors.contains(index) { return try own.onesLike() }
          return isDropped ? try own.zerosLike() : own
        }
      } else if known.values[name] == nil {
        return nil
      }
    }
    let run = try NodeRun(node, of: network, given: Set(inputs.keys), settings: known.values)
    return (run, inputs)
  }

  /// Where a function of each element is other than zero at zero; `nil` where a setting is unknown.
  private func constant(_ node: Node, _ like: Tensor) throws(AnalysisError) -> Tensor? {
    for name in node.inputs.dropFirst() where !name.isEmpty && known.values[name] == nil {
      return nil
    }
    if source == .inputs { return try engine { () throws(TorchError) in try like.zerosLike() } }
    let run = try NodeRun(node, of: network, given: [0], settings: known.values)
    let zeros = try engine { () throws(TorchError) in try like.zerosLike() }
    guard let output = node.outputs.first, let value = try run([0: zeros])[output] else {
      return nil
    }
    return try Self.nonZero(value)
  }

  /// Where a batch normalisation's scale is other than zero, in the shape of one example.
  private func scale(of node: Node) -> Tensor? {
    guard let name = node.input(1), let scale = live[name], let x = node.input(0),
      let rank = live[x]?.rank
    else { return nil }
    return try? scale.reshape([1, -1] + Array(repeating: 1, count: rank - 2))
  }

  // MARK: backwards

  private mutating func backward(_ index: Int, _ view: NodeView) throws(AnalysisError) {
    let (rule, node) = FlowRule.of(view.node)
    // Shapes depend on no element. What becomes of other integers, and of values of unknown type, is
    // not followed: they may always matter.
    if Self.extents.contains(node.op) { return }
    if node.outputs.contains(where: { !$0.isEmpty && !isFloating($0) }) {
      for name in view.node.uses { try reachAll(name) }
      return
    }
    let reached = view.node.outputs.compactMap { name in reaching[name].map { (name, $0) } }
    guard !reached.isEmpty else { return }
    if !taken.contains(index), let output = node.outputs.first, known.values[output] == nil {
      switch rule {
      case .linear:
        guard let run = try linear(node, rule) else { break }
        return try differentiate(run.run, run.inputs, node, reached)
      case .window(let backward):
        guard let run = try linear(backward, rule) else { break }
        return try differentiate(run.run, run.inputs, node, reached)
      case .elementwise:
        try reach(node.input(0), reached[0].1)
        for name in node.inputs.dropFirst() { try reachAll(name) }
        return
      case .normalization:
        guard let scale = scale(of: node) else { break }
        try reach(
          node.input(0), try engine { () throws(TorchError) in try reached[0].1 * scale })
        for name in node.inputs.dropFirst() { try reachAll(name) }
        return
      case .opaque: break
      }
    }
    let counts = try reached.map { (pair) throws(AnalysisError) in
      try engine { () throws(TorchError) in try pair.1.sum().scalar() }
    }
    if counts.contains(where: { $0 > 0 }) { for name in view.node.uses { try reachAll(name) } }
  }

  /// Takes the derivative of everything that reaches an output by what the node is given.
  private mutating func differentiate(
    _ run: NodeRun, _ inputs: [Int: Tensor], _ node: Node,
    _ reached: [(name: String, value: Tensor)]
  ) throws(AnalysisError) {
    let order = inputs.keys.sorted()
    let found = try withGradients { () throws(AnalysisError) -> [Tensor?] in
      var leaves: [Int: Tensor] = [:]
      for (index, tensor) in inputs {
        leaves[index] = try engine { () throws(TorchError) in
          try tensor.clone().requireGradient()
        }
      }
      let outputs = try run(leaves)
      return try engine { () throws(TorchError) in
        var total = try Tensor.zeros([])
        for (name, value) in reached {
          if let output = outputs[name] { total = try total + (output * value).sum() }
        }
        guard total.requiresGradient else { return order.map { _ in nil } }
        return try gradients(of: [total], with: order.compactMap { leaves[$0] }, allowUnused: true)
      }
    }
    for (index, gradient) in zip(order, found) {
      guard let gradient else { continue }
      try reach(node.input(index), try Self.nonZero(gradient))
    }
  }

  private mutating func reach(_ name: String?, _ part: Tensor) throws(AnalysisError) {
    guard let name, live[name] != nil else { return }
    reaching[name] = try engine { () throws(TorchError) in
      try reaching[name].map { (known) throws(TorchError) in try known.maximum(part) } ?? part
    }
  }

  private mutating func reachAll(_ name: String) throws(AnalysisError) {
    guard let value = live[name] else { return }
    try reach(name, try engine { () throws(TorchError) in try value.onesLike() })
  }

  // MARK: ones and zeros

  private static func nonZero(_ tensor: Tensor) throws(AnalysisError) -> Tensor {
    try engine { () throws(TorchError) in
      try tensor.detached().notEqual(Scalar(0)).to(type: .float32)
    }
  }

  private static func indicator(_ data: TensorData) throws(AnalysisError) -> Tensor {
    try nonZero(try execution { () throws(ExecutionError) in try data.tensor(named: "value") })
  }
}
