// The benchmark measures as many steps as it is asked for, one after the other.

import Testing

@testable import Training

@Suite struct StepBenchmarkTests {
  @Test func everyStepIsMeasured() throws {
    let log = Recorder.Log()
    let benchmark = try StepBenchmark(
      Fixtures.convolutional(), batchSize: 4, layout: .channelsLast, plugins: [Recorder("a", log)])
    for count in [3, 20] {
      log.calls = []
      let seconds = try benchmark.seconds(ofSteps: count)
      #expect(seconds.count == count)
      #expect(seconds.allSatisfy { $0 > 0 && $0 < 60 })
      #expect(log.calls.count { $0.hasPrefix("a.afterStep") } == count + 1)
    }
  }
}
