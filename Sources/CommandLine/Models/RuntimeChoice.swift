// The runtimes a verb can use, by the names of the command line.

import ArgumentParser
import Runtimes

/// A runtime by its name on the command line.
enum RuntimeChoice: String, ExpressibleByArgument, CaseIterable {
  /// Bonsai's own execution of the graph with libtorch.
  case bonsai
  /// ONNX Runtime.
  case onnxruntime
  /// Binary networks on packed bits.
  case binary

  /// Those that a verb uses which is told none: the ones that run any model.
  static let usual: [RuntimeChoice] = [.bonsai, .onnxruntime]

  /// Opens it.
  ///
  /// - Throws: `RuntimeError.unavailable` with the reason.
  func open() throws(RuntimeError) -> any InferenceRuntime {
    switch self {
    case .bonsai: try LibtorchRuntime()
    case .onnxruntime: try ONNXRuntime.shared.get()
    case .binary: BinaryRuntime()
    }
  }

  /// Those of `choices` that are present; of those that are not, a line on standard error.
  ///
  /// - Throws: `RuntimeError.unavailable` where none is present.
  static func present(
    of choices: [RuntimeChoice] = usual
  ) throws(RuntimeError) -> [any InferenceRuntime] {
    var found: [any InferenceRuntime] = []
    var missing: RuntimeError?
    for choice in choices {
      do throws(RuntimeError) { found.append(try choice.open()) } catch {
        missing = missing ?? error
        StandardError.say("bonsai: skipped: \(error)")
      }
    }
    if found.isEmpty, let missing { throw missing }
    return found
  }
}
