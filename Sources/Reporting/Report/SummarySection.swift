// Before and after at a glance, and the table of all quantities.

import Methods

/// Before and after at a glance, and the table of all quantities.
struct SummarySection {
  var result: RunResult

  var markup: Markup {
    Page.section(
      "Before and after",
      [Markup("div", ["class": "tiles"], tiles), table.markup] + [asked])
  }

  /// What was asked of pruning and what came of it.
  private var asked: Markup {
    guard let target = result.target else { return .nothing }
    let achieved = result.achieved.map { "; reached: \(Format.significant($0, digits: 4))" } ?? ""
    return Markup("p", ["class": "note"], "Asked of pruning: \(target)\(achieved).")
  }

  private var tiles: [Markup] {
    var tiles = [
      tile(
        Comparison(result.macs.before, result.macs.after), "fewer MACs", "more MACs", "MACs",
        Format.count(result.macs.before), Format.count(result.macs.after)),
      tile(
        Comparison(result.params.before, result.params.after), "fewer parameters",
        "more parameters", "parameters", Format.count(result.params.before),
        Format.count(result.params.after)),
    ]
    if let latency = result.latency {
      tiles.append(
        tile(
          Comparison(latency.before, latency.after), "faster at batch \(latency.batch)",
          "slower at batch \(latency.batch)", "latency at batch \(latency.batch)",
          Format.milliseconds(latency.before), Format.milliseconds(latency.after)))
    }
    if let accuracy = result.accuracy {
      tiles.append(
        tile(
          Format.percent(accuracy.after), "accuracy",
          accuracy.before == accuracy.after
            ? "as before"
            : "\(Format.percent(accuracy.before)) before, "
              + Format.points(from: accuracy.before, to: accuracy.after)))
    }
    return tiles
  }

  private func tile(
    _ comparison: Comparison, _ less: String, _ more: String, _ same: String, _ before: String,
    _ after: String
  ) -> Markup {
    guard !comparison.isSame, let times = comparison.times else {
      return tile(after, same, comparison.isSame ? "as before" : "\(before) → \(after)")
    }
    return tile(times, comparison.after < comparison.before ? less : more, "\(before) → \(after)")
  }

  private func tile(_ figure: String, _ words: String, _ detail: String) -> Markup {
    Markup(
      "div", ["class": "tile"],
      [
        Markup("p", ["class": "figure"], figure), Markup("p", ["class": "words"], words),
        Markup("p", ["class": "detail"], detail),
      ])
  }

  private var table: HTMLTable {
    var rows: [[String]] = []
    if let accuracy = result.accuracy {
      rows.append([
        "Accuracy on the test set", Format.percent(accuracy.before),
        Format.percent(accuracy.after), Format.points(from: accuracy.before, to: accuracy.after),
      ])
    }
    if let loss = result.loss {
      let change = loss.after - loss.before
      rows.append([
        "Loss on the test set", Format.decimal(loss.before, digits: 4),
        Format.decimal(loss.after, digits: 4),
        (change > 0 ? "+" : "") + Format.decimal(change, digits: 4),
      ])
    }
    rows.append(row("Parameters", result.params, Format.integer, less: "fewer"))
    rows.append(row("MACs for one input", result.macs, Format.integer, less: "fewer"))
    rows.append(row("Bytes on disk", result.bytes, Format.integer, less: "smaller", more: "larger"))
    rows.append([
      "Sparsity (weights that are zero)", Format.percent(result.sparsity.before),
      Format.percent(result.sparsity.after),
      Format.points(from: result.sparsity.before, to: result.sparsity.after),
    ])
    if let effective = result.effectiveSparsity {
      rows.append([
        "Effective sparsity (zero, or on no path to an output)",
        Format.percent(effective.before), Format.percent(effective.after),
        Format.points(from: effective.before, to: effective.after),
      ])
    }
    if let all = result.parameterSparsity {
      rows.append([
        "Sparsity with biases and normalisation", Format.percent(all.before),
        Format.percent(all.after), Format.points(from: all.before, to: all.after),
      ])
    }
    for latency in result.latencies {
      let words = LatencySection.change(latency)
      rows.append([
        "Latency, \(LatencySection.name(latency))",
        Format.milliseconds(latency.before.median), Format.milliseconds(latency.after.median),
        words,
      ])
    }
    return HTMLTable(
      caption: "The model before pruning and at the end",
      columns: ["Quantity", "Before", "After", "Change"],
      rows: rows.map { $0.map { .text($0) } })
  }

  private func row(
    _ name: String, _ change: RunResult.Change<Int>, _ text: (Int) -> String, less: String,
    more: String = "more"
  ) -> [String] {
    let words = Comparison(change.before, change.after).words(less: less, more: more)
    return [name, text(change.before), text(change.after), words]
  }
}
