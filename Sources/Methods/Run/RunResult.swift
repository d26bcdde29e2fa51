// What a run found out: the contents of its result.json.

import Analysis
import Pruning

/// What a run found out: the contents of `result.json` in its folder.
///
/// "Before" is the model as it was when the first unit was about to leave (or at the end, where
/// nothing was pruned); "after" is the model at the end.
public struct RunResult: Codable, Sendable {
  /// A number before and after.
  public struct Change<Number: Codable & Sendable>: Codable, Sendable {
    public var before: Number
    public var after: Number

    public init(before: Number, after: Number) {
      self.before = before
      self.after = after
    }
  }

  /// A measured latency in milliseconds for one batch.
  public struct Milliseconds: Codable, Sendable {
    /// The median of all runs.
    public var median: Double
    /// The 5th and 95th percentile.
    public var p5: Double
    public var p95: Double
    /// The 95 % confidence interval of the median.
    public var lower: Double
    public var upper: Double
    /// How many runs were measured.
    public var count: Int
  }

  /// Latency before and after in one runtime at one batch size, measured in turns.
  public struct Latency: Codable, Sendable {
    public var runtime: String
    public var version: String
    public var batch: Int
    public var threads: Int
    public var before: Milliseconds
    public var after: Milliseconds
    /// After over before, the median of the ratios turn by turn.
    public var ratio: Double
  }

  /// A median latency in milliseconds before and after, for scripts.
  public struct MedianLatency: Codable, Sendable {
    public var before: Double
    public var after: Double
    public var batch: Int
    public var runtime: String
  }

  /// How many units of a group stayed.
  public struct Group: Codable, Sendable {
    public var name: String
    public var size: Int
    public var kept: Int
  }

  /// A layer with weights before and after.
  public struct Layer: Codable, Sendable {
    public var name: String
    public var op: String
    public var parameters: Change<Int>
    public var macs: Change<Int>
    /// The fraction of the layer's weights that are zero at the end.
    public var sparsity: Double
  }

  /// A node that froze what it touches.
  public struct Barrier: Codable, Sendable {
    public var node: String
    public var reason: String
  }

  /// How a written file compares with the model in memory.
  public struct Verification: Codable, Sendable {
    public var file: String
    public var runtime: String
    public var maxAbsDiff: Double
    public var scale: Double
  }

  /// What the network got back at once after a cut.
  public struct Repair: Codable, Sendable {
    public var task: String
    public var reconstruction: Reconstruction?
    public var reestimation: Reestimation?
  }

  /// One task of the run.
  public struct Task: Codable, Sendable {
    public var title: String
    public var seconds: Double
    public var accuracy: Double?
    public var loss: Double?
    public var params: Int
    public var macs: Int
    /// The fraction of weights (parameters with two axes or more) that are zero.
    public var sparsity: Double?
    /// What parts of the grammar found out in the task, by name, such as ITOP's exploration rate.
    public var measures: [String: Double]?
  }

  /// What a stage `analyse` found.
  public struct Analysis: Codable, Sendable {
    public var task: String
    public var analysis: String
    public var report: AnalysisReport
  }

  public var recipe: String
  public var title: String
  public var about: String
  public var citations: [String]
  /// The tool's version.
  public var version: String
  public var seed: UInt64
  public var network: String
  public var data: String
  public var command: [String]
  /// What was asked of pruning, and what was reached, in the same terms.
  public var target: String?
  public var achieved: Double?
  /// Why the target was not met within 1 %; `nil` where it was.
  public var reason: String?
  /// The step of channel counts that `round-to: auto` measured; `nil` where it was not asked for.
  public var rounding: MeasuredStep?
  /// Top-1 accuracy on the test set, as a fraction.
  public var accuracy: Change<Double>?
  /// Cross-entropy on the test set.
  public var loss: Change<Double>?
  public var params: Change<Int>
  public var macs: Change<Int>
  /// Bytes of the ONNX files.
  public var bytes: Change<Int>
  /// The fraction of weights (parameters with two axes or more) that are zero.
  public var sparsity: Change<Double>
  /// The fraction of weights that are zero, or on no path by which they could change the output; absent
  /// where the paths could not be followed.
  public var effectiveSparsity: Change<Double>?
  /// The fraction of parameters of any form that are zero, biases and normalisation too.
  public var parameterSparsity: Change<Double>?
  /// Median latency of one input.
  public var latency: MedianLatency?
  /// Latencies with their spread, by runtime and batch.
  public var latencies: [Latency]
  public var groups: [Group]
  public var layers: [Layer]
  public var barriers: [Barrier]
  /// The largest difference of masked against cut over all cuts, with the outputs' scale.
  public var equivalence: Verification?
  /// Every file written, run in ONNX Runtime and compared with the model in memory.
  public var verifications: [Verification]
  public var tasks: [Task]
  /// What the stages `analyse` found, in order; absent where there are none.
  public var analyses: [Analysis]?
  /// What was repaired after cuts, in order; absent where nothing was.
  public var repairs: [Repair]?
  /// What the tasks noted, such as why a target was not met; absent where there was nothing.
  public var notes: [String]?
}

/// One line of a run's `metrics.jsonl`.
public struct MetricsLine: Codable, Sendable {
  /// `step` for a line within an epoch, `epoch` for one at an epoch's end.
  public var kind: String
  /// The task, as ``RunResult/Task/title`` names it, and its position among the run's tasks.
  public var task: String
  public var taskIndex: Int
  /// Epochs done in this task, as a fraction.
  public var epoch: Double
  public var step: Int
  public var rate: Double
  /// On the training set, the means since the epoch began.
  public var loss: Double
  public var accuracy: Double?
  /// On the test set, at an epoch's end.
  public var testLoss: Double?
  public var testAccuracy: Double?
}
