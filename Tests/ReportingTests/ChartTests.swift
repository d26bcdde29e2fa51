// Tests of the charts: sound drawings, nothing outside of them, no words over each other.

import Foundation
import Testing

@testable import Reporting

@Suite("Charts")
struct ChartTests {
  /// A word on a chart: its line, and from where to where it reaches.
  private struct Word {
    var text: String
    var y: Double
    var range: ClosedRange<Double>
  }

  /// Checks what holds for every chart and gives back its words.
  @discardableResult
  private func check(_ svg: String) throws -> DocumentReader {
    let document = DocumentReader(svg)
    #expect(document.failure == nil)
    #expect(!svg.contains("nan") && !svg.contains("inf\"") && !svg.contains("-inf"))
    let canvas = try #require(document.elements.first)
    #expect(canvas.attributes["role"] == "img" && canvas.attributes["aria-label"]?.isEmpty == false)
    let height = try #require(canvas.attributes["viewBox"]?.split(separator: " ").last)
    var words: [Word] = []
    for element in document.elements("text") {
      let x = try #require(element.attributes["x"].flatMap(Double.init))
      let y = try #require(element.attributes["y"].flatMap(Double.init))
      let width = Drawing.width(of: element.text)
      let start =
        switch element.attributes["text-anchor"] {
        case "middle": x - width / 2
        case "end": x - width
        default: x
        }
      words.append(Word(text: element.text, y: y, range: start...(start + width)))
      #expect(start > -1 && start + width < Drawing.width + 1, "'\(element.text)' at \(start)")
      #expect(y > 0 && y < (Double(height) ?? 0))
    }
    for (index, word) in words.enumerated() {
      for other in words.dropFirst(index + 1) where abs(other.y - word.y) < 10 {
        #expect(!other.range.overlaps(word.range), "'\(word.text)' touches '\(other.text)'")
      }
    }
    return document
  }

  private func chart(
    _ series: [LineChart.Series], spans: [LineChart.Span] = [], scale: Scale? = nil
  ) -> LineChart {
    LineChart(
      title: "Loss", xTitle: "epochs", series: series, spans: spans,
      yScale: scale ?? .linear(series.flatMap { $0.pieces.joined().map(\.y) }),
      yLabel: { Format.significant($0) })
  }

  private func series(_ pieces: [[LineChart.Point]]) -> LineChart.Series {
    LineChart.Series(name: "test", style: "test", isDotted: true, pieces: pieces)
  }

  @Test func aCurveIsDrawnThroughItsPoints() throws {
    let chart = chart([series([[.init(0, 0), .init(1, 10), .init(2, 5)]])])
    let document = try check(chart.svg)
    let line = try #require(document.elements("polyline").first?.attributes["points"])
    let points = line.split(separator: " ").map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    #expect(points.count == 3)
    #expect(points[0][0] < points[1][0] && points[1][0] < points[2][0])
    #expect(points[1][1] < points[2][1] && points[2][1] < points[0][1])
    #expect(abs((points[0][1] + points[1][1]) / 2 - points[2][1]) < 0.02)
    #expect(chart.summary == "Loss: test from 0 to 5.00")
  }

  @Test func aSinglePointIsADot() throws {
    let document = try check(chart([series([[.init(1, 0.7)]])]).svg)
    #expect(document.elements("polyline").isEmpty && document.elements("circle").count == 1)
  }

  @Test func nothingAndNoNumbersAreDrawnToo() throws {
    try check(chart([]).svg)
    let document = try check(
      chart([series([[.init(0, .nan), .init(.infinity, 1), .init(1, 2)], [.init(0, .infinity)]])])
        .svg)
    #expect(document.elements("circle").count == 1)
  }

  @Test(arguments: [1, 2, 3, 7, 20, 80])
  func namesOfSpansNeverTouch(_ count: Int) throws {
    var spans: [LineChart.Span] = []
    for index in 0..<count {
      let start = Double(index * index)
      let end = index.isMultiple(of: 3) ? start : Double((index + 1) * (index + 1))
      spans.append(
        .init(
          name: "Fine-tune after round \(index) of \(count)", shortName: "\(index + 1)",
          start: start, end: end))
    }
    let points = spans.map { LineChart.Point($0.end, 1 / ($0.end + 1)) }
    let document = try check(chart([series([points])], spans: spans).svg)
    #expect(document.elements("text").contains { $0.attributes["class"] == "span" } == (count > 1))
  }

