// Latency meter: plugs a runtime into the search for a latency, measuring each candidate as a file.

import Foundation
import Network
import ONNX
import Pruning
import Runtimes

/// How latency is measured: in which runtime, with how many inputs at a time, on how many threads.
public struct LatencyConditions: Sendable, Hashable, Codable {
  /// The runtime's name and version.
  public var runtime: String
  public var version: String
  /// The extent of a first axis that the model leaves open.
  public var batch: Int
  /// Threads one run may use; 0 leaves it to the runtime.
  public var threads: Int

  /// Conditions in a runtime.
  public init(_ runtime: any InferenceRuntime, batch: Int, threads: Int) {
    self.runtime = runtime.name
    self.version = runtime.version
    self.batch = batch
    self.threads = threads
  }
}

extension LatencyConditions: CustomStringConvertible {
  /// The conditions in words.
  public var description: String {
    "\(runtime) \(version), batch \(batch), "
      + (threads == 0
        ? "as many threads as it likes" : "\(threads) thread\(threads == 1 ? "" : "s")")
  }
}

/// Measures candidates in a runtime, in turns with the dense model.
///
/// Every candidate is written to a file and loaded by the runtime as a user would load it. Both
/// models take turns in one measurement, so that a drift of the machine's speed cancels in the ratio.
public struct LatencyMeter: Meter {
  /// The runtime in which it is measured.
  public let runtime: any InferenceRuntime
  /// How.
  public let conditions: LatencyConditions
  private let dense: any BoundInference
  private let folder: String
  private let model: (Network) -> ONNXModel
  private let report: (MeterPlace, MeterReading) -> Void

  /// A meter beside the dense model.
  ///
  /// - Parameters:
  ///   - dense: the file of the dense model.
  ///   - folder: a folder for the candidates' files, which are removed again.
  ///   - model: the model to write of a network.
  ///   - report: is told what each measurement said.
  /// - Throws: `RuntimeError` where the runtime cannot load the dense model.
  public init(
    beside dense: String, in runtime: any InferenceRuntime, batch: Int, threads: Int,
    folder: String, model: @escaping (Network) -> ONNXModel = { ONNXModel($0) },
    report: @escaping (MeterPlace, MeterReading) -> Void = { _, _ in }
  ) throws(RuntimeError) {
    self.runtime = runtime
    self.folder = folder
    self.model = model
    self.report = report
    conditions = LatencyConditions(runtime, batch: batch, threads: threads)
    self.dense = try runtime.prepare(dense, batch: batch, threads: threads)
  }

  public func measure(
    _ network: Network, _ effort: MeterEffort, _ place: MeterPlace
  ) throws(PruningError) -> MeterReading {
    let path = "\(folder)/candidate-\(place.number).onnx"
    defer {
      unlink(path)
      unlink("\(path).data")
    }
    do {
      try model(network).write(to: path)
      let candidate = try runtime.prepare(
        path, batch: conditions.batch, threads: conditions.threads)
      let measured = try Self.measurement(effort).measure([
        LatencyCandidate(name: "dense", dense), LatencyCandidate(name: "candidate", candidate),
      ])
      guard measured.count == 2, let ratio = measured[1].ratio(to: measured[0]) else {
        throw PruningError.measurement(reason: "a run takes no time that the clock can see")
      }
      let reading = MeterReading(
        dense: Measured(measured[0].summary), amount: Measured(measured[1].summary),
        ratio: Measured(ratio))
      report(place, reading)
      return reading
    } catch let error as PruningError {
      throw error
    } catch {
      throw .measurement(reason: "\(error)")
    }
  }

  /// Measures a file in turns with the dense model, as long as for a decision: the dense model's
  /// latency first.
  public func compare(_ file: String) throws(RuntimeError) -> [Latency] {
    let candidate = try runtime.prepare(
      file, batch: conditions.batch, threads: conditions.threads)
    return try Self.measurement(.decision).measure([
      LatencyCandidate(name: "dense", dense), LatencyCandidate(name: "pruned", candidate),
    ])
  }

  /// How long is measured: seconds of each model, and runs of each.
  private static func measurement(_ effort: MeterEffort) -> LatencyMeasurement {
    switch effort {
    case .search: LatencyMeasurement(warmup: 3, minimumSeconds: 0.3, minimumRuns: 20)
    case .decision: LatencyMeasurement(warmup: 5, minimumSeconds: 1, minimumRuns: 40)
    }
  }
}

extension Measured {
  /// The median of a sample with its confidence interval.
  init(_ summary: SampleSummary) {
    self.init(
      summary.median, lower: summary.medianInterval.lower, upper: summary.medianInterval.upper)
  }
}

/// The runtime in which latency is measured where none is named: ONNX Runtime, else libtorch.
public enum MeasuringRuntime {
  /// The runtime, and why it is not ONNX Runtime where it is not.
  ///
  /// - Throws: `RuntimeError` where neither is there.
  public static func standard() throws(RuntimeError) -> (any InferenceRuntime, note: String?) {
    switch ONNXRuntime.shared {
    case .success(let runtime): return (runtime, nil)
    case .failure(let error):
      return (try LibtorchRuntime(), "latency is measured in libtorch, as \(error)")
    }
  }
}
