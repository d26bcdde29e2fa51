// Folders of runs to report on, made for a test and removed after it.

import Foundation
import Methods
import Testing

@testable import Reporting

/// The contents of a run's folder, to be changed by a test.
struct SampleRun {
  var result: [String: Any]
  var metrics: [[String: Any]]?
  var recipe = "title: sample\nstages:\n  - train: {epochs: 2}\n"

  /// LeNet-5 trained, cut and recovered.
  static var lenet: SampleRun {
    func change(_ before: Any, _ after: Any) -> [String: Any] {
      ["before": before, "after": after]
    }
    func time(_ median: Double) -> [String: Any] {
      [
        "median": median, "p5": median * 0.9, "p95": median * 1.3, "lower": median * 0.98,
        "upper": median * 1.02, "count": 412,
      ]
    }
    func layer(_ name: String, _ parameters: [Int], _ macs: [Int], _ sparsity: Double)
      -> [String: Any]
    {
      [
        "name": name, "op": "Conv", "parameters": change(parameters[0], parameters[1]),
        "macs": change(macs[0], macs[1]), "sparsity": sparsity,
      ]
    }
    func check(_ file: String, _ difference: Double) -> [String: Any] {
      ["file": file, "runtime": "ONNX Runtime 1.22", "maxAbsDiff": difference, "scale": 20.0]
    }
    func task(_ title: String, _ accuracy: Double, _ macs: Int) -> [String: Any] {
      [
        "title": title, "seconds": 71.5, "accuracy": accuracy, "loss": 0.0284, "params": 431_080,
        "macs": macs,
      ]
    }
    return SampleRun(
      result: [
        "recipe": "lenet-filters", "title": "LeNet-5, filters by norm",
        "about": "The smallest filters leave.", "citations": ["Li et al., https://example.org/a."],
        "version": "0.7.3", "seed": 987_654_321, "network": "lenet-5", "data": "mnist",
        "command": ["bonsai", "apply", "my recipe.yaml"], "target": "macs=0.0850",
        "achieved": 0.08257, "accuracy": change(0.9908, 0.9895), "loss": change(0.0284, 0.0331),
        "params": change(431_080, 22_694), "macs": change(2_293_000, 189_344),
        "bytes": change(1_726_131, 92_612), "sparsity": change(0.0, 0.0283),
        "latency": [
          "before": 0.1423, "after": 0.0459, "batch": 1, "runtime": "ONNX Runtime",
        ],
        "latencies": [
          [
            "runtime": "ONNX Runtime", "version": "1.22", "batch": 64, "threads": 3,
            "before": time(6.93), "after": time(1.37), "ratio": 0.1977,
          ]
        ],
        "groups": [["name": "conv1.filters", "size": 20, "kept": 7]],
        "layers": [
          layer("conv1", [520, 182], [288_000, 100_801], 0),
          layer("conv2", [25_050, 2_112], [1_600_000, 134_402], 0.0419),
        ],
        "barriers": [], "equivalence": check("logits", 1.5e-15),
        "verifications": [check("dense.onnx", 4.8e-6), check("model.onnx", 2.9e-6)],
        "tasks": [
          task("train", 0.9908, 2_293_000), task("prune", 0.8123, 189_344),
          task("recover", 0.9895, 189_344),
        ],
      ],
      metrics: lines("train", 0, epochs: 3) + lines("recover", 2, epochs: 2))
  }

  /// Metrics of a task whose loss falls.
  static func lines(_ task: String, _ index: Int, epochs: Int) -> [[String: Any]] {
    (1...(epochs * 10)).flatMap { step -> [[String: Any]] in
      let epoch = Double(step) / 10
      var line: [String: Any] = [
        "kind": "step", "task": task, "taskIndex": index, "epoch": epoch, "step": step,
        "rate": 0.01, "loss": 2.3 / (1 + 20 * epoch), "accuracy": 1 - 0.9 / (1 + 20 * epoch),
      ]
      guard step.isMultiple(of: 10) else { return [line] }
      let first = line
      line["kind"] = "epoch"
      line["testLoss"] = 0.04
      line["testAccuracy"] = 0.985
      return [first, line]
    }
  }

  /// Writes the folder, hands it over, and removes it.
  func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("report-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try JSONSerialization.data(withJSONObject: result)
      .write(to: URL(fileURLWithPath: folder + "/result.json"))
    if let metrics {
      var text = Foundation.Data()
      for line in metrics {
        text += try JSONSerialization.data(withJSONObject: line) + Foundation.Data("\n".utf8)
      }
      try text.write(to: URL(fileURLWithPath: folder + "/metrics.jsonl"))
    }
    try Foundation.Data(recipe.utf8).write(to: URL(fileURLWithPath: folder + "/recipe.yaml"))
    return try body(folder)
  }

  /// The report on this run.
  var report: Report {
    get throws { try withFolder { try Report(runFolder: $0) } }
  }
}
