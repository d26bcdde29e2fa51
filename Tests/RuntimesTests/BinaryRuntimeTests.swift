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

  /// Convolutions with strides, pads and pooling, of channels that fill no words, one word and more.
  /// `zeros` puts the normalisations where many sums are exactly zero.
  static func convolutional(_ widths: [Int], zeros: Bool, seed: UInt64) throws -> Network {
    var b = NetworkBuilder("binary", input: ["batch", 3, 11, 9], seed: seed)
    var x = try b.maxPool(b.conv("c1", b.input, widths[0], kernel: 3, padding: 1, bias: !zeros), 2)
    x = try b.sign(b.batchNorm("n1", x))
    x = try b.conv("c2", x, widths[1], kernel: 3, stride: 2, padding: 2, bias: false)
    x = try b.sign(b.batchNorm("n2", x))
    x = try b.maxPool(b.conv("c3", x, widths[2], kernel: 2, bias: false), 2, stride: 1, padding: 1)
    x = try b.flatten(b.sign(b.batchNorm("n3", x)))
    x = try b.sign(b.batchNorm("n4", b.linear("f1", x, 20, bias: false)))
    var network = try b.finish(b.batchNorm("n5", b.linear("f2", x, 10, bias: false)))
    var random = SeededGenerator(seed: seed)
    for (name, initializer) in network.initializers {
      let values: [Float] = try initializer.tensor.values(as: Float.self).map { value in
        if initializer.tensor.shape.count > 1 { return value < 0 ? -1 : 1 }
        if name.hasSuffix("running_var") { return Float.random(in: 1...30, using: &random) }
        if zeros, name.hasSuffix("running_mean") {
          return Float(Int.random(in: -1...1, using: &random))
        }
        if zeros, name.hasPrefix("n"), name.hasSuffix("bias") { return 0 }
        return Float.random(in: -1...1, using: &random)
      }
      network.initializers[name]?.tensor = try TensorData(values, shape: initializer.tensor.shape)
    }
    return network
  }

  @Test(arguments: [[5, 70, 6], [64, 3, 130], [2, 9, 3]], [false, true])
  func convolutionsAreThoseOfTheGraph(widths: [Int], zeros: Bool) throws {
    let network = try Self.convolutional(widths, zeros: zeros, seed: UInt64(widths[0]))
    var random = SeededGenerator(seed: 21)
    let count = 40
    let pixels: [Float] = (0..<count * 297).map { _ in
      zeros
        ? Float(Int.random(in: -2...2, using: &random)) : Float.random(in: -2...2, using: &random)
    }
    let given = ["input": try TensorData(pixels, shape: [count, 3, 11, 9])]
    // In double precision the graph's own sums are not rounded to the wrong side of a threshold.
    let graph = try LibtorchSession(network, modelPath: "binary", type: .float64)
    let expected = try #require(try graph.run(given)["logits"]?.reals)
    let found = try #require(
      try BinarySession(network, modelPath: "binary").run(given)["logits"]?.reals)
    #expect(found.count == count * 10)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 * (1 + abs($1)) })
    #expect(Set(found).count > 10)
  }

  /// The catalogue's convolutional network, and what is no convolution that can be run.
  @Test func convolutionsThatAreNotRunAreNamed() throws {
    func signs(_ change: (inout Network) throws -> Void) throws -> String {
      var network = try Self.convolutional([4, 4, 4], zeros: false, seed: 2)
      try change(&network)
      do { _ = try BinarySession(network, modelPath: "binary") } catch { return "\(error)" }
      return "none"
    }
    #expect(try signs { _ in } == "none")
    let turned = try TensorData([Float](repeating: 0, count: 297), shape: [1, 3, 9, 11])
    let session = try BinarySession(
      Self.convolutional([4, 4, 4], zeros: false, seed: 2), modelPath: "binary")
    #expect(throws: RuntimeError.self) { try session.run(["input": turned]) }
    #expect(
      try signs { $0.nodes[0].attributes["dilations"] = .ints([2, 2]) }.contains("c1 (Conv)"))
    #expect(try signs { $0.nodes[1].attributes["ceil_mode"] = .int(1) }.contains("(MaxPool)"))
    #expect(
      try signs { network in network.nodes.removeAll { $0.op == "Flatten" } }.contains("not follow")
    )
    #expect(try signs { $0.nodes[1].op = "AveragePool" }.contains("a Sign was expected"))
    for huge in [Int64.max, 1 << 40, 1 << 15] {
      let pads = [huge, huge, huge, huge]
      #expect(try signs { $0.nodes[0].attributes["pads"] = .ints(pads) }.contains("c1 (Conv)"))
    }
    for huge in [Int.max, 1 << 40, 1 << 30] {
      let large = try signs {
        $0.inputs[0].shape = ["batch", 3, .fixed(huge), .fixed(huge)]
        $0.nodes[0] = Node(
          "Flatten", name: "flat", inputs: ["input"], outputs: $0.nodes[0].outputs)
      }
      #expect(large.contains(huge == 1 << 30 ? "Conv was expected" : "too large"), "\(large)")
    }
    let empty = try signs {
      $0.initializers["f2.weight"]?.tensor = try TensorData([Float](), shape: [1 << 40, 0])
    }
    #expect(empty.contains("(Gemm)"), "\(empty)")
    #expect(try signs { $0.nodes[0].attributes["strides"] = .ints([0, 1]) }.contains("c1 (Conv)"))
    #expect(
      try signs { $0.nodes[1].attributes["pads"] = .ints([4, 4, 4, 4]) }.contains("(MaxPool)"))
    #expect(
      try signs { $0.inputs[0].shape = ["batch", 3, "height", "width"] }.contains("that are known"))
    let dense = try Architectures.named("binary-conv-16").network(seed: 1)
    let error = #expect(throws: RuntimeError.self) {
      try BinarySession(dense, modelPath: "dense.onnx")
    }
    #expect("\(try #require(error))".contains("conv1 (Conv)"))
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
