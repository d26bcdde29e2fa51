// Curvature: the diagonal of the Hessian, carried backwards through a network.
//
// Y. LeCun, J. S. Denker, S. A. Solla, "Optimal Brain Damage", NIPS 1989, section 2.2. With h = d2E/dv2 of
// a value v, and x -> a = W x -> y = f(a):
//
//   h_w = sum over the uses of w of x^2 h_a,      h_x = W^2 (transposed) h_a        (squares by element)
//   h_a = f'(a)^2 h_y + f''(a) dE/dy
//
// The last term is left out in the Levenberg-Marquardt form, whose h are never negative. Products of
// different elements are dropped at every layer, which is exact for the last two layers of weights where
// the Hessian by the outputs is diagonal. At the outputs h is 2 / (number of elements) for the mean
// squared error and p (1 - p) for cross-entropy. A value that is used several times adds up what its uses
// say. Each node goes backwards once or twice for each batch.

import Execution
import Network
import Torch
import Training

/// The way of second derivatives backwards through the nodes of a network.
struct Curvature {
  /// How a node carries second derivatives from its output to its inputs.
  private enum Rule {
    /// A product of an activation with a weight: squares of the weight, and of the activation.
    case product
    /// Values move, are added or chosen: coefficients 0 and 1.
    case placing
    /// Means of so many values each.
    case mean
    /// A function of each element.
    case elementwise

    init?(_ node: Node) {
      switch node.op {
      case "Conv", "ConvTranspose", "Gemm", "MatMul": self = .product
      case "Add", "Sum", "Concat", "DepthToSpace", "Dropout", "Flatten", "GlobalMaxPool",
        "Identity",
        "MaxPool", "Pad", "Reshape", "Slice", "Squeeze", "Transpose", "Unsqueeze":
        self = .placing
      case "AveragePool", "GlobalAveragePool", "ReduceMean": self = .mean
      case "BatchNormalization", "Clip", "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu",
        "Relu", "Selu", "Sigmoid", "Softplus", "Tanh":
        self = .elementwise
      default: return nil
      }
    }
  }

  private struct Step {
    let node: Node
    let rule: Rule
    /// The node alone, with everything it reads but constants as inputs.
    let model: Model
  }

  private let survey: Survey
  private let full: Bool
  private let model: Model
  private let steps: [Step]

  /// Prepares the way.
  ///
  /// - Parameter full: with the term of the second derivative of activations.
  /// - Throws: ``PruningError/combination(_:)`` for a node that second derivatives are not carried
  ///   through.
  init(_ survey: Survey, full: Bool) throws(PruningError) {
    self.survey = survey
    self.full = full
    model = try survey.model(type: .float64)
    var steps: [Step] = []
    for node in survey.network.nodes {
      guard let rule = Rule(node), Self.isPlain(node) else {
        throw .combination(
          "obd carries second derivatives backwards node by node, and not through \(node.label) "
            + "(\(node.op)); use taylor-weight or snip for this network")
      }
      let alone = survey.network.alone(node)
      steps.append(Step(node: node, rule: rule, model: try survey.model(of: alone, type: .float64)))
    }
    self.steps = steps
  }

  /// Whether a node's attributes leave its rule true.
  private static func isPlain(_ node: Node) -> Bool {
    switch node.op {
    case "Gemm":
      node.float("alpha", default: 1) == 1 && node.float("beta", default: 1) == 1
    case "AveragePool":
      node.int("count_include_pad", default: 0) == 1
        || (node.ints("pads") ?? []).allSatisfy { $0 == 0 }
    default: true
    }
  }

  /// The second derivatives of a batch's mean loss by each weight.
  func diagonal(of index: Int) throws(PruningError) -> [String: Tensor] {
    let batch = try survey.batch(index, for: model)
    let wanted = Set(
      survey.network.nodes.flatMap { $0.inputs + $0.outputs.prefix(1) }.filter {
        !$0.isEmpty && survey.network.initializers[$0] == nil
      })
    var values = try execution { () throws(ExecutionError) in
      try model.run(batch.named(for: model), observing: wanted)
    }
    guard let name = survey.network.outputs.first?.name, let output = values[name] else {
      throw .execution(.noSuchValue(name: "output"))
    }
    let slopes = try full ? slopes(of: output, on: batch, values) : [:]
    for (name, tensor) in Array(model.parameters) + Array(model.buffers) { values[name] = tensor }
    return try engine { () throws(TorchError) in
      for (name, tensor) in values { values[name] = try tensor.detached() }
      var curvature = [name: try Self.curvature(of: output.detached(), batch)]
      for step in steps.reversed() {
        guard let seed = curvature[step.node.outputs[0]] else { continue }
        for (input, part) in try pull(seed, through: step, values, slopes[step.node.outputs[0]]) {
          if let sum = curvature[input] {
            curvature[input] = try sum + part
          } else {
            curvature[input] = part
          }
        }
      }
      return curvature.filter { model.parameters[$0.key] != nil }
    }
  }

