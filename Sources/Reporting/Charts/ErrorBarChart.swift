// A picture of its own: accuracy against what is kept of the network, a line a method, with error bars.

/// Accuracy against the fraction of weights (or anything else) kept, a line a method, each point with the spread of its runs.
///
/// Both axes are logarithmic, the vertical one in the error, so that 99.0 and 99.1 % are told apart as
/// well as 80 and 90 %; errors that lie close together have an even axis. The picture carries its own
/// colours and stands by itself, as a file.
public struct ErrorBarChart: Sendable {
  /// What was measured at one setting.
  public struct Point: Sendable {
    /// The fraction that is kept, above 0.
    public var kept: Double
    public var accuracy: Double
    /// How far the runs are spread to either side.
    public var deviation: Double

    public init(kept: Double, accuracy: Double, deviation: Double) {
      self.kept = kept
      self.accuracy = accuracy
      self.deviation = deviation
    }
  }

  /// A method.
  public struct Series: Sendable {
    public var name: String
    public var points: [Point]

    public init(name: String, points: [Point]) {
      self.name = name
      self.points = points.filter { $0.kept > 0 && $0.accuracy.isFinite }
        .sorted { $0.kept > $1.kept }
    }
  }

  public var title: String
  /// What the horizontal axis shows the kept fraction of, such as weights.
  public var quantity: String
  public var series: [Series]

  public init(title: String, quantity: String = "weights", series: [Series]) {
    self.title = title
    self.quantity = quantity
    self.series = series.filter { !$0.points.isEmpty }
  }

