// How long the decision takes what may be cut, and what is.

import Network
import Pruning

/// Times of the work that precedes a cut, all of it on one core.
enum PlanBenchmark {
  /// The seconds of finding every shape and all coupling of a network of the catalogue, or of
  /// ``PlannedNetworks``: what a plan needs before anything is scored.
  static func planning(_ name: String, times: Int) throws -> [Double] {
    let network =
      try PlannedNetworks.named(name) ?? Architectures.named(name).network(seed: nil)
    return try measured(times) {
      let inference = try network.infer()
      return network.coupling(inference).groups.count
    }
  }

  /// The seconds of a whole choice: shapes, coupling, L2 norms, and the filters that stay so that
  /// half the MACs are left.
  static func pruning(_ name: String, times: Int) throws -> [Double] {
    let network = try Architectures.named(name).network(seed: 1)
    let pruner = Pruner(target: try Target(.macs, .fraction(0.5)))
    return try measured(times) { try pruner.plan(for: network).kept.count }
  }

  /// The seconds of `times` calls, after one that is not measured.
  private static func measured(_ times: Int, _ body: () throws -> Int) throws -> [Double] {
    let expected = try body()
    return try (0..<times).map { _ in
      let clock = ContinuousClock()
      let start = clock.now
      let found = try body()
      let end = clock.now
      // Looking at the result keeps the work from being optimised away.
      guard found == expected else { throw BenchmarkError.notRepeatable }
      return (end - start) / .seconds(1)
    }
  }
}
