// Whether a written file computes in ONNX Runtime what the cut network computes in memory.

import Execution
import Foundation
import Network
import Runtimes
import Torch

extension Cutting {
  /// Runs the written file in ONNX Runtime, and the network in memory in libtorch.
  ///
  /// Where they differ, the runtime's optimizations are turned off: what is then the same is written as
  /// it should be, and the runtime does not agree with itself about it.
  ///
  /// - Throws: `CommandError.fileDiffers` where they differ by more than rounding; the file is
  ///   removed.
  mutating func checkFile(_ path: String) throws {
    let runtime: ONNXRuntime
    switch ONNXRuntime.shared {
    case .success(let found): runtime = found
    case .failure(let error):
      result.verification = .init(skipped: "\(error)")
      return
    }
    if case .failure(let error) = Engine.availability {
      result.verification = .init(skipped: "\(error)")
      return
    }
    let session: any InferenceSession
    do throws(RuntimeError) { session = try runtime.load(path, threads: 1) } catch {
      // Where it does not load the file before pruning either, that is nothing that the cut did.
      let model = result.model
      guard FileManager.default.fileExists(atPath: model),
        (try? runtime.load(model, threads: 1)) == nil
      else {
        unlink(path)
        throw error
      }
      result.verification = .init(
        skipped: "it does not load the file before pruning either: \(error)")
      return
    }
    let inputs = try SyntheticInputs(
      batch: 2, seed: result.seed, largest: 1, shapes: try pruned.inputShapes(batch: 2)
    ).make(session.inputs, model: path)
    let ours = try LibtorchSession(pruned, modelPath: path).run(inputs)
    var exact: [String: TensorData]?
    /// How far the runtime's outputs lie from ours, and the output where that is more than rounding.
    func compare(_ theirs: [String: TensorData]) throws -> Comparison {
      var found = Comparison()
      for name in ours.keys.sorted() {
        guard let a = ours[name], let b = theirs[name] else { continue }
        let difference = OutputDifference(name, a, b)
        var allowed = Self.rounding
        if !difference.holds(within: allowed) {
          // Some networks magnify rounding, or end in numbers too small for it to tell: what the same
          // computation differs by in double precision measures that.
          exact =
            try exact ?? LibtorchSession(pruned, modelPath: path, type: .float64).run(inputs)
          let own = exact?[name].map { OutputDifference(name, $0, a) }
          allowed = max(allowed, Self.magnified * (own?.relative ?? 0))
        }
        if !difference.holds(within: allowed), (difference.maxAbsDiff ?? 1) > Self.tail {
          found.failing = found.failing ?? (name, difference.relative ?? .infinity)
        }
        found.absolute = max(found.absolute, difference.maxAbsDiff ?? 0)
        found.relative = max(found.relative, difference.relative ?? 0)
      }
      return found
    }
    var found = try compare(session.run(inputs))
    var optimizer: Double?
    if let failing = found.failing {
      let plain = try compare(
        ONNXRuntimeSession(runtime, modelPath: path, threads: 1, optimization: .none).run(inputs))
      guard plain.failing == nil else {
        unlink(path)
        throw CommandError.fileDiffers(
          path: path, output: failing.output, relative: failing.relative)
      }
      (found, optimizer) = (plain, failing.relative)
    }
    result.verification = .init(
      runtime: "\(runtime.name) \(runtime.version)", maxAbsDiff: found.absolute,
      relative: found.relative, optimizer: optimizer)
  }

  /// How far a file's outputs lie from those in memory.
  private struct Comparison {
    var absolute = 0.0
    var relative = 0.0
    /// The first output that differs by more than rounding.
    var failing: (output: String, relative: Double)?
  }

  /// What runtimes may differ by in single precision: they fuse operators and sum in other orders.
  private static let rounding = 1e-4
  /// How many times our own rounding error another runtime's may be.
  private static let magnified = 16.0
  /// What is nothing beside one: runtimes end the tails of sigmoids and exponentials there.
  private static let tail = 1e-7
}
