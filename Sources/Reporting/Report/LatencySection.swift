// Measured latency with its spread, for each runtime and batch.

import Methods

/// Measured latency with its spread, for each runtime and batch.
struct LatencySection {
  var result: RunResult

  var markup: Markup {
    guard !result.latencies.isEmpty else {
      return Page.section(
        "Measured latency",
        [Markup("p", ["class": "note"], "Latency was not measured in this run.")])
    }
    let chart = IntervalChart(
      title: "Latency in percent of the median before",
      rows: result.latencies.map { latency in
        IntervalChart.Row(
          name: "\(DisplayName.of(latency.runtime)), batch \(latency.batch)",
          before: interval(latency.before), after: interval(latency.after))
      })
    let figure = Figure(
      title: "Latency in percent of the median before",
      note: "Dot: median. Thick line: 95 % confidence interval. Thin line: 5 to 95 % of the runs.",
      keys: [("before", "before"), ("after", "after")], drawings: [chart.markup], isWide: true)
    return Page.section("Measured latency", [figure.markup, table.markup])
  }

  /// `ONNX Runtime 1.22, batch 1`.
  static func name(_ latency: RunResult.Latency) -> String {
    "\(DisplayName.of(latency.runtime)) \(latency.version), batch \(latency.batch)"
  }

  /// `3.1× faster`, from the ratios taken turn by turn.
  static func change(_ latency: RunResult.Latency) -> String {
    let comparison = Comparison(1, latency.ratio)
    return comparison.isSame ? "the same" : comparison.words(less: "faster", more: "slower")
  }

  private func interval(_ time: RunResult.Milliseconds) -> IntervalChart.Interval {
    IntervalChart.Interval(
      median: time.median, spread: (time.p5, time.p95), confidence: (time.lower, time.upper),
      text: Format.milliseconds(time.median))
  }

  private var table: HTMLTable {
    let rows = result.latencies.flatMap { latency in
      [("before", latency.before, ""), ("after", latency.after, Self.change(latency))].map {
        (when, time, change) -> [Markup] in
        [
          "\(Self.name(latency)), \(when)", "\(latency.threads)",
          Format.milliseconds(time.median),
          "\(number(time.lower)) to \(number(time.upper))",
          "\(number(time.p5)) to \(number(time.p95))", Format.integer(time.count), change,
        ].map { .text($0) }
      }
    }
    return HTMLTable(
      caption: "Milliseconds for one batch; both models were measured in turns",
      columns: [
        "Runtime", "Threads", "Median", "95 % confidence", "5 to 95 % of runs", "Runs", "Change",
      ], rows: rows)
  }

  private func number(_ value: Double) -> String { Format.significant(value, digits: 3) }
}
