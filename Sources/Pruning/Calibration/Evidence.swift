// Evidence: what a criterion looks at beside the weights, and what it adds up of it.

import Execution
import Network
import Torch
import Training

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

  /// Whether a loss is needed, and so something to compare the outputs with.
  var needsLoss: Bool { !isDisjoint(with: [.gates, .gradients]) }
}

/// Sums over the batches that a criterion looks at, in double precision.
public struct Sums {
  private var sums: [String: Tensor] = [:]
  private var batches = 0

  /// Adds `tensor` to the sum called `key`; all that is added under a key has one shape.
  public mutating func add(_ tensor: Tensor, to key: String) throws(TorchError) {
    let value = try tensor.detached().to(type: .float64)
    if let sum = sums[key] {
      try sum.addInPlace(value)
    } else {
      // A copy: a tensor that is float64 already is the caller's own.
      sums[key] = try value + 0.0
    }
  }

  /// The sums divided by the number of batches, in row-major order.
  func means() throws(PruningError) -> [String: [Double]] {
    var means: [String: [Double]] = [:]
    for (key, sum) in sums {
      means[key] = try engine { () throws(TorchError) in
        try (sum / Double(max(batches, 1))).values(as: Double.self)
      }
    }
    return means
  }

  /// Lets `criterion` look at every batch once; without need it looks at none.
  static func collected(
    by criterion: any Criterion, of groups: [Group], in network: Network,
    on calibration: Calibration?
  ) throws(PruningError) -> Sums {
    var sums = Sums()
    let needs = type(of: criterion).needs
    if needs.isEmpty { return sums }
    guard let calibration else { throw .needsData(criterion: type(of: criterion).name) }
    let observer = try Observer(groups, in: network, needs: needs, on: calibration)
    for index in 0..<observer.calibration.batches {
      let observation = try observer.observe(index, for: type(of: criterion).name)
      try engine { () throws(TorchError) in
        try withoutGradients { () throws(TorchError) in try criterion.observe(observation, &sums) }
      }
      sums.batches += 1
    }
    return sums
  }
}
