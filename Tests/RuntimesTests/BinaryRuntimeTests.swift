// Binary networks on packed bits give what libtorch gives for the graph.

import Foundation
import Network
import ONNX
import Testing

@testable import Runtimes

@Suite struct BinaryRuntimeTests {
  /// The catalogue's binary perceptron, its weights replaced by their signs and its statistics by others.
  static func network(seed: UInt64) throws -> Network {
    var network = try Network.binaryPerceptron(
      "binary", hidden: [96, 70, 64], input: [1, 9, 9], seed: seed)
    var random = SeededGenerator(seed: seed)
    for (name, initializer) in network.initializers {
      let values: [Float] = try initializer.tensor.values(as: Float.self).map { value in
        if name.hasPrefix("fc") { return value < 0 ? -1 : 1 }
        if name.hasSuffix("running_var") { return Float.random(in: 1...30, using: &random) }
        return Float.random(in: -1...1, using: &random)
      }
      network.initializers[name]?.tensor = try TensorData(values, shape: initializer.tensor.shape)
    }
    return network
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func predictionsAreThoseOfTheGraph(seed: UInt64) throws {
    let network = try Self.network(seed: seed)
    var random = SeededGenerator(seed: seed + 10)
    let pixels = (0..<300 * 81).map { _ in
      (Float(UInt8.random(in: 0...255, using: &random)) / 255 - 0.13) / 0.31
    }
    let given = ["input": try TensorData(pixels, shape: [300, 1, 9, 9])]
    // In double precision the graph's own sums are not rounded to the wrong side of a threshold.
    let graph = try LibtorchSession(network, modelPath: "binary", type: .float64)
    let expected = try #require(try graph.run(given)["logits"]?.reals)
    let found = try #require(
      try BinarySession(network, modelPath: "binary").run(given)["logits"]?.reals)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 * (1 + abs($1)) })
    func classes(_ scores: [Double]) -> [Int] {
      stride(from: 0, to: scores.count, by: 10).map { start in
        scores[start..<start + 10].indices.max { scores[$0] < scores[$1] }.map { $0 - start } ?? -1
      }
    }
    #expect(classes(found) == classes(expected))
    #expect(Set(classes(found)).count > 1)
  }

  @Test func filesAreLoadedAndInputsChecked() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("binary-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("binary.onnx").path
    try ONNXModel(try Self.network(seed: 4)).write(to: path)
    let runtime = BinaryRuntime()
    #expect(!runtime.version.isEmpty)
    let session = try runtime.load(path, threads: 1)
    try runtime.prepare(path, batch: 3).run()
    let fitting = try TensorData([Float](repeating: 0.5, count: 81), shape: [1, 1, 9, 9])
    #expect(try session.run(["input": fitting])["logits"]?.shape == [1, 10])
    #expect(throws: RuntimeError.self) { try session.run([:]) }
    #expect(throws: RuntimeError.self) { try session.run(["input": fitting, "other": fitting]) }
    let flat = try TensorData([Float](repeating: 0, count: 81), shape: [1, 81])
    #expect(throws: RuntimeError.self) { try session.run(["input": flat]) }
    let small = try TensorData([Float](repeating: 0, count: 80), shape: [1, 1, 8, 10])
    #expect(throws: RuntimeError.self) { try session.run(["input": small]) }
    let whole = try TensorData([Int64](repeating: 0, count: 81), shape: [1, 1, 9, 9])
    #expect(throws: RuntimeError.self) { try session.run(["input": whole]) }
  }

  @Test func whatIsNotBinaryIsRefused() throws {
    let network = try Architectures.named("binary-mlp").network(seed: 1)
    let error = #expect(throws: RuntimeError.self) {
      try BinarySession(network, modelPath: "dense.onnx")
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("fc1 (Gemm)"))
  }
}
