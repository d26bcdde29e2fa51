// The folder of a run: its files, its saved state, and the promise that nothing is ever half there.

import Data
import Foundation
import Network
import ONNX
import Pruning

/// The folder of a run.
///
/// One process at a time works in it: it holds the lock `checkpoint/lock`, which goes with it however it
/// ends. Every file but `metrics.jsonl` appears whole or not at all. `checkpoint/run.json` says which run
/// the folder belongs to, `checkpoint/state.json` which of its tasks are done, and `result.json`,
/// written last, that all of them are. `round-to.json` is there where a step was measured.
public struct RunFolder: Sendable {
  /// The folder's path.
  public let path: String
  /// How training goes, line by line.
  let metrics: MetricsFile

  private static let identityFile = "checkpoint/run.json"
  private static let stateFile = "checkpoint/state.json"
  private static let resultFile = "result.json"
  private static let stepFile = "round-to.json"
  private static let lockFile = "checkpoint/lock"

  /// What is saved between tasks: all that is needed to go on.
  struct State: Codable {
    /// The task to do next.
    var next: Int
    /// The file with the network as it is.
    var network: String
    /// The file with the network as it was before pruning.
    var reference: String?
    var masks: ElementMasks
    /// The files with the networks that are kept under marks, by the marks' names.
    var marks: [String: String]
    var findings: Findings
  }

  /// What a folder holds of a run, for who only looks; what is damaged counts as absent.
  struct Stored {
    let identity: RunIdentity?
    let result: RunResult?

    init(_ folder: String) {
      func read<Value: Decodable>(_ file: String) -> Value? {
        FileManager.default.contents(atPath: "\(folder)/\(file)").flatMap {
          try? JSONDecoder.ofRuns.decode(Value.self, from: $0)
        }
      }
      identity = read(RunFolder.identityFile)
      result = read(RunFolder.resultFile)
    }
  }

  /// Looks at a folder, which need not exist yet, without changing anything.
  ///
  /// - Throws: ``RecipeError/runFolder(path:reason:)`` where it holds a run and `resume` is false, or
  ///   where it holds another run.
  init(_ path: String, of run: RunIdentity, resume: Bool) throws(RecipeError) {
    self.path = path
    metrics = MetricsFile(path: "\(path)/metrics.jsonl")
    let begun: RunIdentity? = try read(Self.identityFile)
    guard let begun else {
      guard !exists(Self.resultFile) else {
        throw .runFolder(
          path: path, reason: "it holds the result of another run; choose another --run")
      }
      return
    }
    guard resume else {
      throw .runFolder(
        path: path, reason: "it holds a run already; go on with --resume, or choose another --run")
    }
    if let reason = run.refusal(of: begun) { throw .runFolder(path: path, reason: reason) }
  }

  /// The lock of a folder that holds a run, or `nil` where there is none.
  ///
  /// - Throws: ``RecipeError/runFolder(path:reason:)`` while another process is at work there.
  static func lock(_ path: String) throws(RecipeError) -> FileLock? {
    var isFolder: ObjCBool = false
    let folder = "\(path)/checkpoint"
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
    else { return nil }
    do throws(DataError) { return try FileLock("\(path)/\(lockFile)") } catch {
      switch error {
      case .locked(_, let process):
        throw .runFolder(
          path: path,
          reason:
            "\(process.map { "process \($0)" } ?? "another process") carries out a run in it; "
            + "wait for it or end it, or choose another --run")
      case .unwritable(let path, let reason): throw .unwritable(path: path, reason: reason)
      default: throw .unwritable(path: path, reason: "\(error)")
      }
    }
  }

  /// Makes the folder belong to a run that begins; does nothing where it has begun.
  ///
  /// - Parameter lock: the folder's lock; `nil` where there was no run to lock.
  /// - Returns: the folder's lock.
  func begin(_ run: RunIdentity, holding lock: FileLock?) throws(RecipeError) -> FileLock? {
    if lock != nil, exists(Self.identityFile) { return lock }
    try makeFolder(path("checkpoint"))
    var lock = lock
    if lock == nil { lock = try Self.lock(path) }
    guard !exists(Self.identityFile) else {
      throw .runFolder(path: path, reason: "another process has just begun a run in it")
    }
    // What another run may have measured here is not this one's.
    if exists(Self.stepFile) { try remove(Self.stepFile) }
    try write(Array(run.recipe.utf8), to: "recipe.yaml")
    try write([], to: "metrics.jsonl")
    try writeJSON(run, to: Self.identityFile)
    return lock
  }

