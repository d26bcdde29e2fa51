// The straight line between two networks of one form.

import Execution
import Network
import Torch

/// The straight line between two networks of one form: `(1 - a) W1 + a W2`.
struct Line {
  private let start: Network
  /// Both ends of each tensor that differs, in double precision.
  private let ends: [(name: String, first: Tensor, second: Tensor)]

  /// - Throws: ``AnalysisError/differs(tensor:shapes:)`` for networks of different forms.
  init(from first: Network, to second: Network) throws(AnalysisError) {
    start = first
    var ends: [(name: String, first: Tensor, second: Tensor)] = []
    for (name, initializer) in first.initializers where initializer.role != .constant {
      let (a, b) = (initializer.tensor, second.initializers[name]?.tensor)
      guard let b, a.shape == b.shape, a.type == b.type else {
        throw .differs(tensor: name, shapes: [a.shape, b?.shape])
      }
      if a == b || !a.type.isFloatingPoint { continue }
      ends.append(
        try execution { () throws(ExecutionError) in
          (name, try Self.double(a, name), try Self.double(b, name))
        })
    }
    for (name, initializer) in second.initializers
    where initializer.role != .constant && first.initializers[name] == nil {
      throw .differs(tensor: name, shapes: [nil, initializer.tensor.shape])
    }
    self.ends = ends
  }

  private static func double(
    _ tensor: TensorData, _ name: String
  ) throws(ExecutionError) -> Tensor {
    let value = try tensor.tensor(named: name)
    do throws(TorchError) { return try value.to(type: .float64) } catch { throw .engine(error) }
  }

  /// The network at `place`; at 0 and 1 bit for bit the ends.
  func network(at place: Double) throws(AnalysisError) -> Network {
    if place == 0 { return start }
    var result = start
    for (name, first, second) in ends {
      guard let type = start.initializers[name].flatMap({ ScalarType($0.tensor.type) }) else {
        continue
      }
      let tensor = try engine { () throws(TorchError) in
        try (place == 1 ? second : first * (1 - place) + second * place).to(type: type)
      }
      result.initializers[name]?.tensor = try execution { () throws(ExecutionError) in
        try TensorData(tensor)
      }
    }
    return result
  }
}
