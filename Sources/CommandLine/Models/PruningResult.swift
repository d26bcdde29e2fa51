// What `bonsai prune` reports, as its JSON holds it.

import Methods
import Pruning

/// What was asked of a model and what was done to it.
struct PruningResult: Encodable {
  /// A number before and after.
  struct Change: Encodable {
    let before: Int
    var after: Int
  }

  /// Units that can only leave together; with granularity element, a weight.
  struct GroupResult: Encodable {
    let name: String
    let size: Int
    let kept: Int
  }

  /// A node around which nothing can be pruned.
  struct BarrierResult: Encodable {
    let node: String
    let reason: String
  }

  /// A layer that stays as it is, whatever is chosen.
  struct DenseResult: Encodable {
    let node: String
    let macs: Int
    let reasons: [String]
  }

  /// How long the steps took; `null` for one that was not taken.
  struct Seconds: Encodable {
    var read: Double?
    var plan: Double?
    var cut: Double?
    var write: Double?
  }

  /// The comparison of the masked with the cut network; numbers are `null` where it was not made.
  struct EquivalenceResult: Encodable {
    let maxAbsDiff: Double?
    let scale: Double?
    let output: String?
    let skipped: String?

    /// A comparison that was made.
    init(_ found: Equivalence) {
      (maxAbsDiff, scale, output, skipped) = (found.maxAbsDiff, found.scale, found.output, nil)
    }

    /// A comparison that was not made.
    init(skipped reason: String) {
      (maxAbsDiff, scale, output, skipped) = (nil, nil, nil, reason)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(maxAbsDiff, forKey: .maxAbsDiff)
      try container.encodeIfPresent(scale, forKey: .scale)
      try container.encodeIfPresent(output, forKey: .output)
      try container.encodeIfPresent(skipped, forKey: .skipped)
    }

    private enum Keys: CodingKey { case maxAbsDiff, scale, output, skipped }
  }

  /// The comparison of the written file in ONNX Runtime with the network in memory.
  struct FileCheck: Encodable {
    var runtime: String?
    var maxAbsDiff: Double?
    var relative: Double?
    /// What the runtime differs from itself by with its optimizations on, where that is more than
    /// rounding; the other numbers are then without them.
    var optimizer: Double?
    var skipped: String?
  }

  let model: String
  let granularity: String
  let criterion: String
  let allocation: String
  let seed: UInt64
  let params: Change
  let macs: Change
  /// Bytes on disk. Where nothing is written, as the tensors' bytes say it would be.
  var bytes: Change
  /// Bytes of the tensors.
  let weightBytes: Change
  /// The fraction of the prunable weights that is zero; with granularity element only.
  let sparsity: Double?
  let target: String
  let achieved: Double
  /// How near the target that is, and why not nearer; with granularity filter only.
  var budget: BudgetResult?
  /// Of how many units kept counts are multiples.
  let roundTo: Int
  /// How that was found, where it was measured.
  var rounding: MeasuredStep?
  /// The least that stays of each group.
  let floor: String
  /// The written file beside the dense model; where the target is a latency.
  var latency: LatencyResult?
  let groups: [GroupResult]
  let barriers: [BarrierResult]
  /// The layers from which nothing can leave; with granularity filter only.
  let dense: [DenseResult]
  var seconds: Seconds
  var equivalence: EquivalenceResult
  var verification: FileCheck
  /// What was looked at and what repairs were worth; absent without data.
  var calibration: CalibrationResult?
}
