// Whole runs on a tiny network: the files they leave, what those say, and that they come out the same.

import Data
import Execution
import Foundation
import Network
import ONNX
import Pruning
import Runtimes
import Testing
import Training

@testable import Methods

@Suite struct RunTests {
  @Test func leavesEveryFileAndSaysWhatWasDone() throws {
    let tiny = try TinyRun()
    var run = try tiny.run()
    let result = try run.perform()
    #expect(
      tiny.names(in: "run") == [
        "1-train.onnx", "2-prune.onnx", "3-train.onnx", "checkpoint", "final.onnx",
        "metrics.jsonl", "model.onnx", "recipe.yaml", "result.json",
      ])
    #expect(tiny.names(in: "run/checkpoint") == ["run.json"])
    #expect(try tiny.bytes("run/recipe.yaml") == Array(TinyRun.filters.utf8))
    #expect(try TinyRun.timeless(tiny.result()) == TinyRun.timeless(result))

    // The whole: 6 x 16 + 16, 16 x 12 + 12, 12 x 3 + 3.
    #expect(result.params.before == 355)
    #expect(Double(result.params.after) <= 0.5 * 355)
    #expect(result.target == "params=0.5")
    #expect(result.achieved == Double(result.params.after) / 355)
    #expect(result.macs.before == 96 + 192 + 36)
    #expect(result.seed == 5 && result.recipe == "tiny-filters" && result.command == ["test"])
    #expect(result.data == tiny("spots.npz"))
    let sizes = try ["1-train.onnx", "model.onnx"].map { try tiny.bytes("run/\($0)").count }
    #expect([result.bytes.before, result.bytes.after] == sizes)
    #expect(
      result.tasks.map(\.title) == [
        "train", "prune 1/2", "train", "prune 2/2", "train", "train", "export final",
      ])
    #expect(
      result.tasks.map { $0.accuracy != nil } == [true, false, true, false, true, true, false])
    let accuracy = try #require(result.accuracy)
    #expect(accuracy.before == result.tasks[0].accuracy)
    #expect(accuracy.after == result.tasks[5].accuracy)
    #expect(accuracy.before > 0.9 && accuracy.after > 0.8)
    #expect(result.groups.map(\.name) == ["fc1", "fc2"])
    #expect(result.groups.map(\.size) == [16, 12])
    let network = try ONNXModel(path: tiny("run/model.onnx")).network
    #expect(
      result.groups.map(\.kept)
        == [
          network.initializers["fc1.weight"], network.initializers["fc2.weight"],
        ].map { $0?.tensor.shape[0] })
    #expect(result.layers.map(\.name) == ["fc1", "fc2", "fc3"])
    #expect(result.layers.reduce(0) { $0 + $1.parameters.after } == result.params.after)
    let equivalence = try #require(result.equivalence)
    #expect(equivalence.maxAbsDiff <= 1e-12 * max(1, equivalence.scale))
  }

  @Test func metricsHoldALineForEachEpochAndFiftySteps() throws {
    let tiny = try TinyRun()
    var run = try tiny.run()
    _ = try run.perform()
    // 60 steps an epoch: two epochs, a recovery of one epoch twice, 70 steps.
    let lines = try tiny.metrics()
    #expect(
      lines.map { "\($0.kind) \($0.taskIndex) \($0.step)" } == [
        "step 0 50", "epoch 0 60", "step 0 100", "epoch 0 120", "step 2 50", "epoch 2 60",
        "step 4 50", "epoch 4 60", "step 5 50", "epoch 5 60",
      ])
    #expect(lines.map { $0.testAccuracy != nil }.count { $0 } == 3)
    #expect(lines[3].epoch == 2 && lines[0].epoch == 50.0 / 60)
    #expect(lines.allSatisfy { $0.task == "train" && $0.loss.isFinite && $0.rate > 0 })
    #expect(lines[0].rate > lines[2].rate)
  }

  @Test func theModelSaysWhereItComesFrom() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(seed: 77)
    _ = try run.perform()
    for file in ["model", "1-train", "final"] {
      let model = try ONNXModel(path: tiny("run/\(file).onnx"))
      let provenance = try #require(Provenance(model.network))
      #expect(provenance.seed == 77)
      #expect(provenance.recipe == TinyRun.filters)
      #expect(provenance.version == Version.current)
      #expect(provenance.parent == (try FileBytes.sha256(of: tiny("model-in.onnx"))))
    }
    #expect(try ONNXModel(path: tiny("run/final.onnx")).network.opsets[""] == 21)
  }

  @Test func everyFileIsCheckedInONNXRuntime() throws {
    let tiny = try TinyRun()
    var run = try tiny.run()
    let result = try run.perform()
    guard case .success = ONNXRuntime.shared else {
      #expect(result.verifications.isEmpty)
      return
    }
    #expect(
      result.verifications.map(\.file) == [
        "1-train.onnx", "2-prune.onnx", "3-train.onnx", "final.onnx", "model.onnx",
      ])
    for check in result.verifications { #expect(check.maxAbsDiff <= 1e-5 * max(1, check.scale)) }
  }

  @Test func sameRecipeAndSeedGiveTheSameBytesAndAnotherSeedOthers() throws {
    let tiny = try TinyRun()
    var (a, b) = (try tiny.run(in: "a"), try tiny.run(in: "b"))
    let results = (try a.perform(), try b.perform())
    for file in TinyRun.determined {
      #expect(try tiny.bytes("a/\(file)") == tiny.bytes("b/\(file)"), "\(file)")
    }
    #expect(try TinyRun.timeless(results.0) == TinyRun.timeless(results.1))
    var c = try tiny.run(in: "c", seed: 8)
    _ = try c.perform()
    #expect(try tiny.bytes("a/model.onnx") != tiny.bytes("c/model.onnx"))
  }

  @Test func aBuiltNetworkStartsFromTheSeed() throws {
    let tiny = try TinyRun()
    let source = """
      network: lenet-300-100
      seed: 4
      stages: [{prune: {target: {params: 0.3}}}]
      """
    var run = try tiny.run(source, model: nil, data: nil)
    let result = try run.perform()
    #expect(result.params.before == 266_610)
    #expect(result.accuracy == nil && result.data.isEmpty)
    #expect(tiny.names(in: "run").contains("0-start.onnx"))
    let dense = try ONNXModel(path: tiny("run/0-start.onnx")).network
    let built = try Architectures.named("lenet-300-100").network(seed: 4)
    #expect(
      dense.initializers.mapValues(\.tensor.bytes) == built.initializers.mapValues(\.tensor.bytes))
    #expect(try result.bytes.before == tiny.bytes("run/0-start.onnx").count)
  }

  @Test func aModelExportedBeforePruningIsNotTakenForTheDenseOne() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      """
      stages:
        - export: {name: raw}
        - prune: {target: {params: 0.5}}
      """)
    let result = try run.perform()
    #expect(try result.bytes.before == tiny.bytes("run/0-start.onnx").count)
    #expect(result.bytes.before > result.bytes.after)
  }

  @Test func nothingPrunedMeansBeforeIsAfter() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      "stages: [{train: {epochs: 1, optimizer: {sgd: {rate: 0.05}}}}]")
    let result = try run.perform()
    #expect(result.params.before == result.params.after)
    #expect(result.accuracy?.before == result.accuracy?.after)
    #expect(result.target == nil && result.achieved == nil && result.groups.isEmpty)
  }

  // MARK: single weights

  @Test func sparsityIsExactThroughRecoveryAndExport() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(TinyRun.elements)
    let result = try run.perform()
    // 324 weights, of which 0.8 leave; biases stay.
    let zeros = Int((0.8 * 324).rounded())
    let network = try ONNXModel(path: tiny("run/model.onnx")).network
    let weights = try ["fc1.weight", "fc2.weight", "fc3.weight"].flatMap { name in
      try #require(network.initializers[name]).tensor.values(as: Float.self)
    }
    #expect(weights.count { $0 == 0 } == zeros)
    #expect(network.weightSparsity == Double(zeros) / 324)
    #expect(result.sparsity.after == Double(zeros) / 324 && result.sparsity.before == 0)
    #expect(abs(try #require(result.achieved) - 0.8) < 0.002)
    #expect(result.params.before == result.params.after)
    let biases = try ["fc1.bias", "fc2.bias"].flatMap { name in
      try #require(network.initializers[name]).tensor.values(as: Float.self)
    }
    #expect(biases.contains { $0 != 0 })
    #expect(run.masks.kept.values.joined().count { !$0 } == zeros)
  }

  @Test func eachStepOfAnIterativeScheduleRemovesTheSameFraction() throws {
    let tiny = try TinyRun()
    let watcher = SparsityWatcher(folder: tiny("run"))
    var run = try tiny.run(TinyRun.elements, observer: watcher)
    _ = try run.perform()
    let expected = [1, 2, 3].map { 1 - pow(0.2, Double($0) / 3) }
    #expect(watcher.sparsities.count == 3)
    for (found, wanted) in zip(watcher.sparsities, expected) {
      #expect(abs(found - wanted) <= 0.5 / 324 + 1e-12)
    }
  }

  // MARK: what goes wrong

  @Test func aTaskWithoutDataSaysSo() throws {
    let tiny = try TinyRun()
    let error = #expect(throws: RecipeError.self) { try tiny.run(data: nil) }
    let text = "\(try #require(error))"
    #expect(text.contains("stages[0].train") && text.contains("--data"))
  }

  @Test func aRecipeWithoutNetworkNeedsAModel() throws {
    let tiny = try TinyRun()
    let error = #expect(throws: RecipeError.self) { try tiny.run(model: nil) }
    #expect("\(try #require(error))".contains("--model"))
    #expect(tiny.names(in: "") == ["model-in.onnx", "spots.npz"])
  }

  @Test func whatCannotBeFoundLeavesNoFolder() throws {
    let tiny = try TinyRun()
    #expect(throws: (any Error).self) { try tiny.run(data: "nothing.npz") }
    #expect(throws: (any Error).self) { try tiny.run(model: "nothing.onnx") }
    try FileBytes.write(Array("no model".utf8), to: tiny("broken.onnx"))
    #expect(throws: (any Error).self) { try tiny.run(model: "broken.onnx") }
    #expect(!FileManager.default.fileExists(atPath: tiny("run")))
  }

  @Test func anImpossibleBudgetNamesTheStageAndTheLeast() throws {
    let tiny = try TinyRun()
    let error = #expect(throws: RecipeError.self) {
      try tiny.run("stages: [{prune: {target: {params: 5}}}]")
    }
    let text = "\(try #require(error))"
    #expect(text.contains("stages[0].prune") && text.contains("least"))
    #expect(!FileManager.default.fileExists(atPath: tiny("run/result.json")))
  }

  @Test func trainingThatDivergesIsAnErrorOfItsStage() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      "stages: [{train: {epochs: 3, batch: 8, optimizer: {sgd: {rate: 1e6}}}}]")
    let error = #expect(throws: RecipeError.self) { try run.perform() }
    #expect("\(try #require(error))".contains("stages[0].train"))
  }

  @Test func aFolderThatCannotBeMadeIsAnError() throws {
    let tiny = try TinyRun()
    let error = #expect(throws: RecipeError.self) { try tiny.run(in: "spots.npz/run") }
    guard case .unwritable(let path, let reason) = try #require(error) else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(path.hasPrefix(tiny("spots.npz/")) && reason.contains("Not a directory"), "\(reason)")
  }

  @Test func aFileThatCannotBeWrittenIsAnErrorAndLeavesNoHalfFile() throws {
    let tiny = try TinyRun()
    var run = try tiny.run("stages: [{export: {name: out}}]")
    // Something stands where the file should go, so it can be written but not take its name.
    try FileManager.default.createDirectory(
      atPath: tiny("run/out.onnx/full"), withIntermediateDirectories: true)
    #expect(throws: RecipeError.self) { try run.perform() }
    #expect(
      tiny.names(in: "run") == ["checkpoint", "metrics.jsonl", "out.onnx", "recipe.yaml"])
  }
}

