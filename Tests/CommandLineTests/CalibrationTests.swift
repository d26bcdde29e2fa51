// `bonsai prune --data`: criteria that look at examples, repairs, and what is said of them.

import Data
import Foundation
import Network
import ONNX
import Testing

@Suite struct CalibrationTests {
  let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    try folder.put(try Networks.small(), as: "small.onnx")
    var random = RandomState(seed: 5)
    func numbers(_ shape: [Int]) throws -> NDArray {
      try NDArray(
        (0..<shape.reduce(1, *)).map { _ in Float(random.uniform() * 2 - 1) }, shape: shape)
    }
    let x = try numbers([96, 2, 8, 8])
    let y = try NDArray((0..<96).map { Int64($0 % 3) }, shape: [96])
    let test = try numbers([48, 2, 8, 8])
    try NPZ.write(
      [
        "x_train": x, "y_train": y, "x_test": test,
        "y_test": try NDArray((0..<48).map { Int64($0 % 3) }, shape: [48]),
      ], to: folder("data.npz"))
    try NPY.write(x, to: folder("plain.npy"))
  }

  private func prune(_ arguments: String...) throws -> ProgramRun {
    try Program.run(
      ["prune", "small.onnx", "-o", "out.onnx", "--json", "-", "--target", "macs=0.5"] + arguments,
      in: folder)
  }

  private func steps(_ json: [String: Any]) throws -> [[String: Any]] {
    let calibration = try #require(json["calibration"] as? [String: Any])
    return try #require(calibration["steps"] as? [[String: Any]])
  }

  @Test func dataIsLookedAtAndTheCutIsRepaired() throws {
    let run = try prune("--data", "data.npz", "--criterion", "taylor", "--data-batch", "16")
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.object()
    let found = try steps(json)
    #expect(
      found.map { $0["name"] as? String } == ["before", "cut", "reconstructed", "reestimated"])
    for step in found {
      #expect(step["loss"] is Double && step["accuracy"] is Double)
    }
    let errors = found.compactMap { $0["outputError"] as? Double }
    #expect(errors[0] == 0 && errors[2] < errors[1])
    let calibration = try #require(json["calibration"] as? [String: Any])
    #expect(calibration["examples"] as? Int == 96 && calibration["split"] as? String == "train")
    let judged = try #require(calibration["judgedOn"] as? [String: Any])
    #expect(judged["examples"] as? Int == 48 && judged["split"] as? String == "test")
    let reconstruction = try #require(calibration["reconstruction"] as? [String: Any])
    let layers = try #require(reconstruction["layers"] as? [[String: Any]])
    #expect(layers.map { $0["layer"] as? String } == ["conv2 (Conv)", "fc (Gemm)"])
    for layer in layers {
      #expect(try #require(layer["after"] as? Double) <= #require(layer["before"] as? Double))
    }
    // The cut was proved before the repair; the file is the repaired network.
    let equivalence = try #require(json["equivalence"] as? [String: Any])
    #expect(try #require(equivalence["maxAbsDiff"] as? Double) < 1e-12)
    let model = try ONNXModel(path: folder("out.onnx"))
    let first = try FileBytes.read(folder("out.onnx"))
    let recipe = model.network.metadata.values.joined()
    #expect(
      recipe.contains("--criterion taylor") && recipe.contains("--data data.npz --data-batch 16"))
    // The same again, bit for bit; and another network without repairs.
    _ = try prune("--data", "data.npz", "--criterion", "taylor", "--data-batch", "16")
    #expect(try FileBytes.read(folder("out.onnx")) == first)
    let bare = try prune(
      "--data", "data.npz", "--criterion", "taylor", "--no-reconstruct", "--no-reestimate")
    #expect(try steps(bare.object()).map { $0["name"] as? String } == ["before", "cut"])
    let cut = try ONNXModel(path: folder("out.onnx")).network
    #expect(cut.initializers["fc.weight"] != model.network.initializers["fc.weight"])
    #expect(cut.initializers["conv1.weight"] == model.network.initializers["conv1.weight"])
  }

  /// Inputs alone are enough for repairs and for criteria that look at activations.
  @Test func withoutLabelsThereIsNoLossAndStillARepair() throws {
    let run = try prune("--data", "plain.npy", "--criterion", "activation")
    #expect(run.status == 0, "\(run.errors)")
    let found = try steps(try run.object())
    #expect(found.count == 4)
    #expect(found.allSatisfy { $0["loss"] == nil && $0["accuracy"] == nil })
    let taylor = try prune("--data", "plain.npy", "--criterion", "taylor")
    #expect(taylor.status == 65 && taylor.errors.contains("'plain.npy' has no targets"))
  }

  @Test func singleWeightsAreScoredByGradients() throws {
    let run = try Program.run(
      [
        "prune", "small.onnx", "-o", "out.onnx", "--json", "-", "--granularity", "element",
        "--target", "sparsity=0.5", "--criterion", "taylor-weight", "--data", "data.npz",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let found = try steps(try run.object())
    #expect(found.map { $0["name"] as? String } == ["before", "cut", "reestimated"])
  }

  @Test func aCriterionWithoutItsDataIsOneClearError() throws {
    let run = try prune("--criterion", "taylor")
    #expect(run.status == 64)
    #expect(run.errors.contains("the criterion taylor looks at data: give --data"))
    #expect(!folder.names.contains("out.onnx"))
    let table = try Program.run(
      [
        "prune", "small.onnx", "-o", "out.onnx", "--target", "macs=0.5", "--data", "data.npz",
      ], in: folder)
    #expect(table.output.contains("reestimated") && table.output.contains("output error"))
    #expect(table.output.contains("layers fitted to their old outputs by least squares: 2"))
  }
}
