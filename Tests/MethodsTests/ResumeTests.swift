// Runs that are killed at any moment and taken up again end in the same bytes.

import Data
import Foundation
import ONNX
import Testing
import Training

@testable import Methods

@Suite struct ResumeTests {
  /// Resumes every picture of a run's folder, and demands what the run itself left.
  private func resumeAll(
    _ tiny: TinyRun, _ source: String, pictures: [String], expected: RunResult,
    files: [String]
  ) throws {
    for picture in pictures {
      let name = String(picture.dropFirst(tiny.path.count + 1))
      var run = try tiny.run(source, in: name, resume: true)
      let result = try run.perform()
      for file in files {
        #expect(
          try tiny.bytes("\(name)/\(file)") == tiny.bytes("run/\(file)"), "\(name): \(file)")
      }
      #expect(try TinyRun.timeless(result) == TinyRun.timeless(expected), "\(name)")
      #expect(tiny.names(in: name) == tiny.names(in: "run"), "\(name)")
      #expect(tiny.names(in: "\(name)/checkpoint") == ["run.json"], "\(name)")
    }
  }

  /// Pictures at every border of tasks, and inside training between checkpoints of each epoch.
  @Test func aKillAtAnyMomentChangesNothing() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 53)
    var run = try tiny.run(observer: photographer)
    let result = try run.perform()
    // 7 tasks begin and end; 310 steps.
    #expect(photographer.pictures.count == 14 + 310 / 53)
    try resumeAll(
      tiny, TinyRun.filters, pictures: photographer.pictures, expected: result,
      files: TinyRun.determined)
  }

  /// The same where every step is saved, so that most metrics lines outlive the kill.
  @Test func aKillRightAfterACheckpointChangesNothing() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 101)
    var run = try tiny.run(observer: photographer)
    run.checkpointSeconds = 0
    let result = try run.perform()
    try resumeAll(
      tiny, TinyRun.filters, pictures: photographer.pictures.filter { $0.contains("step") },
      expected: result, files: TinyRun.determined)
  }

  @Test func masksOutliveAKill() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 17)
    var run = try tiny.run(TinyRun.elements, observer: photographer)
    let result = try run.perform()
    try resumeAll(
      tiny, TinyRun.elements, pictures: photographer.pictures, expected: result,
      files: ["0-start.onnx", "1-prune.onnx", "model.onnx", "metrics.jsonl"])
  }

  /// A kill between saving a state and clearing what it no longer needs.
  @Test func leftoversOfAnEarlierTaskAreNotTakenForThisOnes() throws {
    let tiny = try TinyRun()
    let photographer = try Photographer(of: tiny("run"), into: tiny("album"), everySteps: 1000)
    var run = try tiny.run(observer: photographer)
    let result = try run.perform()
    let pictures = photographer.pictures
    let recovery = try #require(pictures.first { $0.hasSuffix("began-4") })
    let manager = FileManager.default
    for picture in pictures where picture.hasSuffix("ended") {
      for name in try manager.contentsOfDirectory(atPath: "\(picture)/checkpoint")
      where ["training-0", "training-2"].contains(name) {
        try? manager.copyItem(
          atPath: "\(picture)/checkpoint/\(name)", toPath: "\(recovery)/checkpoint/\(name)")
      }
    }
    #expect(tiny.names(in: "album/8-began-4/checkpoint").contains("training-2"))
    // What was being written under a temporary name.
    for file in ["model.onnx.1.tmp", "checkpoint/network-5.onnx.1.tmp"] {
      try FileBytes.write([1, 2, 3], to: "\(recovery)/\(file)")
    }
    // A line of metrics that was cut off.
    let line = try #require(FileHandle(forWritingAtPath: "\(recovery)/metrics.jsonl"))
    try line.seekToEnd()
    try line.write(contentsOf: Array("{\"accuracy\":0.5,\"epo".utf8))
    try line.close()
    var resumed = try tiny.run(
      in: String(recovery.dropFirst(tiny.path.count + 1)), resume: true)
    #expect(try TinyRun.timeless(resumed.perform()) == TinyRun.timeless(result))
    let name = String(recovery.dropFirst(tiny.path.count + 1))
    for file in TinyRun.determined {
      #expect(try tiny.bytes("\(name)/\(file)") == tiny.bytes("run/\(file)"), "\(file)")
    }
    #expect(tiny.names(in: "\(name)/checkpoint") == ["run.json"])
  }

  @Test func aFinishedRunGivesItsResultAtOnce() throws {
    let tiny = try TinyRun()
    var run = try tiny.run()
    let result = try run.perform()
    let written = try tiny.bytes("run/result.json")
    try FileManager.default.removeItem(atPath: tiny("run/model.onnx"))
    let watcher = TaskCounter()
    var again = try tiny.run(resume: true, observer: watcher)
    #expect(try TinyRun.timeless(again.perform()) == TinyRun.timeless(result))
    // Nothing is done again: no task, no file.
    #expect(watcher.count == 0)
    #expect(try tiny.bytes("run/result.json") == written)
    #expect(!FileManager.default.fileExists(atPath: tiny("run/model.onnx")))
  }

  @Test func resumeBeginsWhereThereIsNothingYet() throws {
    let tiny = try TinyRun()
    var (a, b) = (try tiny.run(in: "a"), try tiny.run(in: "b", resume: true))
    _ = (try a.perform(), try b.perform())
    #expect(try tiny.bytes("a/model.onnx") == tiny.bytes("b/model.onnx"))
  }

  // MARK: refusals

  private func refusal(_ body: () throws -> Run) throws -> String {
    let error = #expect(throws: RecipeError.self) { _ = try body() }
    guard case .runFolder(_, let reason) = try #require(error) else {
      Issue.record("another error: \(String(describing: error))")
      return ""
    }
    return reason
  }

  @Test func anotherRunIsRefusedWithTheReason() throws {
    let tiny = try TinyRun()
    _ = try tiny.run()
    #expect(try refusal { try tiny.run() }.contains("--resume"))
    #expect(
      try refusal { try tiny.run(seed: 6, resume: true) } == "it was begun with seed 5, not 6")
    #expect(
      try refusal {
        try tiny.run(TinyRun.filters.replacing("0.05", with: "0.06"), resume: true)
      }.contains("another recipe"))
    try TinyRun.writeData(to: tiny("other.npz"))
    let data = try refusal { try tiny.run(data: "other.npz", resume: true) }
    #expect(data.contains("spots.npz', not the data set") && data.contains("other.npz"))
    try FileBytes.write(tiny.bytes("model-in.onnx"), to: tiny("copy.onnx"))
    _ = try tiny.run(model: "copy.onnx", resume: true)
    try ONNXModelFile.write(seed: 4, to: tiny("other.onnx"))
    #expect(
      try refusal { try tiny.run(model: "other.onnx", resume: true) }.contains("another model"))
  }

  @Test func aFinishedRunIsNotOverwritten() throws {
    let tiny = try TinyRun()
    let source = "stages: [{export: {name: out}}]"
    var run = try tiny.run(source)
    _ = try run.perform()
    let before = try tiny.bytes("run/result.json")
    #expect(try refusal { try tiny.run(source) }.contains("it holds a run already"))
    try FileManager.default.removeItem(atPath: tiny("run/checkpoint"))
    for resume in [false, true] {
      #expect(try refusal { try tiny.run(source, resume: resume) }.contains("another --run"))
    }
    #expect(try tiny.bytes("run/result.json") == before)
  }

  @Test func anotherVersionIsRefused() throws {
    let tiny = try TinyRun()
    _ = try tiny.run()
    let text = String(decoding: try tiny.bytes("run/checkpoint/run.json"), as: UTF8.self)
    let old = text.replacing(
      "\"version\" : \"\(Version.current)\"", with: "\"version\" : \"0.0.1\"")
    try FileBytes.write(Array(old.utf8), to: tiny("run/checkpoint/run.json"))
    #expect(try refusal { try tiny.run(resume: true) }.contains("begun with Bonsai 0.0.1"))
  }

  @Test(arguments: ["checkpoint/run.json", "checkpoint/state.json", "result.json"])
  func damagedFilesAreNamed(file: String) throws {
    let tiny = try TinyRun()
    _ = try tiny.run()
    try FileBytes.write(Array("{\"next\": ".utf8), to: tiny("run/\(file)"))
    #expect(
      try refusal {
        var run = try tiny.run(resume: true)
        _ = try run.perform()
        return run
      }.hasPrefix("\(file) is damaged"))
  }
}

/// Counts the tasks that begin.
private final class TaskCounter: RunObserver {
  private(set) var count = 0
  func taskBegan(_ title: String, index: Int, of total: Int) { count += 1 }
  func taskEnded(_ task: RunResult.Task) {}
  func noted(_ text: String) {}
  func progressed(_ progress: StepRecord, of total: Int) {}
}

/// A model of the tiny network's form with other weights.
private enum ONNXModelFile {
  static func write(seed: UInt64, to path: String) throws {
    try ONNXModel(TinyRun.network(seed: seed)).write(to: path)
  }
}
