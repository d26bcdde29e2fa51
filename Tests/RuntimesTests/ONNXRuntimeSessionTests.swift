// Models run in ONNX Runtime: what is declared, what comes out, and what is refused and why.

import Foundation
import Network
import Testing

@testable import Runtimes

private let available: Bool = (try? ONNXRuntime.shared.get()) != nil
private let whyNot: Comment = {
  if case .failure(let error) = ONNXRuntime.shared { return "\(error)" }
  return "ONNX Runtime is here"
}()

@Suite("ONNX Runtime session", .enabled(if: available, whyNot))
struct ONNXRuntimeSessionTests {
  let folder: ScratchFolder
  let runtime: ONNXRuntime

  init() throws {
    folder = try ScratchFolder()
    runtime = try ONNXRuntime.shared.get()
  }

  private func session(
    _ bytes: [UInt8], optimization: GraphOptimization = .all
  ) throws -> ONNXRuntimeSession {
    try ONNXRuntimeSession(
      runtime, modelPath: folder.write("model.onnx", bytes), threads: 1, optimization: optimization)
  }

  @Test func versionIsStated() {
    #expect(runtime.version.split(separator: ".").count >= 3)
    #expect(runtime.name == "ONNX Runtime")
  }

  @Test func declarationsAreRead() throws {
    let session = try session(ModelBytes.affine())
    #expect(session.inputs == [ValueInfo("x", .float32, ["batch", 2])])
    #expect(session.outputs == [ValueInfo("y", .float32, ["batch", 3])])
  }

