// A network of one node, for tests of single operators.

import Network
import OrderedCollections
import Torch

@testable import Execution

extension Network {
  /// One node applied to inputs named x0, x1, ...; its outputs are named y0, y1, ...
  ///
  /// - Parameters:
  ///   - inputs: the tensors given at run time, `nil` for one that is left out.
  ///   - constants: constants by input position, after or between the inputs.
  static func single(
    _ op: String, inputs: [TensorData?], constants: [Int: TensorData] = [:],
    attributes: OrderedDictionary<String, Attribute> = [:], outputs: Int = 1, opset: Int = 17
  ) -> Network {
    let count = max(inputs.count, (constants.keys.max() ?? -1) + 1)
    var network = Network(name: op, opsets: ["": opset])
    var names: [String] = []
    for index in 0..<count {
      if let constant = constants[index] {
        names.append("x\(index)")
        network.initializers["x\(index)"] = Initializer(constant, role: .constant)
      } else if index < inputs.count, let input = inputs[index] {
        names.append("x\(index)")
        network.inputs.append(
          ValueInfo("x\(index)", input.type, input.shape.map { .fixed($0) }))
      } else {
        names.append("")
      }
    }
    let results = (0..<outputs).map { "y\($0)" }
    network.nodes = [
      Node(op, name: "node", inputs: names, outputs: results, attributes: attributes)
    ]
    network.outputs = results.map { ValueInfo($0, nil) }
    return network
  }
}

/// Runs one node on constants and gives its outputs.
func evaluate(
  _ op: String, _ inputs: [TensorData?], constants: [Int: TensorData] = [:],
  attributes: OrderedDictionary<String, Attribute> = [:], outputs: Int = 1, opset: Int = 17,
  mode: Mode = .evaluation
) throws -> [Tensor] {
  let network = Network.single(
    op, inputs: inputs, constants: constants, attributes: attributes, outputs: outputs,
    opset: opset)
  let model = try Model(network)
  var given: [String: Tensor] = [:]
  for (index, input) in inputs.enumerated() where constants[index] == nil {
    if let input { given["x\(index)"] = try input.tensor(named: "x\(index)") }
  }
  let found = try model.run(given, mode: mode)
  return (0..<outputs).compactMap { found["y\($0)"] }
}

/// A tensor of floats.
func floats(_ values: [Float], _ shape: [Int]) throws -> TensorData {
  try TensorData(values, shape: shape)
}

/// A vector of integers.
func ints(_ values: Int64...) -> TensorData { TensorData(vector: values) }
