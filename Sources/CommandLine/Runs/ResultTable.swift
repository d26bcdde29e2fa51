// The table of a run's result: before, after, and what became of each number.

import Methods
import Reporting

/// The table of a run's result.
struct ResultTable: CustomStringConvertible {
  private var table = TextTable([.left(""), .right("before"), .right("after"), .right("change")])

  init(_ result: RunResult) {
    if let accuracy = result.accuracy {
      table.add([
        "accuracy", Format.percent(accuracy.before), Format.percent(accuracy.after),
        Format.points(from: accuracy.before, to: accuracy.after),
      ])
    }
    if let loss = result.loss {
      table.add([
        "loss", Format.significant(loss.before), Format.significant(loss.after), "",
      ])
    }
    add("parameters", result.params, Format.integer)
    add("multiply-accumulates", result.macs, Format.integer)
    add("bytes of the file", result.bytes, Format.bytes)
    if result.sparsity.after > 0 {
      table.add([
        "zero weights", Format.percent(result.sparsity.before),
        Format.percent(result.sparsity.after), "",
      ])
      if let effective = result.effectiveSparsity {
        table.add([
          "weights without effect", Format.percent(effective.before),
          Format.percent(effective.after), "",
        ])
      }
    }
    for row in result.latencies {
      table.add([
        "latency, batch \(row.batch), \(row.runtime)", Format.milliseconds(row.before.median),
        Format.milliseconds(row.after.median), Format.percent(row.ratio, digits: 1),
      ])
    }
  }

  private mutating func add(
    _ name: String, _ change: RunResult.Change<Int>, _ format: (Int) -> String
  ) {
    let ratio = change.before == 0 ? 1 : Double(change.after) / Double(change.before)
    table.add([
      name, format(change.before), format(change.after), Format.percent(ratio, digits: 1),
    ])
  }

  var description: String { table.description }
}
