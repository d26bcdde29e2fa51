// The summary of a sample against literal values from other programs, and its laws.

import Network
import Testing

@testable import Runtimes

@Suite("Sample summary")
struct SampleSummaryTests {
  @Test("Quantiles as NumPy 2.4 gives them") func quantiles() throws {
    let summary = try #require(SampleSummary([3, 1, 4, 1, 5, 9, 2, 6]))
    #expect(summary.count == 8)
    #expect(summary.minimum == 1 && summary.maximum == 9)
    #expect(summary.p5 == 1)
    #expect(summary.p25 == 1.75)
    #expect(summary.median == 3.5)
    #expect(summary.p75 == 5.25)
    #expect(abs(summary.p95 - 7.95) < 1e-12)
    #expect(summary.mean == 3.875)
  }

  @Test func oneMeasurement() throws {
    let summary = try #require(SampleSummary([2.5]))
    #expect(summary.median == 2.5 && summary.p5 == 2.5 && summary.p95 == 2.5)
    #expect(summary.medianInterval == MedianInterval(lower: 2.5, upper: 2.5, confidence: 0))
  }

  @Test("Nothing to say", arguments: [[], [.nan], [1, .infinity], [-.infinity, 0]] as [[Double]])
  func nothing(sample: [Double]) {
    #expect(SampleSummary(sample) == nil)
  }

  @Test(
    "Ranks and confidence from the binomial distribution, as SciPy gives them",
    arguments: [
      (1, 1, 1, 0.0), (2, 1, 2, 0.5), (5, 1, 5, 0.9375), (6, 1, 6, 0.96875), (7, 1, 7, 0.984375),
      (10, 2, 9, 0.978515625), (20, 6, 15, 0.9586105346679688), (21, 6, 16, 0.9733963012695312),
      (100, 40, 61, 0.9647997997822952), (1000, 469, 532, 0.9537088026395019),
      (5000, 2431, 2570, 0.9506841418958285),
    ])
  func ranks(count: Int, lower: Int, upper: Int, confidence: Double) {
    let ranks = MedianInterval.ranks(count: count)
    #expect(ranks.lower == lower && ranks.upper == upper)
    #expect(abs(ranks.confidence - confidence) < 1e-9)
  }

  @Test func theIntervalIsTheNarrowestThatReaches95Percent() {
    for count in 6...400 {
      let ranks = MedianInterval.ranks(count: count)
      #expect(ranks.confidence >= 0.95)
      #expect(ranks.lower + ranks.upper == count + 1 && ranks.lower <= ranks.upper)
    }
  }

  @Test func orderDoesNotMatter() throws {
    var random = SeededGenerator(state: 1)
    for count in [2, 3, 10, 101] {
      let sample = (0..<count).map { _ in random.uniform() }
      #expect(SampleSummary(sample) == SampleSummary(sample.shuffled(using: &random)))
    }
  }

  @Test func quantilesAreInOrderAndScale() throws {
    var random = SeededGenerator(state: 2)
    for count in 1...60 {
      let sample = (0..<count).map { _ in random.uniform() }
      let one = try #require(SampleSummary(sample))
      let ascending = [
        one.minimum, one.p5, one.p25, one.median, one.p75, one.p95, one.maximum,
      ]
      #expect(ascending == ascending.sorted())
      #expect(one.medianInterval.lower <= one.median && one.median <= one.medianInterval.upper)
      let four = try #require(SampleSummary(sample.map { 4 * $0 }))
      #expect(four.median == 4 * one.median && four.p95 == 4 * one.p95)
      #expect(four.medianInterval.upper == 4 * one.medianInterval.upper)
    }
  }

  @Test("The interval covers the true median as often as it says (skewed sample, fixed seed)")
  func coverage() throws {
    var random = SeededGenerator(state: 3)
    let trials = 2000
    var covered = 0
    for _ in 0..<trials {
      // The square of a number uniform in [0, 1): its median is 1/4, its mean 1/3.
      let sample = (0..<21).map { _ in
        let u = random.uniform()
        return u * u
      }
      let interval = try #require(SampleSummary(sample)).medianInterval
      if interval.lower <= 0.25, 0.25 <= interval.upper { covered += 1 }
    }
    // 0.9734 expected; four standard errors of 2000 trials are 0.0144.
    #expect(abs(Double(covered) / Double(trials) - 0.9734) < 0.0144)
  }
}
