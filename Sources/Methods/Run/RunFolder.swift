// The folder of a run: its files, its saved state, and the promise that nothing is ever half there.

import Data
import Foundation
import Network
import ONNX

/// The folder of a run.
public struct RunFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// What is saved between tasks: all that is needed to go on.
  struct State: Codable {
    var next: Int
    var network: String
    var reference: String?
    var masks: [String: [Bool]]
    var metricsBytes: Int
    var findings: Run.Findings
  }

  /// What a folder says of the run it belongs to.
  private struct Identity: Codable, Equatable {
    var recipe: String
    var seed: UInt64
    var version: String
  }

  init(_ path: String, recipe: Recipe, seed: UInt64, resume: Bool) throws(RecipeError) {
    self.path = path
    let identity = Identity(recipe: recipe.source, seed: seed, version: Version.current)
    let manager = FileManager.default
    let file = "\(path)/checkpoint/run.json"
    if manager.fileExists(atPath: file) || manager.fileExists(atPath: "\(path)/result.json") {
      guard resume else {
        throw .runFolder(
          path: path, reason: "it holds a run already; go on with --resume, or choose another --run"
        )
      }
    }
    do {
      try manager.createDirectory(
        atPath: "\(path)/checkpoint", withIntermediateDirectories: true)
    } catch {
      throw .runFolder(path: path, reason: error.localizedDescription)
    }
    if let bytes = manager.contents(atPath: file) {
      guard let found = try? JSONDecoder().decode(Identity.self, from: bytes) else {
        throw .runFolder(path: path, reason: "checkpoint/run.json is damaged; start a new run")
      }
      guard found == identity else {
        throw .runFolder(
          path: path,
          reason: found.seed != seed
            ? "it was begun with seed \(found.seed), not \(seed)"
            : found.version != identity.version
              ? "it was begun with Bonsai \(found.version), this is \(identity.version)"
              : "it was begun with another recipe")
      }
    } else {
      try writeJSON(identity, to: "checkpoint/run.json")
    }
    try write(Array(recipe.source.utf8), to: "recipe.yaml")
  }

  /// The path of `file` in the folder.
  public func path(_ file: String) -> String { "\(path)/\(file)" }

  // MARK: state

  func savedState() throws(RecipeError) -> State? {
    guard let bytes = FileManager.default.contents(atPath: path("checkpoint/state.json")) else {
      return nil
    }
    do { return try JSONDecoder().decode(State.self, from: bytes) } catch {
      throw .runFolder(path: path, reason: "checkpoint/state.json is damaged; start a new run")
    }
  }

  func save(_ state: State, network: Network, reference: Network?) throws {
    try ONNXModel(network).write(to: path(state.network))
    if let reference, let file = state.reference,
      !FileManager.default.fileExists(atPath: path(file))
    {
      try ONNXModel(reference).write(to: path(file))
    }
    try writeJSON(state, to: "checkpoint/state.json")
    // What the new state does not name is not needed any more.
    let needed = Set(
      ["checkpoint/run.json", "checkpoint/state.json", state.network, state.reference].compactMap {
        $0
      })
    for file in try FileManager.default.contentsOfDirectory(atPath: path("checkpoint"))
    where !needed.contains("checkpoint/\(file)") {
      try FileManager.default.removeItem(atPath: path("checkpoint/\(file)"))
    }
  }

  /// Forgets what was only needed to go on; the folder then says that the run is done.
  func clearCheckpoint() throws {
    for file in try FileManager.default.contentsOfDirectory(atPath: path("checkpoint"))
    where file != "run.json" && file != "state.json" && !file.hasPrefix("network-")
      && file != "reference.onnx"
    {
      try FileManager.default.removeItem(atPath: path("checkpoint/\(file)"))
    }
  }

  // MARK: metrics

  func metricsBytes() throws(RecipeError) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path("metrics.jsonl"))
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  func truncateMetrics(to count: Int) throws(RecipeError) {
    do {
      if !FileManager.default.fileExists(atPath: path("metrics.jsonl")) {
        try write([], to: "metrics.jsonl")
      }
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: path("metrics.jsonl")))
      defer { try? file.close() }
      try file.truncate(atOffset: UInt64(count))
    } catch {
      throw .file(path: path("metrics.jsonl"), reason: "\(error)")
    }
  }

  /// Drops the lines that `isKept` does not want, and a last one that was cut off.
  func keepMetrics(_ isKept: (MetricsLine) -> Bool) throws(RecipeError) {
    let text = FileManager.default.contents(atPath: path("metrics.jsonl")) ?? Foundation.Data()
    var kept: [UInt8] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let metrics = try? JSONDecoder().decode(MetricsLine.self, from: line) else { continue }
      if isKept(metrics) { kept += line + [UInt8(ascii: "\n")] }
    }
    try write(kept, to: "metrics.jsonl")
  }

  func append(_ line: MetricsLine) throws(RecipeError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path("metrics.jsonl")))
      defer { try? file.close() }
      try file.seekToEnd()
      try file.write(contentsOf: try encoder.encode(line) + [UInt8(ascii: "\n")])
    } catch {
      throw .file(path: path("metrics.jsonl"), reason: "\(error)")
    }
  }

  // MARK: writing

  func writeJSON(_ value: some Encodable, to file: String) throws(RecipeError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do { try write([UInt8](try encoder.encode(value)), to: file) } catch let error as RecipeError {
      throw error
    } catch {
      throw .file(path: path(file), reason: "\(error)")
    }
  }

  func write(_ bytes: [UInt8], to file: String) throws(RecipeError) {
    do throws(DataError) { try FileBytes.write(bytes, to: path(file)) } catch {
      throw .file(path: path(file), reason: "\(error)")
    }
  }
}