  // Eight colours that the colour-blind tell apart, light on white no less than 3 to 1.
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56606b", "#6a3d9a", "#b22222",
  ]
  private static let dashes = ["", "6 3", "2 3"]
  private static let (left, top, width, height) = (56.0, 34.0, 620.0, 360.0)
  /// An error below this, one example in a hundred thousand, is drawn as this.
  private static let least = 1e-5

  /// The picture as an SVG document.
  public var svg: String {
    let points = series.flatMap(\.points)
    let x = Scale.logarithmic(points.map(\.kept), count: 6)
    let y = Self.errorScale(points)
    func across(_ kept: Double) -> Double {
      Self.left + (1 - x.position(of: kept)) * Self.width
    }
    func down(_ accuracy: Double) -> Double {
      Self.top + min(1, max(0, y.position(of: max(1 - accuracy, Self.least)))) * Self.height
    }
    let bottom = Self.top + Self.height
    var parts: [Markup] = [
      Markup("style", [:], Self.style),
      Drawing.rectangle(
        x: 0, y: 0, width: Self.left + Self.width + 24, height: bottom + 60 + legendHeight,
        style: "paper"),
      Drawing.text(title, x: Self.left, y: 20, style: "title"),
    ]
    for tick in y.ticks {
      parts.append(
        Drawing.line(
          Self.left, down(1 - tick), Self.left + Self.width, down(1 - tick), style: "grid"))
      let fine = tick < 0.0099 ? 2 : tick < 0.099 ? 1 : 0
      let digits = y.isLogarithmic ? fine : max(0, y.decimals - 2)
      parts.append(
        Drawing.text(
          Format.percent(1 - tick, digits: digits), x: Self.left - 6, y: down(1 - tick) + 4,
          anchor: "end"))
    }
    for tick in x.ticks {
      parts.append(Drawing.line(across(tick), Self.top, across(tick), bottom, style: "grid"))
      parts.append(
        Drawing.text(
          Format.trimmed(Format.percent(tick, digits: 2)), x: across(tick), y: bottom + 16,
          anchor: "middle"))
    }
    parts.append(
      Drawing.text(
        "\(quantity) kept (mean and standard deviation of accuracy on the test set)",
        x: Self.left + Self.width / 2, y: bottom + 34, anchor: "middle"))
    for (index, one) in series.enumerated() {
      // A little apart, so that bars at the same place don't hide each other.
      let shift = (Double(index) - Double(series.count - 1) / 2) * min(3, 24 / Double(series.count))
      parts.append(
        curve(one, index) { ($0.map { across($0.kept) + shift } ?? 0, down($1)) })
    }
    parts += legend(bottom + 56)
    let description = series.compactMap { one in
      one.points.last.map {
        "\(one.name) \(Format.percent($0.accuracy)) at \(Format.percent($0.kept))"
      }
    }
    return Markup(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox":
          "0 0 \(Drawing.number(Self.left + Self.width + 24)) \(Drawing.number(bottom + 60 + legendHeight))",
        "role": "img", "aria-label": "\(title): \(description.joined(separator: "; "))",
      ], parts
    ).rendered
  }

  /// The axis of the errors: logarithmic where the largest is over four times the least.
  private static func errorScale(_ points: [Point]) -> Scale {
    let errors = points.flatMap {
      [1 - $0.accuracy - $0.deviation, 1 - $0.accuracy + $0.deviation]
    }.map { min(1, max($0, least)) }
    guard let most = errors.max(), let fewest = errors.min(), most <= 4 * fewest else {
      return .logarithmic(errors, count: 8)
    }
    return .linear(errors, count: 8)
  }

  private func curve(
    _ one: Series, _ index: Int, _ place: (Point?, Double) -> (Double, Double)
  ) -> Markup {
    var parts: [Markup] = []
    let places = one.points.map { place($0, $0.accuracy) }
    let line = places.map { "\(Drawing.number($0.0)),\(Drawing.number($0.1))" }
    if places.count > 1 {
      parts.append(Markup("polyline", ["points": line.joined(separator: " "), "class": "curve"]))
    }
    for (point, (x, y)) in zip(one.points, places) {
      let high = place(nil, point.accuracy + point.deviation).1
      let low = place(nil, point.accuracy - point.deviation).1
      parts.append(Drawing.line(x, high, x, low, style: "bar"))
      parts.append(Drawing.line(x - 3, high, x + 3, high, style: "bar"))
      parts.append(Drawing.line(x - 3, low, x + 3, low, style: "bar"))
      parts.append(
        Markup("circle", ["cx": Drawing.number(x), "cy": Drawing.number(y), "r": "3"]))
    }
    return Markup("g", ["class": "s\(index)"], parts)
  }

  // MARK: the key

  private static let columns = 3

  private var legendHeight: Double {
    Double((series.count + Self.columns - 1) / Self.columns) * 18
  }

  private func legend(_ y: Double) -> [Markup] {
    series.enumerated().map { index, one in
      let x = Self.left + Double(index % Self.columns) * (Self.width / Double(Self.columns))
      let y = y + Double(index / Self.columns) * 18
      let room = Self.width / Double(Self.columns) - 34
      return Markup(
        "g", ["class": "s\(index)"],
        [
          Markup(
            "polyline",
            [
              "points":
                "\(Drawing.number(x)),\(Drawing.number(y)) \(Drawing.number(x + 22)),\(Drawing.number(y))",
              "class": "curve",
            ]),
          Markup(
            "circle", ["cx": Drawing.number(x + 11), "cy": Drawing.number(y), "r": "3"]),
          Drawing.text(Drawing.fitted(one.name, width: room), x: x + 28, y: y + 4),
        ])
    }
  }

  private static let style: String = {
    var rules = [
      "text { font: 12px sans-serif; fill: #24292f } .title { font-weight: bold }",
      ".paper { fill: #ffffff } .grid { stroke: #d8dee4; stroke-width: 1 }",
      ".curve { fill: none; stroke-width: 1.6 } .bar { stroke-width: 1.2 }",
    ]
    for index in 0..<colours.count * dashes.count {
      let colour = colours[index % colours.count]
      let dash = dashes[index / colours.count]
      rules.append(
        ".s\(index) .curve { stroke: \(colour)\(dash.isEmpty ? "" : "; stroke-dasharray: \(dash)") } "
          + ".s\(index) .bar { stroke: \(colour) } .s\(index) circle { fill: \(colour) }")
    }
    return rules.joined(separator: "\n")
  }()
}
