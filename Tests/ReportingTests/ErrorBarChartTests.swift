// The picture of accuracy against weights kept: where points and bars lie.

import Foundation
import Testing

@testable import Reporting

@Suite struct ErrorBarChartTests {
  private func numbers(_ pattern: Regex<(Substring, Substring)>, _ svg: String) -> [Double] {
    svg.matches(of: pattern).compactMap { Double($0.output.1) }
  }

  private func chart(_ points: [(Double, Double, Double)]) -> ErrorBarChart {
    ErrorBarChart(
      title: "A & B",
      series: [
        ErrorBarChart.Series(
          name: "a <b>",
          points: points.map {
            ErrorBarChart.Point(kept: $0.0, accuracy: $0.1, deviation: $0.2)
          })
      ])
  }

  @Test func fewerWeightsLieToTheRightAndBetterAbove() {
    let svg = chart([(0.02, 0.9, 0), (0.2, 0.99, 0)]).svg
    let across = numbers(/cx="([0-9.]+)"/, svg)
    let down = numbers(/cy="([0-9.]+)"/, svg)
    // The dense one is drawn first; the third circle is the key's.
    #expect(across.count == 3 && across[0] < across[1])
    #expect(down[0] < down[1])
  }

  @Test func barsReachTheDeviationToBothSides() {
    let plain = chart([(0.1, 0.95, 0), (0.2, 0.9, 0), (0.05, 0.99, 0)]).svg
    let spread = chart([(0.1, 0.95, 0.04), (0.2, 0.9, 0), (0.05, 0.99, 0)]).svg
    let y = numbers(/cy="([0-9.]+)"/, spread)
    #expect(numbers(/cy="([0-9.]+)"/, plain) == y, "bars move no point")
    let ends = spread.matches(of: /y1="([0-9.]+)"[^>]*class="bar"/).compactMap {
      Double($0.output.1)
    }
    // Three lines a point, in the order of the points: the stroke, its upper and its lower end. An
    // accuracy of 95 and 4 % is one of 99 %, whose place is that of the third point.
    #expect(ends.count == 9)
    #expect(abs(ends[4] - y[2]) < 0.02 && ends[5] > y[1])
  }

  @Test func errorsThatLieCloseFillTheHeight() {
    // 0.40, 0.45 and 0.50 lie evenly from the axis's top to its bottom, 360 units apart.
    let y = numbers(
      /cy="([0-9.]+)"/, chart([(0.5, 0.6, 0), (0.3, 0.55, 0), (0.2, 0.5, 0)]).svg)
    #expect(abs(y[2] - y[0] - 360) < 0.1 && abs(y[1] - (y[0] + y[2]) / 2) < 0.1)
  }

  @Test func wordsAreEscapedAndTheFileStandsAlone() {
    let svg = chart([(0.1, 1, 0)]).svg
    #expect(svg.contains("A &amp; B") && svg.contains("a &lt;b&gt;"))
    #expect(svg.hasPrefix("<svg xmlns=") && svg.contains("<style>"))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    #expect(ErrorBarChart(title: "none", series: []).svg.contains("none"))
  }
}
