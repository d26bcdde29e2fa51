// What became of a budget, as the JSON of `bonsai prune` holds it.

import Methods
import Pruning
import Reporting
import Runtimes

/// What became of a budget.
struct BudgetResult: Encodable {
  /// A measured number with its confidence interval.
  struct Interval: Encodable {
    let value: Double
    let lower: Double
    let upper: Double

    init(_ measured: Measured) {
      (value, lower, upper) = (measured.value, measured.lower, measured.upper)
    }

    init(_ summary: SampleSummary, times factor: Double = 1) {
      value = summary.median * factor
      lower = summary.medianInterval.lower * factor
      upper = summary.medianInterval.upper * factor
    }
  }

  /// Why the budget is not used up.
  struct Reason: Encodable {
    let kind: String
    let text: String
    /// The group whose next step is the cheapest, and what it keeps and would keep.
    var group: String?
    var kept: Int?
    var next: Int?
    /// What the network would cost then.
    var cost: Double?

    init(_ reason: BudgetOutcome.Reason) {
      (kind, text) = (reason.name, "\(reason)")
      if case .nextStep(let step) = reason {
        (group, kept, next, cost) = (step.group, step.kept, step.next, step.cost)
      }
    }
  }

  let quantity: String
  /// What `before`, `asked` and `reached` count.
  let unit: String
  let before: Double
  /// The most that may be left.
  let asked: Double
  var reached: Double
  /// What is left of the budget, as a fraction of it; below 0 where it is exceeded.
  var difference: Double
  /// The measured number, in the target's own terms; `nil` where nothing is measured.
  let measured: Interval?
  /// `nil` where the budget is met within 1 %.
  let reason: Reason?

  init(_ outcome: BudgetOutcome) {
    let target = outcome.target
    quantity = target.quantity.rawValue
    unit = target.quantity.isSparsity ? Target.Quantity.params.unit : target.quantity.unit
    before = outcome.before
    asked = outcome.asked
    reached = outcome.reached
    difference = outcome.difference
    measured = outcome.measured.map(Interval.init)
    reason = outcome.reason.map(Reason.init)
  }

  /// Takes the size of the written file, where that is what was asked for.
  mutating func measured(fileBytes: Int) {
    guard quantity == Target.Quantity.bytes.rawValue else { return }
    reached = Double(fileBytes)
    difference = (asked - reached) / asked
  }

  /// What was asked, what is reached, and how far they are apart; then the reason, if there is one.
  func lines(target: String, achieved: Double) -> [String] {
    let distance = Format.percent(difference.magnitude)
    let side = difference < 0 ? "above" : "below"
    var line = "asked \(target), reached \(Format.significant(achieved, digits: 4))"
    if let measured {
      line +=
        " (\(Format.significant(measured.lower, digits: 4)) to "
        + "\(Format.significant(measured.upper, digits: 4)))"
    }
    line += difference == 0 ? ", exactly" : ", \(distance) \(side)"
    return [line] + (reason.map { ["  \($0.text)"] } ?? [])
  }
}

/// The latency of the written file beside the dense model's, measured in turns; in milliseconds.
struct LatencyResult: Encodable {
  let runtime: String
  let version: String
  let batch: Int
  let threads: Int
  let before: BudgetResult.Interval
  let after: BudgetResult.Interval
  /// After over before, turn by turn.
  let ratio: BudgetResult.Interval
  /// Measured runs of each.
  let runs: Int

  init?(_ measured: [Latency], _ conditions: LatencyConditions) {
    guard measured.count == 2, let ratio = measured[1].ratio(to: measured[0]) else { return nil }
    (runtime, version) = (conditions.runtime, conditions.version)
    (batch, threads) = (conditions.batch, conditions.threads)
    before = .init(measured[0].summary, times: 1e3)
    after = .init(measured[1].summary, times: 1e3)
    self.ratio = .init(ratio)
    runs = measured.map(\.summary.count).min() ?? 0
  }

  /// The latencies in words.
  var line: String {
    func range(_ interval: BudgetResult.Interval) -> String {
      "\(Format.significant(interval.lower)) to \(Format.significant(interval.upper))"
    }
    return "latency \(Format.milliseconds(before.value)) to \(Format.milliseconds(after.value)), "
      + "\(Format.significant(ratio.value, digits: 4)) of dense (\(range(ratio))), in \(runtime) "
      + "\(version), batch \(batch), \(threads) thread\(threads == 1 ? "" : "s")"
  }
}