  /// The second derivatives of the mean loss by the outputs.
  private static func curvature(
    of output: Tensor, _ batch: TensorBatch
  ) throws(TorchError) -> Tensor {
    guard batch.hasClasses else { return try output.fullLike(.double(2 / Double(output.count))) }
    let p = try output.softmax(axis: 1)
    return try p * (1 - p) / Double(batch.count)
  }

  /// The first derivatives of the loss by the outputs of functions of each element.
  private func slopes(
    of output: Tensor, on batch: TensorBatch, _ values: [String: Tensor]
  ) throws(PruningError) -> [String: Tensor] {
    let names = steps.filter { $0.rule == .elementwise }.map { $0.node.outputs[0] }
    if names.isEmpty { return [:] }
    let found = try survey.derivatives(
      of: survey.loss(of: output, on: batch), by: names.compactMap { values[$0] })
    return Dictionary(zip(names, found), uniquingKeysWith: { first, _ in first })
  }

  /// What `seed`, the curvature of a node's output, comes to at its inputs.
  private func pull(
    _ seed: Tensor, through step: Step, _ values: [String: Tensor], _ slope: Tensor?
  ) throws(TorchError) -> [(String, Tensor)] {
    let given = Dictionary(
      uniqueKeysWithValues: step.model.freeInputs.compactMap { info in
        values[info.name].map { (info.name, $0) }
      })
    func run(
      _ input: String, _ inputs: [String: Tensor],
      _ body: (Tensor, Tensor) throws(TorchError) -> Tensor
    ) throws(TorchError) -> Tensor {
      var inputs = inputs
      let leaf = try inputs[input]?.detached().requireGradient() ?? seed
      inputs[input] = leaf
      return try withGradients { () throws(TorchError) in
        let output: Tensor?
        do throws(ExecutionError) {
          output = try step.model.run(inputs)[step.node.outputs[0]]
        } catch {
          throw .engine(operation: step.node.label, arguments: [], message: "\(error)")
        }
        return try body(output ?? seed, leaf)
      }
    }
    func back(_ output: Tensor, _ leaf: Tensor, _ at: Tensor) throws(TorchError) -> Tensor {
      let found = try gradients(of: [output], with: [leaf], at: [at], allowUnused: true)[0]
      if let found { return found }
      return try leaf.detached().zerosLike()
    }
    let (x, node) = (step.node.inputs[0], step.node)
    switch step.rule {
    case .product:
      var parts: [(String, Tensor)] = []
      for name in node.inputs.prefix(2) where given[name] != nil {
        let other = name == x ? node.inputs[1] : x
        var squared = given
        squared[other] = try given[other]?.square()
        parts.append(
          (
            name,
            try run(name, squared) { (y, leaf) throws(TorchError) in try back(y, leaf, seed) }
          ))
      }
      return parts
    case .placing:
      var parts: [(String, Tensor)] = []
      for name in Set(node.inputs).sorted() where given[name] != nil {
        parts.append(
          (name, try run(name, given) { (y, leaf) throws(TorchError) in try back(y, leaf, seed) }))
      }
      return parts
    case .mean:
      let pulled = try run(x, given) { (y, leaf) throws(TorchError) in
        let count =
          node.ints("kernel_shape").map { $0.reduce(1, *) } ?? leaf.count / max(y.count, 1)
        return try back(y, leaf, seed) / Double(count)
      }
      return [(x, pulled)]
    case .elementwise:
      let pulled = try run(x, given) { (y, leaf) throws(TorchError) in
        let slopes = try gradients(
          of: [y], with: [leaf], at: [y.detached().onesLike()], createGraph: slope != nil)[0]
        guard let first = slopes else { return try seed.zerosLike() }
        let square = try first.detached().square() * seed
        guard let slope, first.requiresGradient else { return square }
        let second = try gradients(
          of: [first], with: [leaf], at: [first.detached().onesLike()], allowUnused: true)[0]
        guard let second else { return square }
        return try square + second * slope
      }
      return [(x, pulled)]
    }
  }
}

extension Network {
  /// The network of one of its nodes, with everything that the node reads but constants as inputs.
  func alone(_ node: Node) -> Network {
    var alone = self
    alone.nodes = [node]
    alone.annotations = [:]
    alone.initializers = initializers.filter { name, initializer in
      node.inputs.contains(name) && initializer.role == .constant
    }
    alone.inputs = Set(node.inputs).sorted().filter {
      !$0.isEmpty && alone.initializers[$0] == nil
    }.map { ValueInfo($0, nil, nil) }
    alone.outputs = [ValueInfo(node.outputs[0], nil, nil)]
    return alone
  }
}
