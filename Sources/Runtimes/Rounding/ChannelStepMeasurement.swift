// Measures in a runtime at which step of channel counts the latency of a network's layers falls.

import Foundation
import Network
import ONNX

/// Measures at which step of channel counts latency falls.
public struct ChannelStepMeasurement {
  /// The extent of a first axis that the model leaves open.
  public var batch: Int
  /// Threads one run may use; 0 leaves it to the runtime.
  public var threads: Int
  /// Measured time of each width, at least, in seconds.
  public var seconds: Double
  private let prepare: (Network) throws(RuntimeError) -> LatencyCandidate
  private let measurement: LatencyMeasurement

  /// A measurement in a runtime.
  ///
  /// - Parameter folder: a folder for the layers' files, which are removed again.
  public init(
    in runtime: any InferenceRuntime, batch: Int, threads: Int, folder: String,
    seconds: Double = 0.12
  ) {
    self.init(
      batch: batch, threads: threads, seconds: seconds,
      measurement: LatencyMeasurement(
        warmup: 3, minimumSeconds: seconds, minimumRuns: 20, visitSeconds: 0.004)
    ) { network throws(RuntimeError) in
      let path = "\(folder)/\(UUID().uuidString).onnx"
      defer { unlink(path) }
      do throws(ONNXError) { try ONNXModel(network).write(to: path) } catch {
        throw .failed(
          runtime: runtime.name, action: "write \(path)", code: "file", message: "\(error)")
      }
      return LatencyCandidate(
        name: network.name, try runtime.prepare(path, batch: batch, threads: threads))
    }
  }

  init(
    batch: Int, threads: Int, seconds: Double, measurement: LatencyMeasurement,
    prepare: @escaping (Network) throws(RuntimeError) -> LatencyCandidate
  ) {
    (self.batch, self.threads, self.seconds) = (batch, threads, seconds)
    self.measurement = measurement
    self.prepare = prepare
  }

  /// Times the layers in which `network` spends most, at widths around a multiple of every step.
  ///
  /// - Parameter began: is told which pair of layers is about to be timed, of how many, and about how
  ///   many seconds are left.
  /// - Throws: `RuntimeError` where a layer cannot be timed.
  public func find(
    for network: Network, began: (LayerPair, Int, Int, Double) -> Void = { _, _, _, _ in }
  ) throws(RuntimeError) -> ChannelStep {
    let pairs: [LayerPair]
    do throws(NetworkError) { pairs = try LayerPair.heaviest(of: network, batch: batch) } catch {
      throw .emptyMeasurement(reason: "\(error)")
    }
    let total = Double(max(1, pairs.reduce(0) { $0 + $1.macs }))
    var layers: [ChannelStep.Layer] = []
    for (index, pair) in pairs.enumerated() {
      let left = seconds * Double(ChannelStep.offsets.count * (pairs.count - index))
      began(pair, index, pairs.count, left)
      var candidates: [LatencyCandidate] = []
      for offset in ChannelStep.offsets {
        let probe: Network
        do throws(NetworkError) {
          probe = try pair.network(width: ChannelStep.widest(for: pair.size) - offset)
        } catch {
          throw .emptyMeasurement(reason: "\(error)")
        }
        candidates.append(try prepare(probe))
      }
      layers.append(
        ChannelStep.Layer(
          pair, weight: Double(pair.macs) / total, try measurement.measure(candidates)))
    }
    return ChannelStep(layers)
  }
}
