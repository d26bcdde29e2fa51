// Tests of the way from lines of metrics to curves.

import Foundation
import Methods
import Testing

@testable import Reporting

@Suite("Training curves")
struct TrainingCurvesTests {
  private func curves(_ run: SampleRun) throws -> TrainingCurves {
    let report = try run.report
    return TrainingCurves(metrics: report.metrics, tasks: report.result.tasks)
  }

  @Test func tasksFollowEachOther() throws {
    let spans = try curves(.lenet).spans
    #expect(spans.map(\.name) == ["train", "prune", "recover"])
    #expect(spans.map(\.shortName) == ["1", "2", "3"])
    #expect(spans.map(\.start) == [0, 3, 3])
    #expect(spans.map(\.end) == [3, 3, 5])
  }

  @Test func aTaskWithoutTrainingIsAPoint() throws {
    let pieces = try curves(.lenet).test(.accuracy)
    #expect(pieces[0].map(\.x) == [1, 2, 3])
    #expect(pieces[1] == [.init(3, 0.8123)])
    #expect(pieces[2] == [.init(4, 0.985), .init(5, 0.985)])
  }

  @Test func stepsAreWhatTrainingIsDrawnFrom() throws {
    let pieces = try curves(.lenet).training(.loss)
    #expect(pieces.map(\.count) == [30, 0, 20])
    #expect(pieces[2].first?.x == 3.1)
  }

  @Test func theLaterLineOfAMomentCounts() throws {
    var run = SampleRun.lenet
    var again = try #require(run.metrics?[0])
    again["loss"] = 77.5
    run.metrics?.append(again)
    let points = try curves(run).training(.loss)[0]
    #expect(points.count == 30)
    #expect(points.first?.y == 77.5)
  }

  @Test func linesOfUnknownTasksAreDrawnToo() throws {
    var run = SampleRun.lenet
    run.result["tasks"] = [Any]()
    #expect(try curves(run).spans.map(\.name) == ["train", "recover"])
  }

  @Test func meansSinceTheEpochBeganAreTakenApart() {
    let values = (0..<60).map { 2 / Double($0 + 1) }
    let points = values.indices.map { index in
      let part = values[(index / 20 * 20)...index]
      return LineChart.Point(Double(index + 1) / 20, part.reduce(0, +) / Double(part.count))
    }
    let separated = TrainingCurves.separated(points)
    #expect(separated.map(\.x) == points.map(\.x))
    for (point, value) in zip(separated, values) { #expect(abs(point.y - value) < 1e-9) }
    #expect(TrainingCurves.separated([.init(0, 1), .init(0, 2)]) == [.init(0, 1), .init(0, 2)])
  }

  @Test func thinningKeepsMeansAndEnds() {
    let points = (0..<1000).map { LineChart.Point(Double($0), Double($0 % 7)) }
    let thin = TrainingCurves.thinned(points, to: 100)
    #expect(thin.count == 100)
    let mean = points.reduce(0) { $0 + $1.y } / 1000
    let thinMean = thin.reduce(0) { $0 + $1.y } / 100
    #expect(abs(thinMean - mean) < 1e-9)
    #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.x < $1.x })
    #expect(TrainingCurves.thinned(points, to: 1000) == points)
  }

  @Test func theLossIsLogarithmicWhereItFallsFar() {
    #expect(CurvesSection.lossAxis([2.3, 0.03]).isLogarithmic)
    #expect(!CurvesSection.lossAxis([2.3, 1.1]).isLogarithmic)
    #expect(!CurvesSection.lossAxis([2.3, 0]).isLogarithmic)
    #expect(CurvesSection.lossAxis([0.7]).lower == 0)
  }

  @Test func theAccuracyAxisShowsTenthsAndNeverMoreThanAll() {
    let training = (0..<100).map { $0 < 5 ? 0.1 : 0.97 + Double($0) * 0.0003 }
    let axis = CurvesSection.accuracyAxis(training: training, test: [0.985, 0.9908])
    #expect(axis.lower >= 0.95 && axis.upper <= 1)
    let low = CurvesSection.accuracyAxis(training: [], test: [0])
    #expect(low.lower >= 0 && low.lower < low.upper)
    #expect(CurvesSection.accuracyAxis(training: [1, 1], test: [1]).upper == 1)
  }
}
