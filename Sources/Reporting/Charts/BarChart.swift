// Horizontal bars, a row a name: what stays against what there was.

/// Horizontal bars, a row a name: what stays against what there was.
public struct BarChart: Sendable {
  /// One row.
  public struct Bar: Sendable {
    /// What the row shows.
    public var name: String
    /// The length of the front bar.
    public var value: Double
    /// The length of the bar behind it, if any.
    public var total: Double?
    /// The numbers in words, at the row's end.
    public var text: String

    public init(name: String, value: Double, total: Double? = nil, text: String) {
      self.name = name
      self.value = value
      self.total = total
      self.text = text
    }
  }

  /// What the chart shows, for readers who can't see it.
  public var title: String
  public var bars: [Bar]
  /// How the axis is labelled.
  public var label: @Sendable (Double) -> String
  /// Where the axis ends; the longest bar if `nil`.
  public var upper: Double?
  /// The class that colours the front bars in the page's style sheet.
  public var style: String
  /// The most rows of one picture, so that a page of paper can hold it.
  public var rowsPerPanel = 30

  /// - Parameters:
  ///   - style: the class that colours the front bars.
  ///   - upper: where the axis ends; the longest bar if `nil`.
  ///   - label: how the axis is labelled.
  public init(
    title: String, bars: [Bar], style: String = "after", upper: Double? = nil,
    label: @escaping @Sendable (Double) -> String
  ) {
    self.title = title
    self.bars = bars
    self.style = style
    self.upper = upper
    self.label = label
  }

  private static let rowHeight = 22.0

  /// The chart as SVG elements of at most ``rowsPerPanel`` rows, all of one scale.
  public var svgs: [String] { panels.map(\.rendered) }

  var panels: [Markup] {
    let size = max(1, rowsPerPanel)
    return stride(from: 0, to: bars.count, by: size).map { first in
      panel(bars[first..<min(first + size, bars.count)])
    }
  }

  private var scale: Scale {
    if let upper { return .linear([0, upper], isTight: true) }
    let most = bars.flatMap { [$0.value, $0.total ?? 0] }.filter(\.isFinite).max() ?? 1
    return .linear([0, most > 0 ? most : 1], count: 4, isTight: true)
  }

  private func panel(_ rows: ArraySlice<Bar>) -> Markup {
    let words = bars.map { Drawing.width(of: $0.text) }.max() ?? 0
    let room = min(words, 190)
    let names = min(bars.map { Drawing.width(of: $0.name) }.max() ?? 0, 300 - room)
    let left = names + 8
    let width = Drawing.width - left - room - 10
    let bottom = Double(rows.count) * Self.rowHeight + 4
    let scale = self.scale
    var parts = axis(scale, left: left, width: width, bottom: bottom)
    for (index, bar) in rows.enumerated() {
      let y = Double(index) * Self.rowHeight + 4
      parts.append(row(bar, y: y, left: left, width: width, names: names, scale: scale))
    }
    let summary = rows.map { "\($0.name) \($0.text)" }.joined(separator: "; ")
    return Drawing.canvas(height: bottom + 20, label: "\(title): \(summary)", parts)
  }

  private func row(
    _ bar: Bar, y: Double, left: Double, width: Double, names: Double, scale: Scale
  ) -> Markup {
    let middle = y + Self.rowHeight / 2
    func length(_ value: Double) -> Double {
      guard value.isFinite, value > 0 else { return 0 }
      return max(1, min(1, scale.position(of: value)) * width)
    }
    var parts = [
      Markup("title", [:], "\(bar.name): \(bar.text)"),
      Drawing.text(
        Drawing.fitted(bar.name, width: names), x: left - 8, y: middle + 4, anchor: "end"),
    ]
    if let total = bar.total {
      parts.append(
        Drawing.rectangle(
          x: left, y: y + 3, width: length(total), height: Self.rowHeight - 6, corner: 2,
          style: "before"))
    }
    parts.append(
      Drawing.rectangle(
        x: left, y: y + (bar.total == nil ? 3 : 6), width: length(bar.value),
        height: Self.rowHeight - (bar.total == nil ? 6 : 12), corner: 2, style: style))
    parts.append(
      Drawing.text(
        Drawing.fitted(bar.text, width: 190), x: Drawing.width, y: middle + 4, anchor: "end",
        style: "number"))
    return Markup("g", [:], parts)
  }

  /// Grid lines and their numbers; a number that would touch its neighbour is left out.
  private func axis(_ scale: Scale, left: Double, width: Double, bottom: Double) -> [Markup] {
    var parts: [Markup] = []
    var end = -Double.infinity
    for tick in scale.ticks {
      let x = left + width * scale.position(of: tick)
      parts.append(Drawing.line(x, 4, x, bottom, style: tick == 0 ? "axis" : "grid"))
      let text = label(tick)
      let half = Drawing.width(of: text) / 2
      guard x - half > end + 4, x + half <= Drawing.width else { continue }
      parts.append(Drawing.text(text, x: x, y: bottom + 15, anchor: "middle"))
      end = x + half
    }
    return parts
  }
}
