// `bonsai evaluate` and `bonsai bench`: accuracy in two runtimes, and what a measurement reports.

import Foundation
import Network
import Runtimes
import Testing

@Suite struct EvaluateTests {
  let folder: TestFolder

  /// A network that gives its input back as scores, and data whose answers are known.
  init() throws {
    folder = try TestFolder()
    var network = Network(name: "echo", inputs: [ValueInfo("x", .float32, ["n", 3])])
    network.nodes = [Node("Identity", name: "i", inputs: ["x"], outputs: ["scores"])]
    network.outputs = [ValueInfo("scores", .float32, ["n", 3])]
    try folder.put(network, as: "echo.onnx")
    // Right, wrong, right, right.
    let x = try TensorData([2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 2, 0] as [Float], shape: [4, 3])
    let y = try TensorData([0, 2, 2, 1] as [Int64], shape: [4])
    try folder.put(["x": x, "y": y], as: "data.npz")
  }

  @Test(arguments: ["bonsai", "onnxruntime"]) func accuracyAndLossAreExact(
    _ runtime: String
  ) throws {
    if runtime == "onnxruntime", !hasRuntime { return }
    let run = try Program.run(
      [
        "evaluate", "echo.onnx", "--data", "data.npz", "--batch", "3", "--json", "--runtime",
        runtime,
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let found = try run.object()
    #expect(found["accuracy"] as? Double == 0.75)
    #expect(found["count"] as? Int == 4)
    #expect(found["split"] as? String == "train")
    // log(e^2 + 2) less the score of the right class: 2 three times, 0 once.
    let loss = log(exp(2.0) + 2) - 6.0 / 4
    #expect(abs(try #require(found["loss"] as? Double) - loss) < 1e-6)
    #expect(try #require(found["examplesPerSecond"] as? Double) > 0)
  }

  /// One layer of signs whose sums say the class: y = sign(x) W, of whole numbers.
  @Test func binaryNetworksRunOnBits() throws {
    var network = Network(name: "bits", inputs: [ValueInfo("x", .float32, ["n", 3])])
    network.nodes = [
      Node("MatMul", name: "a", inputs: ["x", "w"], outputs: ["s"]),
      Node("Sign", name: "b", inputs: ["s"], outputs: ["h"]),
      Node("MatMul", name: "c", inputs: ["h", "w"], outputs: ["scores"]),
    ]
    let weights: [Float] = [1, -1, -1, -1, 1, -1, -1, -1, 1]
    network.initializers["w"] = Initializer(
      try TensorData(weights, shape: [3, 3]), role: .parameter)
    network.outputs = [ValueInfo("scores", .float32, ["n", 3])]
    try folder.put(network, as: "bits.onnx")
    func evaluate(_ runtime: String, _ model: String) throws -> ProgramRun {
      try Program.run(
        ["evaluate", model, "--data", "data.npz", "--json", "--runtime", runtime], in: folder)
    }
    let bits = try evaluate("binary", "bits.onnx")
    let floats = try evaluate("bonsai", "bits.onnx")
    #expect(bits.status == 0, "\(bits.errors)")
    #expect(try bits.object()["accuracy"] as? Double == 0.75)
    #expect(try floats.object()["accuracy"] as? Double == 0.75)
    let losses = try [bits, floats].map { try #require(try $0.object()["loss"] as? Double) }
    #expect(abs(losses[0] - losses[1]) < 1e-6)
    let dense = try evaluate("binary", "echo.onnx")
    #expect(
      dense.status == 65 && dense.errors.contains("it has no linear layer"), "\(dense.errors)")
    let bench = try Program.run(
      ["bench", "bits.onnx", "--runtime", "binary", "--seconds", "0.02", "--json"], in: folder)
    #expect(try bench.list().first?["runtime"] as? String == "binary", "\(bench.errors)")
  }

  @Test func theDeviceIsChosen() throws {
    let model = ["evaluate", "echo.onnx", "--data", "data.npz"]
    let run = try Program.run(model + ["--device", "cpu", "--json"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try run.object()["device"] as? String == "cpu")
    let unknown = try Program.run(model + ["--device", "abacus"], in: folder)
    #expect(unknown.status != 0 && unknown.errors.contains("abacus"))
    let other = try Program.run(
      model + ["--device", "cuda", "--runtime", "onnxruntime"], in: folder)
    #expect(other.status == 64 && other.errors.contains("is for --runtime bonsai"))
  }

  @Test func theTableNamesWhatWasMeasured() throws {
    let run = try Program.run(["evaluate", "echo.onnx", "--data", "data.npz"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("75.00 %"))
  }

  @Test func aModelOfAnotherShapeIsBadInput() throws {
    let run = try Program.run(["evaluate", "lenet-5", "--data", "data.npz"], in: folder)
    #expect(run.status == 65)
    #expect(run.errors.contains("[3]"))
  }

  @Test func benchReportsEveryModelInEveryRuntime() throws {
    let run = try Program.run(
      ["bench", "echo.onnx", "lenet-300-100", "--seconds", "0.02", "--batch", "1,2", "--json"],
      in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let rows = try run.list()
    #expect(rows.count == (hasRuntime ? 8 : 4))
    for row in rows {
      let (low, median) = (row["lower"] as? Double ?? 0, row["median"] as? Double ?? 0)
      #expect(low > 0 && low <= median && median <= row["upper"] as? Double ?? 0)
      #expect((row["p5"] as? Double ?? 0) <= (row["p95"] as? Double ?? 0))
      #expect((row["count"] as? Int ?? 0) >= 30)
      #expect((row["ratio"] is Double) == (row["model"] as? String == "lenet-300-100"))
    }
    #expect(folder.names == ["data.npz", "echo.onnx"])
  }

  @Test func benchPrintsATable() throws {
    let run = try Program.run(
      ["bench", "echo.onnx", "--seconds", "0.01", "--runtime", "bonsai"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("95 % interval"))
    #expect(run.output.contains("libtorch"))
  }
}
