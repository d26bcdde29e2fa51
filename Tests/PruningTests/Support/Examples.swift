// Examples and networks in double precision, for criteria and repairs that look at data.

import Data
import Network
import Testing

@testable import Pruning

enum Examples {
  /// `count` examples of a shape, with targets of another.
  static func make(
    _ count: Int, _ shape: [Int], targets: [Int]?, seed: UInt64 = 3
  ) throws -> ArrayDataset {
    func array(_ shape: [Int], _ seed: UInt64) throws -> NDArray {
      try NDArray(
        Graphs.numbers(shape.reduce(count, *), seed: seed), shape: [count] + shape)
    }
    return try ArrayDataset(
      name: "made up", path: "made up", x: array(shape, seed),
      y: targets.map { try array($0, seed + 1) })
  }

  /// `network` with weights of double precision.
  static func precise(_ network: Network) throws -> Network {
    var result = network
    for (name, initializer) in network.initializers {
      guard let reals = initializer.tensor.reals, initializer.tensor.type == .float32 else {
        continue
      }
      result.initializers[name]?.tensor = try TensorData(reals, shape: initializer.tensor.shape)
    }
    for index in result.inputs.indices { result.inputs[index].type = .float64 }
    return result
  }

  /// `network` with what `change` makes of the elements of a weight.
  static func changing(
    _ network: Network, _ name: String, _ change: (inout [Double], [Int]) -> Void
  ) throws -> Network {
    var result = network
    let tensor = try #require(network.initializers[name]).tensor
    var elements = try #require(tensor.reals)
    change(&elements, tensor.shape)
    result.initializers[name]?.tensor = try TensorData(elements, shape: tensor.shape)
    return result
  }
}
