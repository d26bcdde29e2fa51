// Networks that are packed in tests, and a folder for their files.

import Compression
import Foundation
import Network
import ONNX
import Testing

enum Samples {
  /// A small network.
  static func dense(seed: UInt64 = 4) throws -> Network {
    var b = NetworkBuilder("small", input: ["batch", 2, 8, 8], seed: seed)
    var x = try b.conv("conv", b.input, 12, kernel: 3, padding: 1)
    x = try b.batchNorm("bn", x)
    x = try b.relu(x)
    x = try b.globalAveragePool(x)
    x = try b.flatten(x)
    x = try b.linear("fc", x, 40)
    return try b.finish(x)
  }

  /// The same with most weights zero.
  static func pruned(keeping part: Double = 0.2, seed: UInt64 = 4) throws -> Network {
    var network = try dense(seed: seed)
    var generator = SeededGenerator(seed: seed)
    for name in ["conv.weight", "fc.weight"] {
      guard let tensor = network.initializers[name]?.tensor else { continue }
      let values = try tensor.values(as: Float.self).map { value in
        Double.random(in: 0..<1, using: &generator) < part ? value : 0
      }
      network.initializers[name]?.tensor = try TensorData(values, shape: tensor.shape)
    }
    return network
  }

  /// The same with few values left.
  static func shared(keeping part: Double = 0.2) throws -> Network {
    try pruned(keeping: part).sharing(SharingBits(convolution: 4, linear: 3)).network
  }

  /// Tensors of every kind that must come back.
  static func tensors() throws -> [TensorData] {
    var generator = SeededGenerator(seed: 11)
    var tensors: [TensorData] = []
    for count in [1, 2, 100, 1000] {
      for part in [0, 0.03, 0.5, 1] {
        let palette = (0..<7).map { _ in Float.random(in: -1...1, using: &generator) }
        let shared = (0..<count).map { _ -> Float in
          Double.random(in: 0..<1, using: &generator) < part
            ? palette[Int.random(in: 0..<7, using: &generator)] : 0
        }
        tensors.append(try TensorData(shared, shape: [count]))
        tensors.append(try TensorData(shared.map { Float16($0) }, shape: [1, count]))
        tensors.append(try TensorData(shared.map(Double.init), shape: [count]))
        tensors.append(try TensorData(shared.map { Int8($0 * 100) }, shape: [count]))
        tensors.append(
          try TensorData(
            (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }, shape: [count]))
      }
    }
    // Numbers that compare oddly: they come back as the bits they are.
    tensors.append(
      try TensorData(
        [0, -0.0, Float.nan, .infinity, -.infinity, .leastNonzeroMagnitude, 0, 0], shape: [2, 4]))
    tensors.append(try TensorData((0..<64).map { $0 % 2 == 0 ? 1 : -1 as Float }, shape: [8, 8]))
    tensors.append(try TensorData((0..<300).map { Int64($0 * $0) }, shape: [300]))
    tensors.append(try TensorData([Float](), shape: [0, 3]))
    tensors.append(try TensorData(type: .int4, shape: [5], bytes: Bytes([0x12, 0xF0, 0x03])))
    return tensors
  }
}

/// A folder that is removed with the last reference to it.
final class Folder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bonsai-pack-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
