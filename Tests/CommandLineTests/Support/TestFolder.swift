// A folder that lives as long as a test, and what tests put into it.

import Data
import Foundation
import Network
import ONNX
import Runtimes
import Testing

/// A folder that is removed with the last reference to it.
final class TestFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bonsai-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// The names in the folder, hidden ones too, sorted.
  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Writes a network as `name` and gives the network.
  @discardableResult
  func put(_ network: Network, as name: String) throws -> Network {
    try ONNXModel(network).write(to: self(name))
    return network
  }

  /// Writes arrays as `name`.
  func put(_ tensors: [String: TensorData], as name: String) throws {
    var arrays: [String: NDArray] = [:]
    for (key, tensor) in tensors {
      let type: NDArray.ElementType =
        switch tensor.type {
        case .int64: .int64
        case .float64: .float64
        default: .float32
        }
      arrays[key] = try NDArray(type, shape: tensor.shape, bytes: tensor.bytes.array)
    }
    try NPZ.write(arrays, to: self(name))
  }
}

/// Networks small enough to be run many times.
enum Networks {
  /// Two convolutions with normalisation, and a linear layer: two groups.
  static func small(classes: Int = 3, seed: UInt64 = 1) throws -> Network {
    var b = NetworkBuilder("small", input: ["batch", 2, 8, 8], seed: seed)
    var x = try b.conv("conv1", b.input, 8, kernel: 3, padding: 1)
    x = try b.batchNorm("bn1", x)
    x = try b.relu(x)
    x = try b.conv("conv2", x, 12, kernel: 3, padding: 1)
    x = try b.relu(x)
    x = try b.globalAveragePool(x)
    x = try b.flatten(x)
    x = try b.linear("fc", x, classes)
    return try b.finish(x)
  }
}

/// Whether ONNX Runtime is there to compare with.
let hasRuntime = (try? ONNXRuntime.shared.get()) != nil
/// Why tests that need it are skipped.
let whyNoRuntime: Comment = "ONNX Runtime is not installed; `make venv` installs it"
