// Linear mode connectivity: the barrier by its definition, on networks whose errors are known.

import Data
import Network
import Pruning
import Testing
import Torch

@testable import Analysis

@Suite struct ModeConnectivityTests {
  /// One linear layer from two numbers to two scores.
  private func network(_ weights: [Float], bias: [Float] = [0, 0]) throws -> Network {
    var b = NetworkBuilder("line", input: ["batch", 2], seed: 0)
    var network = try b.finish(b.linear("a", b.input, 2))
    network.initializers["a.weight"]?.tensor = try TensorData(weights, shape: [2, 2])
    network.initializers["a.bias"]?.tensor = try TensorData(bias, shape: [2])
    return network
  }

  private func examples() throws -> any Dataset {
    let x = try NDArray([1, 0, 2, 0, 0, 1, 0, 3] as [Float], shape: [4, 2])
    let y = try NDArray([0, 0, 1, 1] as [Int64], shape: [4])
    return try ArrayDataset(name: "points", path: "points.npz", x: x, y: y)
  }

  @Test func aNetworkWithItselfHasNoBarrier() throws {
    let one = try network([0.3, -1, 0.7, 0.2])
    let report = try ModeConnectivity().look(
      at: AnalysisSubject([one, one], examples: examples()))
    #expect(report["error barrier"] == 0 && report["loss barrier"] == 0)
    #expect(report.curves.map(\.points.count) == [30, 30])
    #expect(report.notes.isEmpty)
  }

  /// Both ends classify everything; half way all scores are equal, and the first class wins all ties.
  @Test func theBarrierIsTheHighestErrorAboveTheMeanOfTheEnds() throws {
    let ends = [
      try network([1, 0, 0, 1], bias: [0, 0]), try network([-1, -2, -2, -1], bias: [0, 0]),
    ]
    var analysis = ModeConnectivity()
    analysis.points = 5
    let report = try analysis.look(at: AnalysisSubject(ends, examples: examples()))
    let errors = try #require(report.curves.first).points.map { $0[1] }
    // The margin of class 0 on (1, 0) is w00 - w10: (1 - a) 1 + a 1 = 1 everywhere: never an error.
    #expect(errors == [0, 0, 0, 0, 0] && report["error barrier"] == 0)
    let crossed = [try network([1, 0, 0, 1]), try network([0, 1, 1, 0])]
    let second = try analysis.look(at: AnalysisSubject(crossed, examples: examples()))
    // Margins are 1 - 2 a: right, right, tie (the first class: half is wrong), wrong, wrong.
    #expect(try #require(second.curves.first).points.map { $0[1] } == [0, 0, 0.5, 1, 1])
    #expect(second["error barrier"] == 1 - 0.5)
    #expect(second["highest error"] == 1)
    // Of the first example alone: right until the tie, which the first class wins.
    analysis.examples = 1
    let third = try analysis.look(at: AnalysisSubject(crossed, examples: examples()))
    #expect(try #require(third.curves.first).points.map { $0[1] } == [0, 0, 0, 1, 1])
  }

  @Test func theEndsOfTheLineAreTheNetworksBitForBit() throws {
    let (a, b) = (try network([0.1, 0.2, 0.3, 0.4]), try network([5, 6, 7, 0.7]))
    let line = try Line(from: a, to: b)
    #expect(try line.network(at: 0) == a)
    #expect(try line.network(at: 1) == b)
    let half = try line.network(at: 0.5).initializers["a.weight"]?.tensor.values(as: Float.self)
    let middle: [Double] = [2.55, 3.1, 3.65, 0.55]
    #expect(zip(try #require(half), middle).allSatisfy { abs(Double($0) - $1) < 1e-6 })
  }

  /// A network whose channels are permuted computes the same; in between running statistics fit no
  /// longer, and new ones make the loss on the line much less.
  @Test func runningStatisticsAreComputedAgainOnTheLine() throws {
    func build(_ seed: UInt64) throws -> Network {
      var b = NetworkBuilder("normal", input: ["batch", 2], seed: seed)
      let x = try b.relu(b.batchNorm("n", b.linear("a", b.input, 8)))
      return try b.finish(b.linear("c", x, 2))
    }
    let examples = try examples()
    func look(_ statistics: ModeConnectivity.Statistics) throws -> AnalysisReport {
      var analysis = ModeConnectivity()
      analysis.points = 3
      analysis.statistics = statistics
      return try analysis.look(
        at: AnalysisSubject([build(1), build(2)], examples: examples, training: examples))
    }
    let (fresh, stale) = (try look(.reestimated), try look(.interpolated))
    #expect(fresh.notes.first?.contains("4 training examples") == true)
    #expect(stale.notes.first?.contains("lie on the line") == true)
    #expect(fresh.curves.last?.points != stale.curves.last?.points)
  }

  @Test func networksOfDifferentFormsAreRefused() throws {
    var b = NetworkBuilder("wide", input: ["batch", 2], seed: 0)
    let wide = try b.finish(b.linear("a", b.input, 3))
    let subject = AnalysisSubject([try network([1, 2, 3, 4]), wide], examples: try examples())
    let error = #expect(throws: AnalysisError.self) { try ModeConnectivity().look(at: subject) }
    #expect(
      "\(try #require(error))".contains("'a.weight' has the shape [2, 2], and has the shape [3, 2]")
    )
    let alone = #expect(throws: AnalysisError.self) {
      try ModeConnectivity().look(at: AnalysisSubject([wide], examples: try examples()))
    }
    #expect("\(try #require(alone))".contains("looks at 2 networks, and 1 was given"))
    let blind = #expect(throws: AnalysisError.self) {
      try ModeConnectivity().look(at: AnalysisSubject([wide, wide]))
    }
    #expect("\(try #require(blind))".contains("--data"))
  }

  @Test func settingsAreRead() throws {
    let read = try Analyses.named(
      "mode-connectivity",
      PartSettings(["points": .text("11"), "statistics": .text("interpolated")]))
    #expect((read as? ModeConnectivity)?.points == 11)
    #expect((read as? ModeConnectivity)?.statistics == .interpolated)
    for (key, value) in [("points", "1"), ("statistics", "guessed")] {
      #expect(throws: AnalysisError.self) {
        _ = try Analyses.named("mode-connectivity", PartSettings([key: .text(value)]))
      }
    }
    let error = #expect(throws: AnalysisError.self) { _ = try Analyses.named("magic") }
    #expect("\(try #require(error))".contains("effective-sparsity, mode-connectivity"))
  }
}
