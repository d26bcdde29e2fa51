// Synaptic flow: what goes into a hidden unit comes out of it.
//
// H. Tanaka, D. Kunin, D. Yamins, S. Ganguli, "Pruning neural networks without any data by iteratively
// conserving synaptic flow", NeurIPS 2020. With every parameter replaced by its absolute value, biases
// and running means by zero, activations by the identity and an input of ones, let R be the sum of the
// outputs and s(w) = |w dR/dw|. Then for every hidden unit
//
//   sum of s over the weights that make it = sum of s over the weights that use it up,
//
// and in a network without branches the sums over whole layers are all R. Coupled units (those added up
// by residual connections) are one unit here: what makes any of them against what uses any of them.
// Larger layers so give each weight a smaller share: pruned by a global threshold at once, a small layer
// can lose all (layer collapse) only after the larger ones' weights are gone.

import Execution
import Network
import OrderedCollections
import Torch

/// How far synaptic flow is conserved, unit by unit and layer by layer.
public struct SynapticFlow: Analysis {
  public static let name = "synaptic-flow"
  public static let summary = "conservation of synaptic flow by unit (Tanaka et al. 2020)"

  /// The analysis; it has no settings.
  public init() {}

  /// What flows through a network.
  public struct Flow: Sendable {
    /// The sum of all outputs.
    public let total: Double
    /// For each weight the sum of its scores.
    public let layers: [(name: String, sum: Double)]
    /// For each hidden unit of each group what flows in and what flows out.
    public let units: [(group: String, unit: Int, incoming: Double, outgoing: Double)]
  }

  public func look(at subject: AnalysisSubject) throws(AnalysisError) -> AnalysisReport {
    let flow = try Self.flow(through: try subject.networks(for: Self.self)[0])
    let worst = flow.units.map { unit in
      abs(unit.incoming - unit.outgoing)
        / max(abs(unit.incoming), abs(unit.outgoing), .leastNormalMagnitude)
    }.max()
    let sums = flow.layers.map(\.sum)
    return AnalysisReport(
      [
        "largest imbalance of a unit": worst ?? 0, "hidden units": Double(flow.units.count),
        "flow": flow.total, "least flow of a layer": sums.min() ?? 0,
        "most flow of a layer": sums.max() ?? 0,
      ],
      notes: ["imbalance is the difference of what flows in and out, over the larger of both"])
  }

  /// Follows the flow.
  ///
  /// - Throws: ``AnalysisError/notLinear(nodes:)``.
  public static func flow(through network: Network) throws(AnalysisError) -> Flow {
    let linear = try linearized(network)
    let types = try inferred(linear).types
    let model = try execution { () throws(ExecutionError) in try Model(linear, type: .float64) }
    var inputs: [String: Tensor] = [:]
    for input in model.freeInputs {
      inputs[input.name] = try engine { () throws(TorchError) in
        try Tensor.ones(types[input.name]?.shape ?? [], type: .float64)
      }
    }
    let (total, scores) = try withGradients { () throws(AnalysisError) in
      let outputs = try execution { () throws(ExecutionError) in try model.run(inputs) }
      return try engine { () throws(TorchError) -> (Double, [String: Tensor]) in
        var sum = try Tensor.zeros([], type: .float64)
        for output in linear.outputs {
          if let value = outputs[output.name] { sum = try sum + value.sum() }
        }
        let weights = model.parameters.filter { $0.value.rank >= 2 }
        let found = try gradients(of: [sum], with: Array(weights.values), allowUnused: true)
        var scores: [String: Tensor] = [:]
        for (entry, gradient) in zip(weights, found) {
          if let gradient { scores[entry.key] = try (entry.value.detached() * gradient).abs() }
        }
        return (try sum.scalar(), scores)
      }
    }
    let layers = try scores.sorted { $0.key < $1.key }.map { (entry) throws(AnalysisError) in
      (entry.key, try engine { () throws(TorchError) in try entry.value.sum().scalar() })
    }
    return Flow(total: total, layers: layers, units: try units(of: network, scores))
  }

  /// The network with activations replaced by the identity and biases and running means by zero, every
  /// other parameter by its absolute value.
  private static func linearized(_ given: Network) throws(AnalysisError) -> Network {
    var result = given
    var zero: Set<String> = []
    var refused: [String] = []
    for (index, node) in given.nodes.enumerated() {
      switch node.op {
      case "Conv", "Gemm", "ConvTranspose": zero.formUnion([node.input(2)].compactMap(\.self))
      case "BatchNormalization":
        zero.formUnion([node.input(2), node.input(3)].compactMap(\.self))
      case "Softmax", "LogSoftmax":
        result.nodes[index].op = "Identity"
        result.nodes[index].attributes = [:]
      default:
        switch FlowRule.of(node).rule {
        case .linear, .window: break
        case .elementwise:
          result.nodes[index].op = "Identity"
          result.nodes[index].attributes = [:]
          result.nodes[index].inputs = Array(node.inputs.prefix(1))
        case .normalization: break
        case .opaque: refused.append(node.label)
        }
      }
    }
    guard refused.isEmpty else { throw .notLinear(nodes: refused) }
    for (name, initializer) in given.initializers
    where initializer.tensor.type.isFloatingPoint && initializer.role != .constant {
      let tensor = initializer.tensor
      let value = try execution { () throws(ExecutionError) in try tensor.tensor(named: name) }
      let made = try engine { () throws(TorchError) in
        zero.contains(name) ? try value.zerosLike() : try value.abs()
      }
      result.initializers[name]?.tensor = try execution { () throws(ExecutionError) in
        try TensorData(made)
      }
    }
    return result
  }

  /// What flows in and out of each hidden unit.
  private static func units(
    of given: Network, _ scores: [String: Tensor]
  ) throws(AnalysisError) -> [(group: String, unit: Int, incoming: Double, outgoing: Double)] {
    let coupling = try network { () throws(NetworkError) in try given.coupling() }
    var units: [(group: String, unit: Int, incoming: Double, outgoing: Double)] = []
    for group in coupling.groups {
      let incoming = try sums(over: group.producers, of: group, scores)
      let outgoing = try sums(over: group.consumers, of: group, scores)
      for unit in 0..<group.size {
        units.append((group.name, unit, incoming[unit], outgoing[unit]))
      }
    }
    return units
  }

  /// For each unit the scores of its elements in the weights of `members`.
  private static func sums(
    over members: [Group.Member], of group: Group, _ scores: [String: Tensor]
  ) throws(AnalysisError) -> [Double] {
    var sums = [Double](repeating: 0, count: group.size)
    for member in members {
      guard let score = scores[member.value] else { continue }
      let rows = try engine { () throws(TorchError) in
        let part =
          try member.block.map { (block) throws(TorchError) in
            try score.narrow(axis: 0, start: block.lowerBound, length: block.count)
          } ?? score
        let others = (0..<part.rank).filter { $0 != member.axis }
        return try part.sum(others).values(as: Double.self)
      }
      for unit in member.units {
        for index in member.indices(of: unit) { sums[unit] += rows[index] }
      }
    }
    return sums
  }
}
