// Evidence: what a criterion looks at beside the weights, and what it adds up of it.

import Torch

/// What a criterion looks at beside the weights.
public struct Evidence: OptionSet, Sendable, Hashable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The values of the units where they are used up.
  public static let activations = Evidence(rawValue: 1)
  /// The derivative of each example's loss by a gate on each unit.
  public static let gates = Evidence(rawValue: 2)
  /// The derivatives of the mean loss by the weights.
  public static let gradients = Evidence(rawValue: 4)
  /// Examples, in a pass of the criterion's own (``Criterion/evidence(from:)``).
  public static let examples = Evidence(rawValue: 8)
  /// Networks behave as in training: batch normalisation takes the batch's own statistics, which at
  /// initialisation are the only ones there are.
  public static let batchStatistics = Evidence(rawValue: 16)

  /// Whether a loss is needed, and so something to compare the outputs with.
  var needsLoss: Bool { !isDisjoint(with: [.gates, .gradients]) }
}

/// Sums over the batches that a criterion looks at, in double precision.
public struct Sums {
  private var sums: [String: Tensor] = [:]

  /// Adds `tensor` to the sum called `key`; all that is added under a key has one shape.
  public mutating func add(_ tensor: Tensor, to key: String) throws(TorchError) {
    let value = try tensor.detached().to(type: .float64)
    if let sum = sums[key] {
      try sum.addInPlace(value)
    } else {
      // A tensor that is float64 already is the caller's own: a copy is taken of it.
      sums[key] = tensor.type == .float64 ? try value + 0.0 : value
    }
  }

  /// The sums divided by the number of batches, in row-major order.
  func means(over batches: Int) throws(PruningError) -> [String: [Double]] {
    var means: [String: [Double]] = [:]
    for (key, sum) in sums {
      means[key] = try engine { () throws(TorchError) in
        try (batches > 1 ? sum / Double(batches) : sum).values(as: Double.self)
      }
    }
    return means
  }
}
