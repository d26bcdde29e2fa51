// Networks of the catalogue with random tensors of every kind, drawn fast.

import Network
import Torch

@testable import Execution

enum Samples {
  /// The architecture with random weights of about unit gain and random running statistics.
  static func random(
    _ architecture: Architecture, input: [Int]? = nil, seed: UInt64
  ) throws -> Network {
    try randomized(architecture.network(input: input, seed: nil), seed: seed)
  }

  /// The network with all its parameters and statistics drawn anew.
  static func randomized(_ network: Network, seed: UInt64) throws -> Network {
    let generator = try Generator(seed: seed)
    var result = network
    for (name, initializer) in network.initializers where initializer.role != .constant {
      let shape = initializer.tensor.shape
      let tensor: Tensor
      if initializer.role == .buffer || (shape.count == 1 && name.hasSuffix("weight")) {
        // Variances and scales, which are positive; means too.
        tensor = try Tensor.rand(shape, generator) + Float(0.5)
      } else if shape.count == 1 {
        tensor = try Tensor.randn(shape, generator) * Float(0.2)
      } else {
        let gain = (2 / Double(max(1, shape.dropFirst().reduce(1, *)))).squareRoot()
        tensor = try Tensor.randn(shape, generator) * Float(gain)
      }
      result.initializers[name]?.tensor = try TensorData(tensor)
    }
    return result
  }

  /// An input for the network, `batch` samples, in float64 or as tokens.
  static func input(of network: Network, batch: Int, seed: UInt64) throws -> Tensor {
    let info = network.inputs[0]
    let shape = (info.shape ?? []).map { if case .fixed(let n) = $0 { n } else { batch } }
    let generator = try Generator(seed: seed)
    if info.type == .int64 { return try Tensor.randint(shape, to: 100, generator) }
    return try Tensor.randn(shape, generator, type: .float64)
  }
}
