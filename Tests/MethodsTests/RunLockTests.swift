// One process at a time in a run's folder.

import Data
import Foundation
import Testing

@testable import Methods

@Suite struct RunLockTests {
  private static let recipe = "stages: [{prune: {target: {params: 0.5}}}]"

  @Test func aSecondRunIsRefusedWithTheProcess() throws {
    let tiny = try TinyRun()
    var first = try tiny.run(Self.recipe)
    let before = tiny.names(in: "run/checkpoint")
    for resume in [false, true] {
      let error = #expect(throws: RecipeError.self) { try tiny.run(Self.recipe, resume: resume) }
      let text = "\(try #require(error))"
      #expect(text.contains("process \(getpid()) carries out a run in it"), "\(text)")
      #expect(text.contains(tiny("run")))
    }
    #expect(tiny.names(in: "run/checkpoint") == before)
    // The first one is not disturbed, and lets go at its end.
    _ = try first.perform()
    #expect(tiny.names(in: "run/checkpoint") == ["run.json"])
    var second = try tiny.run(Self.recipe, resume: true)
    _ = try second.perform()
  }

  @Test func aRunThatFailsLetsGo() throws {
    let tiny = try TinyRun()
    var first = try tiny.run(Self.recipe)
    // A folder lies where the model is to be written.
    try FileManager.default.createDirectory(
      atPath: tiny("run/model.onnx"), withIntermediateDirectories: false)
    #expect(throws: (any Error).self) { try first.perform() }
    try FileManager.default.removeItem(atPath: tiny("run/model.onnx"))
    #expect(throws: Never.self) { try tiny.run(Self.recipe, resume: true) }
  }

  @Test func theFileAloneLocksNothing() throws {
    let tiny = try TinyRun()
    do { _ = try tiny.run(Self.recipe) }
    try FileBytes.write(Array("1".utf8), to: tiny("run/checkpoint/lock"))
    var run = try tiny.run(Self.recipe, resume: true)
    _ = try run.perform()
    #expect(tiny.names(in: "run/checkpoint") == ["run.json"])
  }

  /// Another process that has the lock is named, and when it is killed the lock goes with it.
  @Test func theLockGoesWithAKilledProcess() throws {
    let tiny = try TinyRun()
    do { _ = try tiny.run(Self.recipe) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      """
      import fcntl, os, sys, time
      file = open(sys.argv[1], "w")
      fcntl.flock(file, fcntl.LOCK_EX)
      file.write(str(os.getpid()))
      file.flush()
      print("held", flush=True)
      time.sleep(60)
      """, tiny("run/checkpoint/lock"),
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    _ = output.fileHandleForReading.availableData
    let error = #expect(throws: RecipeError.self) { try tiny.run(Self.recipe, resume: true) }
    #expect("\(try #require(error))".contains("process \(process.processIdentifier) carries out"))
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(throws: Never.self) { try tiny.run(Self.recipe, resume: true) }
  }
}
