// The measurement on a clock of the test's own: no verdict here depends on the machine's speed.

import Synchronization
import Testing

@testable import Runtimes

/// A clock that moves only when told to, and a log of who ran.
private final class TestClock: Sendable {
  private let state = Mutex((now: UInt64(1_000), log: ""))

  var log: String { state.withLock { $0.log } }
  var now: UInt64 { state.withLock { $0.now } }

  func candidate(
    _ name: String, nanoseconds: @escaping @Sendable (_ now: UInt64) -> UInt64
  ) -> LatencyCandidate {
    LatencyCandidate(name: name) { () throws(RuntimeError) in
      self.state.withLock {
        $0.log += name
        $0.now += nanoseconds($0.now)
      }
    }
  }

  func measurement(
    warmup: Int = 1, seconds: Double = 0, runs: Int = 3, visit: Double = 0
  ) -> LatencyMeasurement {
    LatencyMeasurement(
      warmup: warmup, minimumSeconds: seconds, minimumRuns: runs, visitSeconds: visit,
      now: { self.now })
  }
}

@Suite("Latency measurement")
struct LatencyMeasurementTests {
  @Test func candidatesTakeTurnsAfterTheWarmUp() throws {
    let clock = TestClock()
    let latencies = try clock.measurement(warmup: 2).measure([
      clock.candidate("A") { _ in 2_000_000 }, clock.candidate("B") { _ in 1_000_000 },
    ])
    #expect(clock.log == "AABB" + "ABABAB")
    #expect(latencies.map(\.name) == ["A", "B"])
    #expect(
      latencies.map(\.visits) == [[[0.002], [0.002], [0.002]], [[0.001], [0.001], [0.001]]])
    #expect(latencies[0].summary.median == 0.002)
    #expect(latencies[0].ratio(to: latencies[1])?.median == 2)
    #expect(latencies[1].ratio(to: latencies[0])?.median == 0.5)
  }

  @Test func aVisitHoldsAsManyRunsAsFillIt() throws {
    let clock = TestClock()
    let latencies = try clock.measurement(runs: 8, visit: 0.004).measure([
      clock.candidate("A") { _ in 1_000_000 }, clock.candidate("B") { _ in 3_000_000 },
    ])
    #expect(clock.log == "AB" + String(repeating: "AAAAB", count: 8))
    #expect(latencies[0].visits.allSatisfy { $0.count == 4 })
    #expect(latencies[1].visits.allSatisfy { $0.count == 1 })
    #expect(latencies[0].summary.count == 32)
  }

  @Test func everyCandidateGetsItsTime() throws {
    let clock = TestClock()
    let latencies = try clock.measurement(seconds: 0.010, runs: 1).measure([
      clock.candidate("A") { _ in 1_000_000 }, clock.candidate("B") { _ in 5_000_000 },
    ])
    for latency in latencies {
      #expect(latency.visits.joined().reduce(0, +) >= 0.010 - 1e-12)
    }
    #expect(latencies[0].summary.count == latencies[1].summary.count)
  }

  @Test func aMachineThatSlowsDownDoesNotChangeTheRatio() throws {
    let clock = TestClock()
    let latencies = try clock.measurement(runs: 200).measure([
      clock.candidate("A") { now in 30_000 + now / 1000 * 3 },
      clock.candidate("B") { now in 10_000 + now / 1000 },
    ])
    let ratio = try #require(latencies[0].ratio(to: latencies[1]))
    #expect(abs(ratio.median - 3) < 0.05)
    #expect(ratio.p95 - ratio.p5 < 0.05)
    #expect(latencies[0].summary.p95 > 1.5 * latencies[0].summary.p5)
  }

  @Test func oneSlowRunDoesNotMoveTheMedian() throws {
    let clock = TestClock()
    let runs = Mutex(0)
    let latencies = try clock.measurement(runs: 11).measure([
      clock.candidate("A") { _ in
        runs.withLock {
          $0 += 1
          return $0 == 5 ? 900_000_000 : 1_000_000
        }
      }
    ])
    #expect(latencies[0].summary.median == 0.001)
    #expect(latencies[0].summary.maximum == 0.9)
    #expect(latencies[0].summary.medianInterval.upper == 0.001)
  }

  @Test func aClockThatStandsStillEndsTheMeasurement() throws {
    let clock = TestClock()
    let candidate = LatencyCandidate(name: "A") { () throws(RuntimeError) in }
    let latencies = try clock.measurement(seconds: 1).measure([candidate])
    #expect(latencies[0].summary.maximum == 0)
    #expect(latencies[0].ratio(to: latencies[0]) == nil)
  }

  @Test func aFailingCandidateEndsTheMeasurement() {
    let clock = TestClock()
    let failure = RuntimeError.unavailable(runtime: "none", reason: "test")
    #expect(throws: failure) {
      try clock.measurement().measure([
        LatencyCandidate(name: "A") { () throws(RuntimeError) in throw failure }
      ])
    }
  }

  @Test func nothingToMeasureIsAnError() {
    #expect(throws: RuntimeError.emptyMeasurement(reason: "no candidate was given")) {
      try LatencyMeasurement().measure([])
    }
    #expect(throws: RuntimeError.self) {
      try LatencyMeasurement(minimumSeconds: .infinity).measure([
        LatencyCandidate(name: "A") { () throws(RuntimeError) in }
      ])
    }
  }

  @Test func theRealClockOnlyGoesForward() throws {
    let latencies = try LatencyMeasurement(warmup: 1, minimumSeconds: 0, minimumRuns: 20).measure([
      LatencyCandidate(name: "A") { () throws(RuntimeError) in }
    ])
    #expect(latencies[0].visits.joined().allSatisfy { $0 >= 0 })
  }
}
