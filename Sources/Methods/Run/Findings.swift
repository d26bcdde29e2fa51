// What tasks find out on the way to the result of a run.

import Network
import Pruning
import Training

/// What tasks find out on the way to the result; saved with the run's state.
struct Findings: Codable {
  /// The last target of pruning, and what is reached of it, in the same terms.
  var target: String?
  var achieved: Double?
  /// Why the last target was not met within 1 %; `nil` where it was.
  var reason: String?
  /// The step of channel counts that was measured; `nil` where none was asked for.
  var rounding: MeasuredStep?
  /// How many units of each group are left.
  var groups: [RunResult.Group] = []
  var barriers: [RunResult.Barrier] = []
  /// The largest difference of masked against cut so far.
  var equivalence: RunResult.Verification?
  /// What was repaired after cuts; `nil` where nothing was.
  var repairs: [RunResult.Repair]?
  /// What analyses found; `nil` where there were none.
  var analyses: [RunResult.Analysis]?
  /// What was noted on the way; `nil` where nothing was.
  var notes: [String]?
  /// The tasks that are done.
  var tasks: [RunResult.Task] = []
  /// The models written, in order.
  var files: [String] = []
  /// What parts of the task in hand found out, by name.
  var measures: [String: Double] = [:]
  /// The file with the model as it was before pruning.
  var before: String?
  /// Loss and accuracy of the network as it is, where a task has measured them.
  var evaluation: Evaluation?
  /// Loss and accuracy of the network as it was before pruning, where a task has measured them.
  var referenceEvaluation: Evaluation?

  /// Notes a cut of a network of which there was `before`, in the target's quantity, before its first
  /// cut.
  mutating func note(_ plan: Plan, asked: Target, before: Double, equivalence: Equivalence) {
    target = "\(asked)"
    // A latency is measured beside the dense network itself.
    achieved =
      asked.quantity == .latency
      ? plan.outcome.achieved : asked.reading(before: before, after: plan.outcome.reached)
    reason = plan.outcome.reason.map { "\($0)" }
    for kept in plan.kept {
      let count = kept.units.count
      if let index = groups.firstIndex(where: { $0.name == kept.group.name }) {
        groups[index].kept = count
      } else {
        groups.append(
          RunResult.Group(name: kept.group.name, size: kept.group.size, kept: count))
      }
    }
    barriers = plan.coupling.barriers.map {
      RunResult.Barrier(node: $0.node, reason: $0.reason)
    }
    if equivalence.maxAbsDiff >= self.equivalence?.maxAbsDiff ?? -1 {
      self.equivalence = RunResult.Verification(
        file: "masked against cut", runtime: "float64", maxAbsDiff: equivalence.maxAbsDiff,
        scale: equivalence.scale)
    }
  }

  /// Notes what a repair came to.
  mutating func note(_ repair: Repair.Outcome, of task: String) {
    repairs =
      (repairs ?? []) + [
        RunResult.Repair(
          task: task, reconstruction: repair.reconstruction, reestimation: repair.reestimation)
      ]
  }

  /// Notes which single weights are masked; of those that leave in sets, whether all that may have left.
  mutating func note(
    _ masks: ElementMasks, after earlier: ElementMasks, asked: Target, of granularity: Granularity
  ) {
    target = "\(asked)"
    achieved = masks.sparsity
    reason = nil
    if case .fraction(let sparsity) = asked.amount, asked.quantity == .sparsity,
      earlier.sparsity > sparsity + BudgetOutcome.tolerance
    {
      reason =
        "a sparsity of \(earlier.sparsity) was there before, which is more than the \(sparsity) asked for; "
        + "nothing leaves"
    }
    if granularity.sets != nil, case .fraction(let sparsity) = asked.amount,
      masks.sparsity < sparsity - BudgetOutcome.tolerance
    {
      reason =
        "no more weights may leave in granularity \(granularity.name): a sparsity of "
        + "\(masks.sparsity) is reached, and \(sparsity) was asked for"
    }
  }
}
