// Where the latency of candidates is measured: the dense model's file, the runtime, and the progress.

import Foundation
import Methods
import Network
import ONNX
import Pruning
import Reporting

/// Where the latency of candidates is measured while a budget is searched for.
struct LatencyBench {
  /// What measures.
  let meter: LatencyMeter
  private let folder: TemporaryFolder
  private let progress: Progress

  /// A bench for a target that is a latency; `nil` for others.
  ///
  /// - Parameter model: the model that would be written of a network.
  init?(
    for target: Target, _ options: BudgetOptions, beside source: ModelSource,
    model: @escaping (Network) -> ONNXModel
  ) throws {
    guard target.quantity == .latency else { return nil }
    folder = try TemporaryFolder()
    let runtime = try BudgetOptions.runtime()
    let dense = source.path ?? folder.file("dense.onnx")
    if source.path == nil { try source.model.write(to: dense) }
    let progress = Progress()
    self.progress = progress
    meter = try LatencyMeter(
      beside: dense, in: runtime, batch: options.batch, threads: options.threads,
      folder: folder.path, model: model
    ) { progress.show($0, $1) }
    StandardError.say("latency is measured in \(meter.conditions)")
  }

  /// Ends the progress with what was done.
  func finish() { progress.finish() }

  /// Shows each measurement, and the time that is left if as many are made as may be.
  private final class Progress {
    private var bar: ProgressBar?
    private var count = 0
    private let begun = ContinuousClock.now

    func show(_ place: MeterPlace, _ reading: MeterReading) {
      let bar = bar ?? ProgressBar(title: "latency", total: place.most, from: 0)
      self.bar = bar
      count = place.number
      bar.update(
        place.number,
        fields: [
          ("MACs kept", Format.percent(place.macs, digits: 1)),
          (
            "of dense",
            "\(Format.significant(reading.ratio.value)) "
              + "(\(Format.significant(reading.ratio.lower)) to "
              + "\(Format.significant(reading.ratio.upper)))"
          ),
        ])
    }

    func finish() {
      guard count > 0 else { return }
      let seconds = (ContinuousClock.now - begun) / .seconds(1)
      bar?.finish("\(count) measurements in \(Format.duration(seconds))")
    }
  }
}