  @Test func bandsAndMomentsAreMarked() throws {
    let spans = [
      LineChart.Span(name: "train", shortName: "1", start: 0, end: 5),
      LineChart.Span(name: "prune", shortName: "2", start: 5, end: 5),
      LineChart.Span(name: "recover", shortName: "3", start: 5, end: 9),
    ]
    let document = try check(chart([series([[.init(0, 1), .init(9, 0)]])], spans: spans).svg)
    let lines = document.elements("line").compactMap { $0.attributes["class"] }
    #expect(lines.filter { $0 == "moment" }.count == 1)
    #expect(lines.filter { $0 == "boundary" }.count == 1)
    #expect(document.elements("rect").map { $0.attributes["class"] } == ["band"])
    let words = document.elements("text").filter { $0.attributes["class"] == "span" }
    #expect(Set(words.map(\.text)) == ["train", "2", "recover"])
  }

  @Test func barsAreAsLongAsTheirNumbers() throws {
    let bars = [
      BarChart.Bar(name: "a", value: 25, total: 100, text: "25 of 100"),
      BarChart.Bar(name: "b", value: 50, total: 50, text: "50 of 50"),
    ]
    let svgs = BarChart(title: "Kept", bars: bars, label: { Format.decimal($0, digits: 0) }).svgs
    #expect(svgs.count == 1)
    let widths = try check(svgs[0]).elements("rect").compactMap {
      $0.attributes["width"].flatMap(Double.init)
    }
    #expect(widths.count == 4)
    #expect(abs(widths[0] / widths[1] - 4) < 0.01 && abs(widths[2] / widths[1] - 2) < 0.01)
    #expect(widths[2] == widths[3])
  }

  @Test(arguments: [0, 1, 30, 31, 60, 110])
  func manyBarsAreSplitIntoPictures(_ count: Int) throws {
    let bars = (0..<count).map {
      BarChart.Bar(
        name: "/backbone/stage\($0 / 10)/a_very_long_name_of_a_layer/convolution_\($0)/Conv",
        value: Double($0) * 1e6, total: 1e8, text: "\(Format.count($0 * 1_000_000)) → 100 M")
    }
    let svgs = BarChart(
      title: "MACs", bars: bars, label: { Format.count(Int($0.rounded())) }
    ).svgs
    #expect(svgs.count == (count + 29) / 30)
    let documents = try svgs.map { try check($0) }
    let titles = documents.flatMap { $0.elements("title").map(\.text) }
    #expect(titles == bars.map { "\($0.name): \($0.text)" }, "the full names must be there")
  }

  @Test func barsSurviveStrangeNumbers() throws {
    let values = [0, -1, .nan, .infinity, 1e300, .leastNonzeroMagnitude] as [Double]
    let bars = values.map { BarChart.Bar(name: "<\($0)>", value: $0, total: $0, text: "\"\($0)\"") }
    for upper in [nil, 1.0] {
      let svgs = BarChart(title: "&", bars: bars, upper: upper, label: { "\($0)" }).svgs
      for svg in svgs {
        let document = DocumentReader(svg)
        #expect(document.failure == nil)
        for rect in document.elements("rect") {
          let width = try #require(rect.attributes["width"].flatMap(Double.init))
          #expect(width >= 0 && width <= Drawing.width)
        }
      }
    }
  }

  @Test func intervalsStandInRelationToBefore() throws {
    func interval(_ median: Double) -> IntervalChart.Interval {
      .init(
        median: median, spread: (median * 0.9, median * 1.4),
        confidence: (median * 1.02, median * 0.98), text: Format.milliseconds(median))
    }
    let rows = [
      IntervalChart.Row(name: "a, batch 1", before: interval(0.2), after: interval(0.1)),
      IntervalChart.Row(name: "a, batch 64", before: interval(8), after: interval(4)),
    ]
    let document = try check(IntervalChart(title: "Latency", rows: rows).svg)
    let places = document.elements("circle").compactMap { $0.attributes["cx"] }
    #expect(places.count == 4)
    #expect(places[0] == places[2] && places[1] == places[3] && places[0] != places[1])
  }

  @Test func intervalsSurviveStrangeNumbers() throws {
    let strange = [Double.nan, .infinity, -1, 0, 1e308]
    for value in strange {
      let interval = IntervalChart.Interval(
        median: value, spread: (.nan, value), confidence: (.infinity, .nan), text: "?")
      let row = IntervalChart.Row(name: "a", before: interval, after: interval)
      #expect(DocumentReader(IntervalChart(title: "t", rows: [row]).svg).failure == nil)
    }
    #expect(DocumentReader(IntervalChart(title: "t", rows: []).svg).failure == nil)
  }

  @Test func longNamesLoseTheirMiddle() {
    #expect(Drawing.fitted("conv1", width: 100) == "conv1")
    let fitted = Drawing.fitted("/backbone/layer4/residual/conv2/Conv", width: 100)
    #expect(fitted.hasPrefix("/back") && fitted.hasSuffix("/Conv") && fitted.contains("…"))
    #expect(Drawing.width(of: fitted) <= 100)
    #expect(Drawing.width(of: Drawing.fitted(String(repeating: "x", count: 5000), width: 80)) <= 80)
  }
}
