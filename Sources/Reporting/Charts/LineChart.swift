// Curves over a common axis, in spans such as the tasks of a run.

/// Curves over a common axis, in spans such as the tasks of a run.
///
/// Points that are not finite are left out; a piece of a single point is drawn as a dot.
public struct LineChart: Sendable {
  /// A place in the plane.
  public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double

    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A curve in pieces that are not joined.
  public struct Series: Sendable {
    /// What the curve shows.
    public var name: String
    /// The class that colours it in the page's style sheet.
    public var style: String
    /// True to mark each point with a dot.
    public var isDotted: Bool
    /// The pieces, each in the order of x.
    public var pieces: [[Point]]

    public init(name: String, style: String, isDotted: Bool, pieces: [[Point]]) {
      self.name = name
      self.style = style
      self.isDotted = isDotted
      self.pieces = pieces.map { $0.filter { $0.x.isFinite && $0.y.isFinite } }
        .filter { !$0.isEmpty }
    }
  }

  /// A part of the x axis with a name.
  public struct Span: Sendable, Equatable {
    /// The full name and one for where there is little room.
    public var name: String
    public var shortName: String
    public var start: Double
    /// Equal to `start` for a moment rather than a stretch.
    public var end: Double

    public init(name: String, shortName: String, start: Double, end: Double) {
      self.name = name
      self.shortName = shortName
      self.start = start
      self.end = end
    }
  }

  /// What the chart shows, for readers who can't see it.
  public var title: String
  /// What x counts.
  public var xTitle: String
  public var series: [Series]
  /// The parts of the x axis, one after the other; drawn if there are two or more.
  public var spans: [Span]
  /// The vertical axis; curves beyond it are cut off at its ends.
  public var yScale: Scale
  /// How the vertical axis is labelled.
  public var yLabel: @Sendable (Double) -> String

  public init(
    title: String, xTitle: String, series: [Series], spans: [Span] = [], yScale: Scale,
    yLabel: @escaping @Sendable (Double) -> String
  ) {
    self.title = title
    self.xTitle = xTitle
    self.series = series
    self.spans = spans
    self.yScale = yScale
    self.yLabel = yLabel
  }

  private static let plotHeight = 190.0

  /// The chart as an SVG element.
  public var svg: String { markup.rendered }

  var markup: Markup {
    let labels = yScale.ticks.map { (tick: $0, text: yLabel($0)) }
    let left = 10 + (labels.map { Drawing.width(of: $0.text) }.max() ?? 0)
    let names = placedNames(left: left)
    let top = names.isEmpty ? 10.0 : 26
    let frame = Frame(
      left: left, top: top, width: Drawing.width - left - 10, height: Self.plotHeight,
      x: xScale, y: yScale)
    var parts: [Markup] = bands(frame) + names
    for label in labels {
      let y = frame.y(label.tick)
      parts.append(Drawing.line(left, y, left + frame.width, y, style: "grid"))
      parts.append(Drawing.text(label.text, x: left - 6, y: y + 4, anchor: "end"))
    }
    parts.append(contentsOf: xAxis(frame))
    parts.append(curves(frame))
    return Drawing.canvas(height: frame.bottom + 38, label: summary, parts)
  }

  /// The title and, in words, where each curve begins and ends.
  var summary: String {
    let ends = series.compactMap { series -> String? in
      guard let first = series.pieces.first?.first, let last = series.pieces.last?.last else {
        return nil
      }
      return "\(series.name) from \(yLabel(first.y)) to \(yLabel(last.y))"
    }
    return ends.isEmpty ? title : "\(title): \(ends.joined(separator: "; "))"
  }

  /// The rectangle of the curves, and where numbers lie in it.
  private struct Frame {
    var left: Double
    var top: Double
    var width: Double
    var height: Double
    var x: Scale
    var y: Scale

    var bottom: Double { top + height }
    func x(_ value: Double) -> Double { left + width * x.position(of: value) }
    func y(_ value: Double) -> Double { bottom - height * y.position(of: value) }
  }

  private var xScale: Scale {
    let points = series.flatMap { $0.pieces.flatMap { $0.map(\.x) } }
    return .linear(points + spans.flatMap { [$0.start, $0.end] }, count: 7, isTight: true)
  }

