// The end of a run: the final model is written, checked and measured, and the result is put together.

import Analysis
import Data
import Execution
import Network
import ONNX
import Pruning
import Runtimes
import Training

extension Run {
  /// Writes `model.onnx`, checks every file in ONNX Runtime, measures, and says what was found.
  mutating func conclude() throws -> RunResult {
    try export("model")
    let before = findings.before ?? "model.onnx"
    let dense = reference ?? network
    let (denseCost, cost) = (try dense.cost(), try network.cost())
    var result = RunResult(
      recipe: recipe.id, title: recipe.title, about: recipe.about, citations: recipe.citations,
      version: Version.current, seed: seed, network: network.name, data: data?.name ?? "",
      command: command, target: findings.target, achieved: findings.achieved,
      reason: findings.reason, rounding: findings.rounding, accuracy: nil, loss: nil,
      params: .init(before: denseCost.total.parameters, after: cost.total.parameters),
      macs: .init(before: denseCost.total.macs, after: cost.total.macs),
      bytes: .init(
        before: try FileBytes.size(of: folder.path(before)),
        after: try FileBytes.size(of: folder.path("model.onnx"))),
      sparsity: .init(before: dense.weightSparsity, after: network.weightSparsity),
      effectiveSparsity: effectiveSparsity(before: dense),
      parameterSparsity: .init(before: dense.parameterSparsity, after: network.parameterSparsity),
      latency: nil, latencies: [], groups: findings.groups,
      layers: layers(dense, denseCost, cost), barriers: findings.barriers,
      equivalence: findings.equivalence, verifications: [], tasks: findings.tasks,
      analyses: findings.analyses, repairs: findings.repairs, notes: findings.notes)
    if let data {
      // A training task has mostly measured them already.
      let last = try findings.evaluation ?? evaluation(of: network, on: data)
      let first =
        reference == nil
        ? last : try findings.referenceEvaluation ?? evaluation(of: dense, on: data)
      if let a = first.accuracy, let b = last.accuracy {
        result.accuracy = .init(before: a, after: b)
      }
      result.loss = .init(before: first.loss, after: last.loss)
    }
    switch ONNXRuntime.shared {
    case .failure(let error):
      observer.noted("the files were not checked in ONNX Runtime: \(error)")
    case .success(let runtime):
      for file in findings.files {
        result.verifications.append(try verification(of: file, in: runtime))
      }
      if measuresLatency {
        result.latencies = try latencies(before: before, in: runtime)
        result.latency = result.latencies.first.map {
          .init(
            before: $0.before.median, after: $0.after.median, batch: $0.batch, runtime: $0.runtime)
        }
      }
    }
    return result
  }

  /// Sparsity with what cannot change the output, before and after; `nil` where paths cannot be followed.
  private func effectiveSparsity(before dense: Network) -> RunResult.Change<Double>? {
    do throws(AnalysisError) {
      return RunResult.Change(
        before: try EffectiveSparsity.finding(in: dense).total.effectiveSparsity,
        after: try EffectiveSparsity.finding(in: network).total.effectiveSparsity)
    } catch {
      observer.noted("effective sparsity is not known: \(error)")
      return nil
    }
  }

  /// Loss and accuracy of a network on the data set's split for evaluation.
  func evaluation(of network: Network, on data: DatasetSource) throws -> Evaluation {
    let test = try data.load(data.splitForEvaluation)
    let model = try Model(network, device: device, layout: Layout.auto.format(for: network))
    return try Evaluation(model, on: test)
  }

  /// Runs a written file in a runtime, and what it holds in memory, on the same made-up inputs.
  private func verification(
    of file: String, in runtime: ONNXRuntime
  ) throws -> RunResult.Verification {
    let path = folder.path(file)
    let check = try ExportCheck(path, in: runtime)
    guard check.holds else {
      throw RecipeError.file(
        path: path,
        reason: "\(runtime.name) computes something else than the model in memory: the largest "
          + "difference is \(check.maxAbsDiff) of \(check.scale)")
    }
    return RunResult.Verification(
      file: file, runtime: "\(runtime.name) \(runtime.version)", maxAbsDiff: check.maxAbsDiff,
      scale: check.scale)
  }

  private func latencies(
    before: String, in runtime: ONNXRuntime
  ) throws -> [RunResult.Latency] {
    let threads = 1
    var rows: [RunResult.Latency] = []
    for batch in [1, 64] {
      observer.noted("measuring latency, batch \(batch), in \(runtime.name)")
      let files = [before, "model.onnx"]
      let candidates = try files.map { file in
        LatencyCandidate(
          name: file, try runtime.prepare(folder.path(file), batch: batch, threads: threads))
      }
      let measured = try LatencyMeasurement(minimumSeconds: 1).measure(candidates)
      guard measured.count == 2, let ratio = measured[1].ratio(to: measured[0]) else { continue }
      rows.append(
        RunResult.Latency(
          runtime: runtime.name, version: runtime.version, batch: batch, threads: threads,
          before: .init(measured[0].summary), after: .init(measured[1].summary),
          ratio: ratio.median))
    }
    return rows
  }

  /// Each node with parameters, as it was and as it is.
  private func layers(
    _ dense: Network, _ before: NetworkCost, _ after: NetworkCost
  ) -> [RunResult.Layer] {
    var position: [String: Int] = [:]
    for (index, node) in network.nodes.enumerated() { position[node.label] = index }
    return dense.nodes.enumerated().compactMap { index, node in
      guard before.nodes[index].parameters > 0, let now = position[node.label] else { return nil }
      return RunResult.Layer(
        name: node.name.isEmpty ? node.outputs.first ?? node.op : node.name, op: node.op,
        parameters: .init(
          before: before.nodes[index].parameters, after: after.nodes[now].parameters),
        macs: .init(before: before.nodes[index].macs, after: after.nodes[now].macs),
        sparsity: network.sparsity(of: Set(network.nodes[now].inputs)))
    }
  }
}

extension RunResult.Milliseconds {
  /// A summary of seconds, in milliseconds.
  init(_ summary: SampleSummary) {
    median = summary.median * 1e3
    p5 = summary.p5 * 1e3
    p95 = summary.p95 * 1e3
    lower = summary.medianInterval.lower * 1e3
    upper = summary.medianInterval.upper * 1e3
    count = summary.count
  }
}
