// The stage `gate`: factors of channels that the network works out itself, example by example.

import Network
import Pruning
import Training

/// The stage `gate`.
///
/// ```yaml
/// - gate: {feature-boosting: {density: 0.5}, layers: ["conv*"]}
/// ```
/// The stage `train` behind it trains the gates with the network.
struct GateStage: Stage {
  static let name = "gate"
  static let summary = "gates on channels, worked out for each example by the network itself"

  let gate: any Gate
  let layers: [String]
  let parts: [String: String]

  init(_ settings: RecipeReader) throws(RecipeError) {
    layers = try settings.strings("layers", default: ["*"])
    let isWritten = settings.keys.contains(FeatureBoosting.name)
    let reader = try settings.mapping(FeatureBoosting.name)
    let density = try reader.double("density", default: 0.5, in: 0...1)
    try reader.finish()
    guard isWritten else {
      throw settings.missing(
        FeatureBoosting.name,
        "a gate with its settings: " + Gates.all.map { $0.name }.joined(separator: ", "))
    }
    do throws(PruningError) { gate = try FeatureBoosting(density: density) } catch {
      throw .combination(at: settings.place(of: FeatureBoosting.name), reason: "\(error)")
    }
    parts = ["gate": FeatureBoosting.name]
  }

  func rehearse(_ rehearsal: Rehearsal) throws {
    _ = try gate.inserted(into: rehearsal.network, layers: layers, seed: rehearsal.seed)
  }

  var tasks: [any RunTask] { [GateTask(stage: self)] }
}

/// Puts the gates into the network.
struct GateTask: RunTask {
  let stage: GateStage

  var title: String { "gate" }

  func perform(in run: inout Run) throws -> Evaluation? {
    _ = try run.beginPruning()
    run.network = try stage.gate.inserted(
      into: run.network, layers: stage.layers, seed: run.taskSeed)
    // The file computes all channels; a runtime that skips those that are zero computes these.
    let macs = try GatedCost.macs(of: run.network)
    run.findings.measures["MACs with skipped channels"] = Double(macs.skipping)
    run.findings.measures["MACs of all channels"] = Double(macs.dense)
    return nil
  }
}
