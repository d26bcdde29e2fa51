// The values of a network that no input decides: shapes, indices, constants.

import Execution
import Network
import Torch

/// The values of a network that neither an input nor a weight in training decides: shapes of values,
/// lists of indices, constants and what is computed from them.
struct KnownValues {
  /// The values by name; those of initializers among them.
  private(set) var values: [String: TensorData] = [:]
  /// Values that follow from the inputs of the network.
  private(set) var fromInputs: Set<String>

  /// - Throws: the errors of computing with constants.
  init(_ network: Network, _ inference: Inference) throws(AnalysisError) {
    let free = network.inputs.map(\.name).filter { network.initializers[$0] == nil }
    var dependent = Set(free)
    var open = dependent
    for (name, initializer) in network.initializers {
      values[name] = initializer.tensor
      if initializer.role == .parameter { open.insert(name) }
    }
    var constant = network
    constant.inputs = []
    constant.nodes = []
    for (index, node) in network.nodes.enumerated() {
      if node.op == "Shape", let shape = node.input(0).flatMap({ inference.types[$0]?.shape }) {
        // A shape is known wherever its value stands.
        let rank = shape.count
        func place(_ key: String, _ usual: Int) -> Int {
          let stated = node.int(key, default: usual)
          return min(max(stated < 0 ? stated + rank : stated, 0), rank)
        }
        let (start, end) = (place("start", 0), place("end", rank))
        let extents = start < end ? shape[start..<end].map(Int64.init) : []
        for name in node.outputs {
          values[name] = TensorData(vector: extents)
          constant.initializers[name] = Initializer(TensorData(vector: extents), role: .constant)
        }
        continue
      }
      if node.uses.contains(where: dependent.contains) { dependent.formUnion(node.outputs) }
      if node.uses.contains(where: open.contains) || Computations.of(node) == nil {
        open.formUnion(node.outputs)
      } else {
        constant.nodes.append(network.nodes[index])
      }
    }
    fromInputs = dependent
    let wanted = constant.nodes.flatMap(\.outputs).filter { !$0.isEmpty }
    guard !wanted.isEmpty else { return }
    constant.outputs = wanted.map { ValueInfo($0, nil, nil) }
    let found = try execution { () throws(ExecutionError) in
      try withoutGradients { () throws(ExecutionError) in try Model(constant).run([:]) }
    }
    for (name, tensor) in found {
      values[name] = try execution { () throws(ExecutionError) in try TensorData(tensor) }
    }
  }
}