/// What the file of `--model` says beside the network, and what a task has measured already.
@Suite struct RunModelTests {
  private static let recipe = """
    id: kept
    seed: 5
    stages:
      - train: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05}}}
      - prune: {target: {params: 0.5}, recover: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05}}}}
      - export: {name: final}
    """

  /// A model that says more than its network.
  private func described(_ tiny: TinyRun) throws {
    var model = try ONNXModel(path: tiny("model-in.onnx"))
    model.documentation = "three small layers"
    model.domain = "org.example"
    model.modelVersion = 12
    model.producer = ("another tool", "9")
    try model.write(to: tiny("model-in.onnx"))
  }

  @Test func whatTheFileSaysOfTheModelSurvives() throws {
    let tiny = try TinyRun()
    try described(tiny)
    var run = try tiny.run(Self.recipe)
    _ = try run.perform()
    for file in ["1-train", "2-prune", "final", "model"] {
      let model = try ONNXModel(path: tiny("run/\(file).onnx"))
      #expect(model.documentation == "three small layers" && model.domain == "org.example")
      #expect(model.modelVersion == 12 && model.producer == ("another tool", "9"))
      #expect(Provenance(model.network)?.version == Version.current)
    }
  }

  @Test func itSurvivesAnInterruptionToo() throws {
    let tiny = try TinyRun()
    try described(tiny)
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 50)
    var run = try tiny.run(Self.recipe, observer: photographer)
    let whole = try run.perform()
    #expect(photographer.pictures.count > 5)
    for picture in photographer.pictures {
      let folder = String(picture.dropFirst(tiny.path.count + 1))
      var again = try tiny.run(Self.recipe, in: folder, resume: true)
      #expect(try TinyRun.timeless(again.perform()) == TinyRun.timeless(whole))
      for file in ["2-prune.onnx", "final.onnx", "model.onnx"] {
        #expect(try tiny.bytes("\(folder)/\(file)") == tiny.bytes("run/\(file)"), "\(picture)")
      }
    }
  }

  @Test func whatATaskHasMeasuredIsNotMeasuredAgain() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(Self.recipe)
    let result = try run.perform()
    #expect(run.findings.evaluation != nil && run.findings.referenceEvaluation != nil)
    #expect(
      result.loss?.before == result.tasks[0].loss && result.loss?.after == result.tasks[2].loss)
    #expect(result.accuracy?.before == result.tasks[0].accuracy)
    // What is reported is what measuring again gives.
    let test = try DatasetCatalog.source(tiny("spots.npz")).load(.test)
    for (file, loss) in [("1-train", result.loss?.before), ("model", result.loss?.after)] {
      let model = try Model(ONNXModel(path: tiny("run/\(file).onnx")).network)
      #expect(abs(try Evaluation(model, on: test).loss - (loss ?? .nan)) < 1e-6)
    }
  }

  @Test func whatChangesTheNetworkForgetsTheMeasure() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      """
      stages:
        - train: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05}}}
        - prune: {target: {params: 0.3}}
      """)
    let result = try run.perform()
    #expect(run.findings.evaluation == nil && run.findings.referenceEvaluation != nil)
    let test = try DatasetCatalog.source(tiny("spots.npz")).load(.test)
    let model = try Model(ONNXModel(path: tiny("run/model.onnx")).network)
    #expect(try Evaluation(model, on: test).loss == result.loss?.after)
    #expect(result.loss?.before != result.loss?.after)
  }
}

/// Reads the sparsity of the written state after each pruning task.
private final class SparsityWatcher: RunObserver {
  let folder: String
  private(set) var sparsities: [Double] = []

  init(folder: String) { self.folder = folder }

  func taskBegan(_ title: String, index: Int, of count: Int) {
    // The state before this task is the network after the task before it.
    guard title == "train",
      let model = try? ONNXModel(path: "\(folder)/checkpoint/network-\(index).onnx")
    else { return }
    sparsities.append(model.network.weightSparsity)
  }
  func taskEnded(_ task: RunResult.Task) {}
  func noted(_ text: String) {}
  func progressed(_ progress: StepRecord, of total: Int) {}
}
