// Runs one node of a network by itself.

import Execution
import Network
import Torch

/// Runs one node by itself, in single precision.
struct NodeRun {
  private let model: Model
  private let outputs: [String]

  /// Prepares a node.
  ///
  /// - Parameters:
  ///   - given: the positions of the inputs that each run is given.
  ///   - settings: the values of the others.
  init(
    _ node: Node, of network: Network, given: Set<Int>, settings: [String: TensorData]
  ) throws(AnalysisError) {
    var node = node
    var single = Network(name: "node", opsets: network.opsets)
    for index in node.inputs.indices {
      guard let name = node.input(index) else { continue }
      node.inputs[index] = Self.name(index)
      if given.contains(index) {
        single.inputs.append(ValueInfo(Self.name(index), nil, nil))
      } else if let value = settings[name] {
        single.initializers[Self.name(index)] = Initializer(value, role: .constant)
      }
    }
    outputs = node.outputs.filter { !$0.isEmpty }
    single.outputs = outputs.map { ValueInfo($0, nil, nil) }
    single.nodes = [node]
    model = try execution { () throws(ExecutionError) in try Model(single, type: .float32) }
  }

  private static func name(_ index: Int) -> String { "input.\(index)" }

  /// The outputs by name.
  func callAsFunction(_ inputs: [Int: Tensor]) throws(AnalysisError) -> [String: Tensor] {
    var named: [String: Tensor] = [:]
    for (index, tensor) in inputs { named[Self.name(index)] = tensor }
    return try execution { () throws(ExecutionError) in try model.run(named) }
  }
}
