// How long a criterion takes to score a network: its pass over one batch, and the scores of that.

import Execution
import Network
import Pruning

/// A network of the catalogue and one batch of random examples, ready to be scored.
///
/// What is timed is all of a criterion's work: the network's weights are made tensors, the batch goes
/// forward and its derivatives back, and scores come out as numbers. Which units belong together is found
/// out before, as it is in the programs that are measured beside.
struct CriterionBenchmark {
  private let network: Network
  private let groups: [Group]
  private let calibration: Calibration

  /// - Parameter path: where the weights and the batch go, for the other program.
  init(_ name: String, batchSize: Int, sharing path: String) throws {
    let architecture = try Architectures.named(name)
    network = try architecture.network(seed: 1)
    groups = try Exclusions().allowed(of: network.coupling(network.infer()))
    let examples = try RandomExamples(batchSize, for: architecture)
    try examples.write(with: Model(network), to: path)
    calibration = Calibration(try examples.dataset(path), batchSize: batchSize, batches: 1)
  }

  /// Scores the network `times` times by the criterion called `name`.
  ///
  /// Criteria at initialisation score single weights, others the units of each group.
  /// - Returns: the seconds of each, and the sum of the squared scores of single weights, by which
  ///   two programs can be seen to compute the same.
  func measure(_ name: String, times: Int) throws -> (seconds: [Double], digest: Double) {
    let criterion = try Criteria.named(name)
    var seconds: [Double] = []
    var digest = 0.0
    for _ in 0..<times {
      let clock = ContinuousClock()
      let start = clock.now
      if ["snip", "grasp", "synflow"].contains(name) {
        let survey = Survey(network, for: name, on: calibration)
        let scores = try criterion.evidence(from: survey)
        digest = scores.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }
      } else {
        let subject = try Subject(network, groups: groups, for: criterion, on: calibration)
        for group in groups { _ = try criterion.unitScores(of: group, in: subject) }
      }
      seconds.append((clock.now - start) / .seconds(1))
    }
    return (seconds, digest)
  }
}
