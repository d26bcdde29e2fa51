// A step of channel counts with how it was measured: what --round-to auto and round-to: auto found.

import Network
import Runtimes

/// The step of channel counts that was measured, and how.
public struct MeasuredStep: Sendable, Hashable, Codable {
  /// The runtime, the batch and the threads.
  public let conditions: LatencyConditions
  /// What was found.
  public let step: ChannelStep

  /// Measures the layers in which `network` spends most.
  ///
  /// - Parameters:
  ///   - folder: a folder for the layers' files, which are removed again.
  ///   - say: is told what is about to be measured.
  public init(
    of network: Network, in runtime: any InferenceRuntime, batch: Int, threads: Int,
    folder: String, say: (String) -> Void
  ) throws(RuntimeError) {
    conditions = LatencyConditions(runtime, batch: batch, threads: threads)
    let measurement = ChannelStepMeasurement(
      in: runtime, batch: batch, threads: threads, folder: folder)
    step = try measurement.find(for: network) { pair, index, count, seconds in
      say(
        "round-to auto: timing the layers of '\(pair.group)' (\(index + 1) of \(count)), at least "
          + "\(Int(seconds.rounded(.up))) s left")
    }
  }

  /// What was found, in one sentence.
  public var summary: String { "\(step.units): \(step.reason), in \(conditions)" }
}
