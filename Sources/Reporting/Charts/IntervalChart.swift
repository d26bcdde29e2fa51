// Measured values with their spread, before above after, in relation to before.

/// Measured values with their spread, before above after, in relation to before.
///
/// A thin line is the spread of the runs, a thick one the confidence interval, a dot the median.
public struct IntervalChart: Sendable {
  /// A measured value with its spread.
  public struct Interval: Sendable {
    public var median: Double
    /// The spread of the runs.
    public var spread: ClosedRange<Double>
    /// The confidence interval of the median.
    public var confidence: ClosedRange<Double>
    /// The value in words.
    public var text: String

    /// Ends of a range may come in any order; an end that is not a number counts as the median.
    public init(
      median: Double, spread: (Double, Double), confidence: (Double, Double), text: String
    ) {
      func range(_ ends: (Double, Double)) -> ClosedRange<Double> {
        let sorted = [ends.0, ends.1].map { $0.isNaN ? median : $0 }.filter { !$0.isNaN }.sorted()
        return (sorted.first ?? 0)...(sorted.last ?? 0)
      }
      self.median = median
      self.spread = range(spread)
      self.confidence = range(confidence)
      self.text = text
    }
  }

  /// One measurement before and after.
  public struct Row: Sendable {
    public var name: String
    public var before: Interval
    public var after: Interval

    public init(name: String, before: Interval, after: Interval) {
      self.name = name
      self.before = before
      self.after = after
    }
  }

  /// What the chart shows, for readers who can't see it.
  public var title: String
  public var rows: [Row]

  public init(title: String, rows: [Row]) {
    self.title = title
    self.rows = rows
  }

  private static let rowHeight = 44.0

  /// The chart as an SVG element.
  public var svg: String { markup.rendered }

  var markup: Markup {
    let rows = self.rows.filter { $0.before.median.isFinite && $0.before.median > 0 }
    let words =
      rows.flatMap { [$0.before.text, $0.after.text] }.map { Drawing.width(of: $0) }.max() ?? 0
    let names = min(rows.map { Drawing.width(of: $0.name) }.max() ?? 0, 150)
    let left = names + 12
    let width = Drawing.width - left - words - 14
    let ends = rows.flatMap { row in
      [row.before, row.after].map { $0.spread.upperBound / row.before.median }
    }
    // A single run that was interrupted must not squeeze the rest; what is cut off is in the table.
    let scale = Scale.linear(
      [0, min(3, max(1, ends.filter(\.isFinite).max() ?? 1))], isTight: true)
    let bottom = Double(rows.count) * Self.rowHeight + 4
    var parts: [Markup] = []
    for tick in scale.ticks {
      let x = left + width * scale.position(of: tick)
      parts.append(Drawing.line(x, 4, x, bottom, style: tick == 0 ? "axis" : "grid"))
      parts.append(
        Drawing.text(
          Format.percent(tick, digits: 0), x: x, y: bottom + 15, anchor: "middle"))
    }
    for (index, row) in rows.enumerated() {
      let y = Double(index) * Self.rowHeight + 4
      parts.append(
        Drawing.text(
          Drawing.fitted(row.name, width: names), x: names, y: y + Self.rowHeight / 2 + 4,
          anchor: "end", title: row.name))
      for (interval, y, style) in [
        (row.before, y + 14, "before"), (row.after, y + 31, "after"),
      ] {
        func x(_ value: Double) -> Double {
          let ratio = value / row.before.median
          return left + width * min(1, max(0, scale.position(of: ratio.isFinite ? ratio : 0)))
        }
        parts.append(
          Markup(
            "g", ["class": "interval \(style)"],
            [
              Markup("title", [:], "\(row.name), \(style): \(interval.text)"),
              Drawing.line(
                x(interval.spread.lowerBound), y, x(interval.spread.upperBound), y,
                style: "spread"),
              Drawing.line(
                x(interval.confidence.lowerBound), y, x(interval.confidence.upperBound), y,
                style: "confidence"),
              Markup(
                "circle",
                [
                  "cx": Drawing.number(x(interval.median)), "cy": Drawing.number(y), "r": "4",
                ]),
            ]))
        parts.append(
          Drawing.text(
            interval.text, x: Drawing.width, y: y + 4, anchor: "end", style: "number"))
      }
    }
    let summary = rows.map { "\($0.name) \($0.before.text) before, \($0.after.text) after" }
    return Drawing.canvas(
      height: bottom + 20, label: "\(title): \(summary.joined(separator: "; "))", parts)
  }
}
