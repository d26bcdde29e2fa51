// Granularities in recipes: settings, wrong ones said with line and key, masks that hold; other choices compared.

import Foundation
import Network
import ONNX
import Pruning
import Testing
import Training

@testable import Methods

@Suite struct GranularityStageTests {
  private func error(_ lines: String) -> String {
    do throws(RecipeError) {
      _ = try Recipe(parsing: "stages:\n  - prune:\n" + lines, file: "r.yaml")
      return ""
    } catch { return "\(error)" }
  }

  @Test(arguments: [
    ("      granularity: {n-of-m: {keep: 2, of: 4}}\n      target: {sparsity: 0.5}", ""),
    ("      granularity: stripe\n      target: {threshold: 0}", ""),
    ("      granularity: {block: {rows: 2, pooling: max}}\n      target: {sparsity: 0.5}", ""),
    (
      "      granularity: {n-of-m: {keep: 4, of: 4}}\n      target: {sparsity: 0.5}",
      "r.yaml:3: stages[0].prune.granularity.n-of-m.keep: '4' was found"
    ),
    (
      "      granularity: {pattern: {places: 4}}\n      target: {sparsity: 0.5}",
      "'places' is not known here; known: keep, patterns"
    ),
    (
      "      granularity: stripes\n      target: {sparsity: 0.5}",
      "r.yaml:3: stages[0].prune.granularity: there is no granularity 'stripes'; did you mean 'stripe'? known: filter, element"
    ),
    (
      "      granularity: kernel\n      target: {macs: 0.5}",
      "r.yaml:4: stages[0].prune.target: single weights"
    ),
    (
      "      granularity: kernel\n      target: {sparsity: 0.5}\n      selection: greedy",
      "greedy chooses channels"
    ),
    (
      "      granularity: kernel\n      target: {sparsity: 0.5}\n      compare: random",
      "use granularity: filter"
    ),
    ("      target: {macs: 0.5}\n      compare: [random, worst]", "no criterion 'worst'"),
    ("      target: {macs: 0.5}\n      criterion: {l1: {coupled: some}}", "all, shortcut"),
  ])
  func settingsAreReadAndWrongOnesSaidWithLineAndKey(lines: String, expected: String) {
    let found = error(lines)
    #expect(expected.isEmpty ? found.isEmpty : found.contains(expected), "\(found)")
  }

  @Test func aTrainingThatCutsIsRefused() {
    let text = """
      stages:
        - train:
            epochs: 1
            optimizer: {sgd: {rate: 0.1}}
            gradual-pruning: {granularity: filter, sparsity: 0.5}
      """
    let error = #expect(throws: RecipeError.self) { try Recipe(parsing: text, file: "r.yaml") }
    #expect(error.map { "\($0)" }?.contains("r.yaml:5") == true)
  }

