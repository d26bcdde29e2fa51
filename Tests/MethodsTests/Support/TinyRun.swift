// A run that takes a moment: a small model, a small data set, and recipes for them, in a folder.

import Data
import Foundation
import Network
import ONNX
import Testing
import Training

@testable import Methods

/// A folder with a small model and a small data set; removed with the last reference to it.
final class TinyRun {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bonsai-methods-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
    try ONNXModel(Self.network()).write(to: self("model-in.onnx"))
    try Self.writeData(to: self("spots.npz"))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Three linear layers, 6 to 3.
  static func network(seed: UInt64 = 3) throws -> Network {
    var b = NetworkBuilder("tiny", input: ["batch", 6], seed: seed)
    var x = try b.relu(b.linear("fc1", b.input, 16))
    x = try b.relu(b.linear("fc2", x, 12))
    return try b.finish(b.linear("fc3", x, 3))
  }

  /// Points around three centres: 480 to train on, 120 to test on.
  static func writeData(to path: String, seed: UInt64 = 9) throws {
    var random = RandomState(seed: seed)
    func points(_ count: Int) throws -> (NDArray, NDArray) {
      var (values, labels): ([Float], [Int64]) = ([], [])
      for index in 0..<count {
        let label = index % 3
        for axis in 0..<6 {
          values.append(Float((axis % 3 == label ? 1 : 0) + random.uniform() * 1.2 - 0.6))
        }
        labels.append(Int64(label))
      }
      return (try NDArray(values, shape: [count, 6]), try NDArray(labels, shape: [count]))
    }
    let (train, test) = (try points(480), try points(120))
    try NPZ.write(
      ["x_train": train.0, "y_train": train.1, "x_test": test.0, "y_test": test.1], to: path)
  }

  /// Trains, cuts in two steps with recovery, learns from the dense network, and exports.
  static let filters = """
    id: tiny-filters
    title: A tiny network
    seed: 5
    stages:
      - train:
          epochs: 2
          batch: 8
          optimizer: {sgd: {rate: 0.05, momentum: 0.9}}
          schedule: cosine
      - prune:
          target: {params: 0.5}
          schedule: {iterative: {steps: 2}}
          recover: {epochs: 1, batch: 8, optimizer: {adam: {rate: 0.002}}, evaluate: false}
      - train:
          steps: 70
          batch: 8
          loss: {distillation: {temperature: 2, alpha: 0.5}}
          optimizer: {rmsprop: {rate: 0.001}}
      - export: {name: final, opset: 21}
    """

  /// Masks single weights in three steps with recovery.
  static let elements = """
    id: tiny-elements
    seed: 6
    stages:
      - prune:
          granularity: element
          criterion: l1
          target: {sparsity: 0.8}
          schedule: {iterative: {steps: 3}}
          recover:
            epochs: 1
            batch: 16
            optimizer: {sgd: {rate: 0.05, momentum: 0.9, weight-decay: 1e-3}}
    """

  /// A run of a recipe on the folder's model and data.
  func run(
    _ source: String = TinyRun.filters, in folder: String = "run", model: String? = "model-in.onnx",
    data: String? = "spots.npz", seed: UInt64? = nil, resume: Bool = false,
    observer: any RunObserver = SilentRunObserver()
  ) throws -> Run {
    var run = try Run(
      Recipe(parsing: source, file: "tiny.yaml"), in: self(folder),
      model: model.map(callAsFunction),
      data: data.map(callAsFunction), seed: seed, resume: resume, command: ["test"],
      observer: observer)
    run.measuresLatency = false
    return run
  }

  /// The bytes of a file in the folder.
  func bytes(_ file: String) throws -> [UInt8] { try FileBytes.read(self(file)) }

  /// The names in a folder, hidden ones too, sorted.
  func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: self(folder))) ?? []).sorted()
  }

  /// Every file a finished run leaves whose bytes are determined by recipe and seed.
  static let determined = [
    "recipe.yaml", "1-train.onnx", "2-prune.onnx", "3-train.onnx", "final.onnx", "model.onnx",
    "metrics.jsonl", "checkpoint/run.json",
  ]

  /// What a result says, without what the clock decides.
  static func timeless(_ result: RunResult) throws -> [UInt8] {
    var result = result
    for index in result.tasks.indices { result.tasks[index].seconds = 0 }
    return [UInt8](try JSONEncoder.ofRuns(pretty: true).encode(result))
  }

  /// The result in a run's folder.
  func result(in folder: String = "run") throws -> RunResult {
    try JSONDecoder.ofRuns.decode(
      RunResult.self, from: Foundation.Data(try bytes("\(folder)/result.json")))
  }

  /// The lines of a run's metrics.
  func metrics(in folder: String = "run") throws -> [MetricsLine] {
    try bytes("\(folder)/metrics.jsonl").split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder.ofRuns.decode(MetricsLine.self, from: Foundation.Data($0))
    }
  }
}

/// Keeps what a run notes.
final class Notes: RunObserver {
  var lines: [String] = []
  func taskBegan(_ title: String, index: Int, of count: Int) {}
  func progressed(_ progress: StepRecord, of total: Int) {}
  func noted(_ text: String) { lines.append(text) }
  func taskEnded(_ task: RunResult.Task) {}
}

/// Copies a run's folder at chosen moments: what a kill at that moment would have left.
final class Photographer: RunObserver {
  let folder: String
  let album: String
  /// Training steps between pictures.
  let interval: Int
  private var steps = 0
  private(set) var pictures: [String] = []

  init(of folder: String, into album: String, everySteps interval: Int) throws {
    self.folder = folder
    self.album = album
    self.interval = interval
    try FileManager.default.createDirectory(atPath: album, withIntermediateDirectories: true)
  }

  private func take(_ moment: String) {
    let picture = "\(album)/\(pictures.count)-\(moment)"
    do {
      try FileManager.default.copyItem(atPath: folder, toPath: picture)
      pictures.append(picture)
    } catch { Issue.record("no picture: \(error)") }
  }

  func taskBegan(_ title: String, index: Int, of count: Int) { take("began-\(index)") }
  func taskEnded(_ task: RunResult.Task) { take("ended") }
  func noted(_ text: String) {}
  func progressed(_ progress: StepRecord, of total: Int) {
    steps += 1
    if steps % interval == 0 { take("step-\(steps)") }
  }
}
