// Linear mode connectivity: how high the error rises on the straight line between two networks.
//
// J. Frankle, G. K. Dziugaite, D. M. Roy, M. Carbin, "Linear Mode Connectivity and the Lottery Ticket
// Hypothesis", ICML 2020: with E(a) the error of (1 - a) W1 + a W2 at 30 evenly spaced a in [0, 1],
//
//   barrier = max over a of E(a) - (E(0) + E(1)) / 2.
//
// Two runs from the same weights with different orders of the data that end with a barrier below about
// 2 % are stable. Weights, biases, scales and shifts lie on the line. Running statistics of batch
// normalisation do not belong to a network in between: those of the line are wrong for it. By default
// they are computed again from training examples at every point where there are some, ends included, and
// lie on the line where there are none; the report says which.

import Data
import Execution
import Network
import Pruning
import Torch
import Training

/// The error along the straight line between two networks of one form.
public struct ModeConnectivity: Analysis {
  public static let name = "mode-connectivity"
  public static let summary =
    "error barrier on the line between two networks (Frankle et al. 2020)"
  public static let networks = 2...2

  /// What becomes of running statistics at a point of the line.
  public enum Statistics: String, Sendable, Hashable, CaseIterable {
    /// They are computed again from training examples, where there are some.
    case reestimated
    /// They lie on the line as the weights do.
    case interpolated
  }

  /// How many points are looked at, ends included.
  public var points = 30
  /// What becomes of running statistics.
  public var statistics = Statistics.reestimated

  /// How many examples errors are measured on, the first ones; 0 for all.
  public var examples = 0

  /// The analysis with 30 points.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    points = Int(try settings.double("points", default: 30, in: 2...10_000))
    examples = try settings.int("examples", default: 0)
    statistics = try settings.choice("statistics", default: .reestimated)
  }

  public func look(at subject: AnalysisSubject) throws(AnalysisError) -> AnalysisReport {
    let networks = try subject.networks(for: Self.self)
    let examples = try part(of: subject.examples(for: Self.self))
    let line = try Line(from: networks[0], to: networks[1])
    let isNormalized = networks[0].initializers.values.contains { $0.role == .buffer }
    let calibration =
      isNormalized && statistics == .reestimated
      ? subject.training.map { Calibration($0, seed: subject.seed, device: subject.device) } : nil
    var errors: [Double] = []
    var losses: [Double] = []
    for index in 0..<points {
      var network = try line.network(at: Self.place(index, of: points))
      if let calibration {
        network = try pruning { () throws(PruningError) in
          try network.reestimated(on: calibration).network
        }
      }
      let model = try execution { () throws(ExecutionError) in
        try Model(network, device: subject.device)
      }
      let measured = try training { () throws(TrainingError) in
        try Evaluation(model, on: examples)
      }
      losses.append(measured.loss)
      if let accuracy = measured.accuracy { errors.append(1 - accuracy) }
    }
    return report(errors: errors, losses: losses, isNormalized, calibration)
  }

  /// The examples that errors are measured on.
  private func part(of examples: any Dataset) throws(AnalysisError) -> any Dataset {
    guard self.examples > 0, self.examples < examples.count else { return examples }
    do throws(DataError) { return try Subset(of: examples, at: Array(0..<self.examples)) } catch {
      throw .pruning(.data(error))
    }
  }

  /// Place `index` of `count` evenly spaced ones from 0 to 1.
  static func place(_ index: Int, of count: Int) -> Double { Double(index) / Double(count - 1) }

  /// `max - (first + last) / 2`.
  static func barrier(_ values: [Double]) -> Double {
    guard let first = values.first, let last = values.last, let most = values.max() else {
      return 0
    }
    return most - (first + last) / 2
  }

  private func report(
    errors: [Double], losses: [Double], _ isNormalized: Bool, _ calibration: Calibration?
  ) -> AnalysisReport {
    func curve(_ name: String, _ values: [Double]) -> AnalysisReport.Curve {
      AnalysisReport.Curve(
        name: name, along: "alpha",
        points: values.enumerated().map { [Self.place($0, of: points), $1] })
    }
    var report = AnalysisReport(
      ["loss barrier": Self.barrier(losses), "points": Double(points)],
      curves: [curve("loss", losses)])
    if !errors.isEmpty {
      report.measures.insert(
        AnalysisReport.Measure(name: "error barrier", value: Self.barrier(errors)), at: 0)
      report.measures.append(
        AnalysisReport.Measure(name: "highest error", value: errors.max() ?? 0))
      report.curves.insert(curve("error", errors), at: 0)
    }
    if isNormalized {
      report.notes.append(
        calibration.map {
          "running statistics were computed again at every point from \($0.count) training examples"
        } ?? "running statistics lie on the line between those of the two networks")
    }
    return report
  }
}