  /// Single weights, then two of four of what is left, then a training: the masks hold.
  @Test func twoOfFourHoldsThroughTraining() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      """
      id: tiny
      stages:
        - prune: {granularity: element, criterion: l1, target: {sparsity: 0.3}}
        - prune: {granularity: n-of-m, criterion: l1, target: {sparsity: 0.7}}
        - train: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05, momentum: 0.9}}}
      """)
    let result = try run.perform()
    let network = run.network
    for (name, outputs, inputs) in [("fc1", 16, 6), ("fc2", 12, 16), ("fc3", 3, 12)] {
      let weight = try #require(network.initializers["\(name).weight"]).tensor
        .values(as: Float.self)
      for output in 0..<outputs {
        for first in stride(from: 0, to: inputs, by: 4) {
          let group = weight[
            output * inputs + first..<output * inputs + min(inputs, first + 4)]
          #expect(group.count { $0 != 0 } <= 2)
        }
      }
    }
    // 0.7 is more than two of four leaves; what was removed before counts.
    let least = Double(16 * 2 + 12 * 8 + 3 * 6) / Double(96 + 192 + 36)
    #expect(result.sparsity.after > least && result.sparsity.after < 0.7)
    #expect(result.reason?.contains("granularity") == true)
  }

  /// Filters leave of a masked network; the masks of what stays hold on.
  @Test func masksOutliveACut() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      """
      id: tiny
      stages:
        - prune: {granularity: element, criterion: l1, target: {sparsity: 0.6}}
        - prune: {granularity: filter, criterion: l2, target: {params: 0.5}}
        - train: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05, momentum: 0.9}}}
        - prune: {granularity: element, criterion: l1, target: {sparsity: 0.8}}
      """)
    let result = try run.perform()
    #expect(result.params.after <= result.params.before / 2)
    let sparsities = result.tasks.compactMap(\.sparsity)
    #expect(abs(sparsities[1] - sparsities[2]) < 1e-9, "training brought something back")
    #expect(sparsities[1] > 0.3 && abs(sparsities[3] - 0.8) < 0.02)
  }

  @Test func otherChoicesOfAsManyUnitsAreMeasured() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      """
      id: tiny
      stages:
        - train: {epochs: 4, batch: 8, optimizer: {sgd: {rate: 0.05, momentum: 0.9}}}
        - prune:
            criterion: l1
            allocation: uniform
            target: {params: 0.45}
            selection: greedy
            evaluate: true
            compare: [random, inverse]
      """)
    let measures = try #require(try run.perform().tasks.last?.measures)
    let own = try #require(measures["test error"])
    let inverse = try #require(measures["test error by inverse"])
    #expect(measures["test error by random"] != nil)
    #expect(own <= inverse, "the smallest filters cost \(own), the largest \(inverse)")
  }

  /// A stage whose target is met already says that nothing leaves; one that cannot meet it says that instead.
  @Test(arguments: [
    ("granularity: element, target: {sparsity: 0}", true),
    ("target: {params: 1}", true),
    ("granularity: {n-of-m: {keep: 3, of: 4}}, target: {sparsity: 0}", true),
    ("target: {threshold: 1000}, floor: 1000", false),
    ("granularity: element, target: {sparsity: 0.5}", false),
  ])
  func aStageThatChangesNothingSaysSo(stage: String, isNothing: Bool) throws {
    let (tiny, notes) = (try TinyRun(), Notes())
    var run = try tiny.run("stages:\n  - prune: {criterion: l1, \(stage)}", observer: notes)
    _ = try run.perform()
    let said = notes.lines.contains { $0.contains("is there already") }
    #expect(said == isNothing, "\(notes.lines)")
  }

  /// Less than is gone already: nothing leaves, and the run says so.
  @Test func lessThanIsGoneSaysSo() throws {
    let (tiny, notes) = (try TinyRun(), Notes())
    var run = try tiny.run(
      """
      stages:
        - prune: {granularity: element, criterion: l1, target: {sparsity: 0.8}}
        - prune: {granularity: element, criterion: l1, target: {sparsity: 0.5}}
      """, observer: notes)
    let result = try run.perform()
    #expect(result.reason?.contains("was there before") == true)
    #expect(notes.lines.contains { $0.contains("nothing leaves") }, "\(notes.lines)")
  }

  /// A file does not say that its zeros should stay: a training says that it changes them, and a stage
  /// that takes what is zero away holds them.
  @Test func zerosOfAFileAreHeldWhereAStageSaysSo() throws {
    let (tiny, notes) = (try TinyRun(), Notes())
    var network = try TinyRun.network()
    network.initializers["fc2.weight"]?.tensor = try TensorData(
      (0..<192).map { $0 % 2 == 0 ? 0 : Float($0) / 400 }, shape: [12, 16])
    try ONNXModel(network).write(to: tiny("sparse.onnx"))
    let train = "- train: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05}}}"
    var loose = try tiny.run(
      "stages:\n  \(train)", in: "loose", model: "sparse.onnx", observer: notes)
    #expect(try loose.perform().sparsity.after < 0.01)
    #expect(notes.lines.contains { $0.contains("training changes them") }, "\(notes.lines)")
    notes.lines = []
    var held = try tiny.run(
      """
      stages:
        - prune: {granularity: element, criterion: l1, target: {threshold: 0}}
        \(train)
      """, in: "held", model: "sparse.onnx", observer: notes)
    #expect(abs(try held.perform().sparsity.after - 96.0 / 324) < 1e-6)
    #expect(!notes.lines.contains { $0.contains("training changes them") })
  }

  /// A unit without weights sends its bias on: what leaves with it is said, and only then.
  @Test(arguments: [Float(0), 2]) func aBiasThatIsLostIsSaid(bias: Float) throws {
    let (tiny, notes) = (try TinyRun(), Notes())
    var network = try TinyRun.network()
    var weight = try #require(network.initializers["fc2.weight"]).tensor.values(as: Float.self)
    for index in 0..<16 { weight[index] = 0 }
    network.initializers["fc2.weight"]?.tensor = try TensorData(weight, shape: [12, 16])
    var biases = try #require(network.initializers["fc2.bias"]).tensor.values(as: Float.self)
    biases[0] = bias
    network.initializers["fc2.bias"]?.tensor = try TensorData(biases, shape: [12])
    try ONNXModel(network).write(to: tiny("dead.onnx"))
    var run = try tiny.run(
      "stages: [{prune: {criterion: l2, target: {threshold: 0}}}]", model: "dead.onnx",
      observer: notes)
    #expect(try run.perform().groups.contains { $0.name == "fc2" && $0.kept == 11 })
    #expect(notes.lines.contains { $0.contains("such as a bias") } == (bias != 0), "\(notes.lines)")
  }
}
