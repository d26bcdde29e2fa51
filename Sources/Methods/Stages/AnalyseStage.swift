// The stage `analyse`: what is learned of the network as it is, beside what a mark holds.

import Analysis
import Data
import Network
import Pruning
import Training

/// The stage `analyse`: looks at the network and changes nothing.
///
/// ```yaml
/// - analyse: {effective-sparsity: {}}      # one of Analyses with its settings
/// ```
/// An analysis of two networks takes the second from a mark:
///
/// ```yaml
/// - analyse: {mode-connectivity: {with: first, points: 30}}
/// ```
/// What it finds stands under `analyses` in the result, its numbers among the task's measures too.
struct AnalyseStage: Stage {
  static let name = "analyse"
  static let summary =
    "looks at the network and changes nothing: effective sparsity, connectivity, ..."

  let analysis: any Analysis
  let mark: Mark?
  let parts: [String: String]

  init(_ settings: RecipeReader) throws(RecipeError) {
    guard let name = settings.keys.first, settings.keys.count == 1 else {
      throw .value(
        at: settings.place,
        found: settings.keys.isEmpty ? "nothing" : settings.keys.joined(separator: " and "),
        expected: "one analysis of \(Analyses.all.map { $0.name }.joined(separator: ", "))")
    }
    guard let type = Analyses.all.first(where: { $0.name == name }) else {
      throw .value(
        at: settings.place(of: name), found: "the analysis '\(name)'",
        expected: "one of \(Analyses.all.map { $0.name }.joined(separator: ", "))")
    }
    let reader = try settings.mapping(name)
    mark = type.networks.upperBound > 1 ? try reader.mark("with") : nil
    analysis = try reader.configuring(at: settings.place(of: name)) {
      (written) throws(PruningError) in
      var analysis = type.init()
      try analysis.configure(written)
      return analysis
    }
    parts = ["analysis": name]
  }

  var tasks: [any RunTask] { [AnalyseTask(stage: self)] }

  var changesNetwork: Bool { false }

  var marks: [Mark] { mark.map { [$0] } ?? [] }
}

/// Looks at the network.
struct AnalyseTask: RunTask {
  let stage: AnalyseStage

  var title: String { "analyse \(type(of: stage.analysis).name)" }

  func perform(in run: inout Run) throws -> Evaluation? {
    var networks = [run.network]
    if let mark = stage.mark { networks.append(try run.network(at: mark).masked(by: run.masks)) }
    let source = run.data
    let report = try stage.analysis.look(
      at: AnalysisSubject(
        networks, examples: try source.map { try $0.load($0.splitForEvaluation) },
        training: try source.map { try $0.load(.train) }, device: run.device, seed: run.taskSeed))
    for measure in report.measures { run.findings.measures[measure.name] = measure.value }
    for note in report.notes { run.note("\(title): \(note)") }
    run.findings.analyses =
      (run.findings.analyses ?? []) + [
        RunResult.Analysis(
          task: title, analysis: type(of: stage.analysis).name, report: report)
      ]
    return nil
  }
}