  /// Every other span is shaded; a moment is a dashed line.
  private func bands(_ frame: Frame) -> [Markup] {
    guard spans.count > 1 else { return [] }
    var parts: [Markup] = []
    for (index, span) in spans.filter({ $0.end > $0.start }).enumerated() where index % 2 == 1 {
      parts.append(
        Drawing.rectangle(
          x: frame.x(span.start), y: frame.top, width: frame.x(span.end) - frame.x(span.start),
          height: frame.height, style: "band"))
    }
    for span in spans where span.start > frame.x.lower {
      let style = span.end > span.start ? "boundary" : "moment"
      let x = frame.x(span.start)
      parts.append(Drawing.line(x, frame.top, x, frame.bottom, style: style))
    }
    return parts
  }

  /// The names of the spans above the curves: moments first, then stretches, each in full if there
  /// is room, else short, else not at all.
  private func placedNames(left: Double) -> [Markup] {
    guard spans.count > 1 else { return [] }
    let frame = Frame(
      left: left, top: 0, width: Drawing.width - left - 10, height: 0, x: xScale, y: yScale)
    var taken: [ClosedRange<Double>] = []
    var parts: [Markup] = []
    func place(_ span: Span, _ names: [String], room: Double) {
      let middle = (frame.x(span.start) + frame.x(span.end)) / 2
      for name in names {
        let half = Drawing.width(of: name) / 2 + 3
        let center = min(max(middle, half), Drawing.width - half)
        let range = (center - half)...(center + half)
        guard 2 * half <= room, !taken.contains(where: { $0.overlaps(range) }) else { continue }
        taken.append(range)
        parts.append(
          Drawing.text(name, x: center, y: 17, anchor: "middle", style: "span", title: span.name))
        return
      }
    }
    for span in spans where span.end <= span.start {
      place(span, [span.shortName], room: .infinity)
    }
    for span in spans where span.end > span.start {
      let room = frame.x(span.end) - frame.x(span.start)
      place(span, [span.name, span.shortName], room: room)
    }
    return parts
  }

  private func xAxis(_ frame: Frame) -> [Markup] {
    var parts = [
      Drawing.line(
        frame.left, frame.bottom, frame.left + frame.width, frame.bottom, style: "axis")
    ]
    for tick in frame.x.ticks {
      let x = frame.x(tick)
      let text = Format.decimal(tick, digits: frame.x.decimals)
      parts.append(Drawing.line(x, frame.bottom, x, frame.bottom + 4, style: "axis"))
      let half = Drawing.width(of: text) / 2
      parts.append(
        Drawing.text(
          text, x: min(x, Drawing.width - half), y: frame.bottom + 17, anchor: "middle"))
    }
    parts.append(
      Drawing.text(
        xTitle, x: frame.left + frame.width / 2, y: frame.bottom + 33, anchor: "middle"))
    return parts
  }

  /// The curves in a canvas of their own, which cuts off what lies beyond the axes.
  private func curves(_ frame: Frame) -> Markup {
    let reach = 4.0
    let shapes = series.map { series in
      Markup(
        "g", ["class": "series \(series.style)"], series.pieces.flatMap { shape($0, series, frame) }
      )
    }
    return Markup(
      "svg",
      [
        "x": Drawing.number(frame.left - reach), "y": Drawing.number(frame.top - reach),
        "width": Drawing.number(frame.width + 2 * reach),
        "height": Drawing.number(frame.height + 2 * reach),
        "viewBox": [
          frame.left - reach, frame.top - reach, frame.width + 2 * reach, frame.height + 2 * reach,
        ].map(Drawing.number).joined(separator: " "),
      ], shapes)
  }

  private func shape(_ piece: [Point], _ series: Series, _ frame: Frame) -> [Markup] {
    let places = piece.map { (x: Drawing.number(frame.x($0.x)), y: Drawing.number(frame.y($0.y))) }
    var parts: [Markup] = []
    if places.count > 1 {
      let path = places.map { "\($0.x),\($0.y)" }.joined(separator: " ")
      parts.append(Markup("polyline", ["points": path]))
    }
    guard places.count == 1 || series.isDotted else { return parts }
    let radius = series.pieces.reduce(0) { $0 + $1.count } > 60 ? "1.6" : "3"
    for (place, point) in zip(places, piece) {
      let words = "\(series.name): \(yLabel(point.y)) at \(Format.significant(point.x, digits: 4))"
      parts.append(
        Markup(
          "circle", ["cx": place.x, "cy": place.y, "r": radius],
          [Markup("title", [:], words)]))
    }
    return parts
  }
}