  /// The path of `file` in the folder.
  public func path(_ file: String) -> String { "\(path)/\(file)" }

  private func exists(_ file: String) -> Bool {
    FileManager.default.fileExists(atPath: path(file))
  }

  // MARK: what was measured

  /// The step of channel counts that was measured for this run; `nil` where none was yet.
  func recordedStep() throws(RecipeError) -> MeasuredStep? { try read(Self.stepFile) }

  /// Keeps the step that was measured.
  func record(_ step: MeasuredStep) throws(RecipeError) { try writeJSON(step, to: Self.stepFile) }

  // MARK: state

  /// What was saved after the last task that is done; `nil` where none is.
  func savedState() throws(RecipeError) -> State? { try read(Self.stateFile) }

  /// What the run found out, where it is finished.
  func finishedResult() throws(RecipeError) -> RunResult? { try read(Self.resultFile) }

  /// Saves where the run stands: first the networks under names of their own, then, in one step, the
  /// state that names them.
  func save(
    _ state: State, model: ONNXModel, reference: Network?, marks: [String: MarkedNetwork]
  ) throws {
    try model.write(to: path(state.network))
    if let reference, let file = state.reference, !exists(file) {
      try ONNXModel(reference).write(to: path(file))
    }
    for (_, mark) in marks where !exists(mark.file) {
      try ONNXModel(mark.network).write(to: path(mark.file))
    }
    try writeJSON(state, to: Self.stateFile)
    try clearCheckpoint(
      keeping: [state.network, state.reference].compactMap(\.self) + state.marks.values)
  }

  /// Says that the run is done, and forgets what was only needed to go on.
  func finish(_ result: RunResult) throws(RecipeError) {
    try writeJSON(result, to: Self.resultFile)
    try clearFinished()
  }

  /// Forgets what a finished run does not need.
  func clearFinished() throws(RecipeError) {
    if exists(Self.stateFile) { try remove(Self.stateFile) }
    try clearCheckpoint(keeping: [])
  }

  /// Removes what no state names any more.
  private func clearCheckpoint(keeping files: [String]) throws(RecipeError) {
    let needed = Set(files + [Self.identityFile, Self.stateFile, Self.lockFile])
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path("checkpoint"))) ?? []
    for name in names where !needed.contains("checkpoint/\(name)") {
      try remove("checkpoint/\(name)")
    }
  }

  private func remove(_ file: String) throws(RecipeError) {
    do { try FileManager.default.removeItem(atPath: path(file)) } catch {
      throw .unwritable(path: path(file), reason: "it cannot be removed")
    }
  }

  // MARK: reading and writing

  private func read<Value: Decodable>(_ file: String) throws(RecipeError) -> Value? {
    guard let bytes = FileManager.default.contents(atPath: path(file)) else { return nil }
    do { return try JSONDecoder.ofRuns.decode(Value.self, from: bytes) } catch {
      throw .runFolder(path: path, reason: "\(file) is damaged; start a new run in another folder")
    }
  }

  private func writeJSON(_ value: some Encodable, to file: String) throws(RecipeError) {
    let bytes: Foundation.Data
    do { bytes = try JSONEncoder.ofRuns(pretty: true).encode(value) } catch {
      throw .unwritable(path: path(file), reason: "\(error)")
    }
    try write([UInt8](bytes), to: file)
  }

  private func write(_ bytes: [UInt8], to file: String) throws(RecipeError) {
    do throws(DataError) { try FileBytes.write(bytes, to: path(file)) } catch {
      guard case .unwritable(let path, let reason) = error else {
        throw .unwritable(path: path(file), reason: "\(error)")
      }
      throw .unwritable(path: path, reason: reason)
    }
  }

  /// Makes a folder and those above it.
  private func makeFolder(_ folder: String) throws(RecipeError) {
    var parent = (folder as NSString).deletingLastPathComponent
    if parent.isEmpty { parent = "." }
    if access(parent, F_OK) != 0 { try makeFolder(parent) }
    if mkdir(folder, 0o777) == 0 { return }
    let reason = errno
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue {
      return
    }
    throw .unwritable(path: folder, reason: String(cString: strerror(reason)))
  }
}

extension JSONEncoder {
  /// The form of JSON in a run's folder: sorted keys, and numbers that are none as words.
  static func ofRuns(pretty: Bool) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = pretty ? [.sortedKeys, .prettyPrinted] : [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}

extension JSONDecoder {
  /// Reads what ``JSONEncoder/ofRuns(pretty:)`` wrote.
  static var ofRuns: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
