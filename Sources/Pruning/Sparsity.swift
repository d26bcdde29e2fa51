// Sparsity: the fraction of weights that are zero.

import Network

extension Network {
  /// The fraction of all weights (see `Network.weightNames`) that are exactly zero.
  public var weightSparsity: Double { sparsity(of: weightNames) }

  /// The fraction of all parameters, biases and normalisation too, that are exactly zero.
  public var parameterSparsity: Double { zeroFraction(of: Array(initializers.keys)) }

  /// The fraction of the weights among the initializers `names` that are exactly zero.
  public func sparsity(of names: some Collection<String>) -> Double {
    zeroFraction(of: names.filter { isWeight($0) })
  }

  private func zeroFraction(of names: [String]) -> Double {
    var (zeros, total) = (0, 0)
    for name in names {
      guard let initializer = initializers[name], initializer.role == .parameter,
        initializer.tensor.type.isFloatingPoint
      else { continue }
      total += initializer.tensor.count
      if initializer.tensor.type == .float32 {
        initializer.tensor.bytes.withUnsafeBytes { raw in
          for index in 0..<initializer.tensor.count
          where raw.loadUnaligned(fromByteOffset: 4 * index, as: Float.self) == 0 { zeros += 1 }
        }
      } else {
        zeros += initializer.tensor.reals?.count { $0 == 0 } ?? 0
      }
    }
    return total == 0 ? 0 : Double(zeros) / Double(total)
  }
}
