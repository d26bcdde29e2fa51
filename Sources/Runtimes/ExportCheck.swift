// Whether a written file computes in a runtime what the graph in memory computes.

import Execution
import Network
import ONNX
import Torch

/// How far a file's outputs in a runtime lie from those of Bonsai's own execution of it.
public struct ExportCheck: Sendable {
  /// The largest absolute difference of any output element.
  public let maxAbsDiff: Double
  /// The largest absolute value of any output element.
  public let scale: Double

  /// Whether the difference is rounding of float32: at most 1e-4 of the scale. (Runtimes fuse
  /// operators and sum in other orders; networks of a hundred layers differ by some 1e-5.)
  public var holds: Bool { maxAbsDiff <= 1e-4 * max(scale, 1e-3) }

  /// Runs the file at `path` in `runtime` and in Bonsai on the same made-up inputs.
  ///
  /// - Throws: the errors of the rooms that read and run it.
  public init(_ path: String, in runtime: any InferenceRuntime, batch: Int = 2) throws {
    let session = try runtime.load(path, threads: 1)
    let network = try ONNXModel(path: path).network
    let inputs = try SyntheticInputs(
      batch: batch, largest: 1, shapes: try network.inputShapes(batch: batch)
    ).make(session.inputs, model: path)
    let theirs = try session.run(inputs)
    let model = try Model(network)
    var tensors: [String: Tensor] = [:]
    for (name, data) in inputs { tensors[name] = try data.tensor(named: name) }
    let ours = try withoutGradients { () throws(ExecutionError) in try model.run(tensors) }
    var (worst, scale) = (0.0, 0.0)
    for (name, value) in ours {
      guard let other = try theirs[name]?.tensor(named: name) else {
        throw ExecutionError.noSuchValue(name: name)
      }
      let (a, b) = (try value.to(type: .float64), try other.to(type: .float64))
      worst = max(worst, try (a - b).abs().max().scalar())
      scale = max(scale, try a.abs().max().scalar())
    }
    (maxAbsDiff, self.scale) = (worst, scale)
  }
}