  @Test func inputsAndOutputsKeepTheirOrder() throws {
    let session = try session(
      ModelBytes.model(
        [
          ModelBytes.node("Identity", ["b"], ["second"]),
          ModelBytes.node("Identity", ["a"], ["first"]),
        ],
        inputs: [
          ModelBytes.value("b", .int64, [.unknown, 4]), ModelBytes.value("a", .float64, ["n"]),
        ],
        outputs: [
          ModelBytes.value("second", .int64, [.unknown, 4]),
          ModelBytes.value("first", .float64, ["n"]),
        ]))
    #expect(
      session.inputs == [ValueInfo("b", .int64, [.unknown, 4]), ValueInfo("a", .float64, ["n"])])
    #expect(session.outputs.map(\.name) == ["second", "first"])
    let a = TensorData(vector: [1.5, -2.5])
    let b = try TensorData([1, 2, 3, Int64.min], shape: [1, 4])
    #expect(try session.run(["a": a, "b": b]) == ["first": a, "second": b])
  }

  @Test("x W + b, by hand", arguments: GraphOptimization.allCases)
  func affine(optimization: GraphOptimization) throws {
    let session = try session(ModelBytes.affine(), optimization: optimization)
    let x = try TensorData([1, 1, 0, -1] as [Float], shape: [2, 2])
    let y = try session.run(["x": x])
    #expect(
      y == ["y": try TensorData([5.5, 6.5, 9, -3.5, -5.5, -6] as [Float], shape: [2, 3])])
  }

  @Test("An open axis takes any extent", arguments: [0, 1, 7, 64])
  func batches(count: Int) throws {
    let session = try session(ModelBytes.affine())
    let x = try TensorData((0..<2 * count).map(Float.init), shape: [count, 2])
    let y = try #require(try session.run(["x": x])["y"])
    #expect(y.shape == [count, 3])
    let expected = (0..<count).flatMap { row -> [Float] in
      let (a, b) = (Float(2 * row), Float(2 * row + 1))
      return [a + 4 * b + 0.5, 2 * a + 5 * b - 0.5, 3 * a + 6 * b]
    }
    #expect(try y.values(as: Float.self) == expected)
  }

  @Test(
    "Every element type comes back as it went in",
    arguments: [
      .float32, .float64, .float16, .bfloat16, .int8, .int16, .int32, .int64, .uint8, .uint16,
      .uint32, .uint64, .bool,
    ] as [ElementType])
  func elementTypes(type: ElementType) throws {
    let session = try session(
      ModelBytes.model(
        [ModelBytes.node("Identity", ["x"], ["y"])],
        inputs: [ModelBytes.value("x", type, [2, 3])],
        outputs: [ModelBytes.value("y", type, [2, 3])]))
    var random = SeededGenerator(state: 7)
    let bytes = (0..<type.byteCount(of: 6)).map { _ in
      type == .bool ? UInt8(random.next() & 1) : UInt8(truncatingIfNeeded: random.next())
    }
    let x = try TensorData(type: type, shape: [2, 3], bytes: Bytes(bytes))
    #expect(session.inputs == [ValueInfo("x", type, [2, 3])])
    #expect(try session.run(["x": x]) == ["y": x])
  }

  @Test func scalarsPass() throws {
    let session = try session(
      ModelBytes.model(
        [ModelBytes.node("Neg", ["x"], ["y"])], inputs: [ModelBytes.value("x", .float32, [])],
        outputs: [ModelBytes.value("y", .float32, [])]))
    #expect(
      try session.run(["x": TensorData(scalar: Float(2))])["y"] == TensorData(scalar: Float(-2)))
  }

  @Test func severalTasksMayRunOneSession() async throws {
    let session = try session(ModelBytes.affine())
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          let x = try TensorData([Float(task), 1], shape: [1, 2])
          let expected = [Float(task) + 4.5, 2 * Float(task) + 4.5, 3 * Float(task) + 6]
          return try (0..<50).allSatisfy { _ in
            try session.run(["x": x])["y"]?.values(as: Float.self) == expected
          }
        }
      }
      for try await same in group { #expect(same) }
    }
  }

  @Test func boundInputsOutliveWhatMadeThem() throws {
    let path = try folder.write("model.onnx", ModelBytes.affine())
    let inference = try runtime.prepare(path, batch: 4)
    for _ in 0..<100 { try inference.run() }
  }

  // MARK: what is refused

  @Test func missingFile() throws {
    let path = folder.path + "/none.onnx"
    let error = #expect(throws: RuntimeError.self) {
      try ONNXRuntimeSession(self.runtime, modelPath: path)
    }
    guard case .failed(_, "load \(path)", "no such file", let message) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(message.contains("none.onnx"))
  }

  @Test("Bytes that are no model", arguments: [[], [0xFF], Array("not a model".utf8)] as [[UInt8]])
  func brokenFile(bytes: [UInt8]) throws {
    let error = #expect(throws: RuntimeError.self) { try session(bytes) }
    #expect("\(try #require(error))".contains("could not load"))
  }

  @Test func truncatedFileAtEveryLength() throws {
    let whole = try ModelBytes.affine()
    for length in stride(from: 0, to: whole.count - 30, by: 7) {
      #expect(throws: RuntimeError.self) { try session(Array(whole.prefix(length))) }
    }
  }

  @Test func invalidGraphNamesTheOperator() throws {
    let error = #expect(throws: RuntimeError.self) {
      try session(
        ModelBytes.model(
          [ModelBytes.node("NoSuchOperator", ["x"], ["y"])],
          inputs: [ModelBytes.value("x", .float32, [1])],
          outputs: [ModelBytes.value("y", .float32, [1])]))
    }
    #expect("\(try #require(error))".contains("NoSuchOperator"))
  }

  @Test func unknownInput() throws {
    let session = try session(ModelBytes.affine())
    let x = try TensorData([1, 2] as [Float], shape: [1, 2])
    #expect(
      throws: RuntimeError.unknownInput(name: "z", model: session.modelPath, known: ["x"])
    ) { try session.run(["x": x, "z": x]) }
  }

  @Test func missingInput() throws {
    let session = try session(ModelBytes.affine())
    #expect(throws: RuntimeError.missingInput(name: "x", model: session.modelPath, given: [])) {
      try session.run([:])
    }
  }

  @Test func wrongType() throws {
    let session = try session(ModelBytes.affine())
    let x = try TensorData([1, 2] as [Double], shape: [1, 2])
    #expect(
      throws: RuntimeError.inputType(
        name: "x", model: session.modelPath, expected: .float32, found: .float64)
    ) { try session.run(["x": x]) }
  }

  @Test("Shapes the declaration rules out", arguments: [[2], [1, 1, 2], [1, 3], []])
  func wrongShape(shape: [Int]) throws {
    let session = try session(ModelBytes.affine())
    let count = shape.reduce(1, *)
    let x = try TensorData([Float](repeating: 0, count: count), shape: shape)
    let expected = RuntimeError.inputShape(
      name: "x", model: session.modelPath, expected: ["batch", 2], found: shape)
    #expect(throws: expected) { try session.run(["x": x]) }
    #expect("\(expected)".contains("[batch, 2]"))
  }

  @Test func failureWhileRunningCarriesTheMessage() throws {
    let session = try session(
      ModelBytes.model(
        [ModelBytes.node("Gather", ["table", "index"], ["y"])],
        inputs: [ModelBytes.value("index", .int64, ["n"])],
        outputs: [ModelBytes.value("y", .float32, ["n"])],
        initializers: [ModelBytes.tensor("table", TensorData(vector: [1, 2, 3] as [Float]))]))
    #expect(
      try session.run(["index": TensorData(vector: [2, 0] as [Int64])])["y"]
        == TensorData(vector: [3, 1] as [Float]))
    let error = #expect(throws: RuntimeError.self) {
      try session.run(["index": TensorData(vector: [99] as [Int64])])
    }
    #expect("\(try #require(error))".contains("99"))
  }

  @Test func valuesThatAreNoTensorsAreNamed() throws {
    let error = #expect(throws: RuntimeError.self) {
      try session(
        ModelBytes.model(
          [ModelBytes.node("SequenceLength", ["s"], ["n"])],
          inputs: [ModelBytes.sequence("s", of: .float32)],
          outputs: [ModelBytes.value("n", .int64, [])]))
    }
    guard case .unsupportedValue("s", _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func stringsAreRefusedBothWays() throws {
    let session = try session(
      ModelBytes.model(
        [ModelBytes.node("Cast", ["x"], ["y"], [ModelBytes.integer("to", 8)])],
        inputs: [ModelBytes.value("x", .float32, [1])],
        outputs: [ModelBytes.value("y", .string, [1])]))
    let error = #expect(throws: RuntimeError.self) {
      try session.run(["x": TensorData(vector: [1] as [Float])])
    }
    #expect("\(try #require(error))".contains("strings"))
  }
}
