// What a cut model gets back from data at once, and what that is worth.

import Network
import Pruning
import Reporting

/// What `bonsai prune` reports of the data it looked at.
struct CalibrationResult: Encodable {
  /// How well the network did at one step: `before`, `cut`, `reconstructed`, `reestimated`.
  struct Step: Encodable {
    let name: String
    let loss: Double?
    let accuracy: Double?
    let outputError: Double
  }

  /// The examples that steps are measured on.
  struct Judged: Encodable {
    let split: String
    let examples: Int
  }

  let data: String
  let split: String
  let examples: Int
  let batch: Int
  let judgedOn: Judged
  let steps: [Step]
  let reconstruction: Reconstruction?
  let reestimation: Reestimation?
}

extension Cutting {
  /// Repairs the cut network, and measures it before the cut, after it and after each step.
  mutating func repair(with data: CalibrationData, source: ModelSource) throws {
    var repair = data.repair
    // Least squares follow a cut; where weights are set to zero nothing is cut.
    repair.reconstructs = repair.reconstructs && result.granularity == Granularity.filter.name
    let outcome = try repair(pruned, of: source.network, keeping: kept)
    let names = ["before", "cut"] + outcome.steps.map(\.name)
    let networks = [source.network, pruned] + outcome.steps.map(\.network)
    let steps = zip(names, try Quality.measure(networks, on: data.judged)).map { name, quality in
      CalibrationResult.Step(
        name: name, loss: quality.loss, accuracy: quality.accuracy,
        outputError: quality.outputError)
    }
    result.calibration = CalibrationResult(
      data: data.name, split: data.split.rawValue, examples: data.calibration.count,
      batch: data.calibration.batchSize,
      judgedOn: .init(split: data.judgedSplit.rawValue, examples: data.judged.count), steps: steps,
      reconstruction: outcome.reconstruction, reestimation: outcome.reestimation)
    pruned = outcome.steps.last?.network ?? pruned
  }

  /// Prints what each step was worth, and the layers that were left as they were.
  func printRepair() {
    guard let found = result.calibration else { return }
    let hasAccuracy = found.steps.contains { $0.accuracy != nil }
    let hasLoss = found.steps.contains { $0.loss != nil }
    var table = TextTable(
      [
        .left(
          "\(found.data), \(Format.integer(found.judgedOn.examples)) of \(found.judgedOn.split)")
      ]
        + (hasLoss ? [.right("loss")] : []) + (hasAccuracy ? [.right("accuracy")] : [])
        + [.right("output error")])
    for step in found.steps {
      table.add(
        [step.name] + (hasLoss ? [step.loss.map { Format.significant($0, digits: 4) } ?? ""] : [])
          + (hasAccuracy ? [step.accuracy.map { Format.percent($0) } ?? ""] : [])
          + [Format.percent(step.outputError, digits: 1)])
    }
    print(table)
    if let layers = found.reconstruction?.layers.count {
      print("layers fitted to their old outputs by least squares: \(layers)")
    }
    if let layers = found.reestimation?.layers.count {
      print("batch normalisations estimated again: \(layers)")
    }
    for skipped in (found.reconstruction?.skipped ?? []) + (found.reestimation?.skipped ?? []) {
      print("left as it is  \(skipped.layer): \(skipped.reason)")
    }
    print()
  }
}
