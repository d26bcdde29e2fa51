// The program where its files cannot grow: one clear line, nothing half there, and on again afterwards.

import Data
import Foundation
import Testing

@testable import Methods

@Suite(.enabled(if: Program.canApply, "the program is not built beside the tests"))
struct FullDiskTests {
  /// A file that may not grow fails like one on a full disk: after some bytes, at whatever file comes
  /// first: the recipe, a checkpoint.
  @Test func whatCannotBeWrittenIsSaidOnceAndTheRunGoesOnAfterwards() throws {
    let tiny = try TinyRun()
    try FileBytes.write(Array(TinyRun.filters.utf8), to: tiny("tiny.yaml"))
    func arguments(_ folder: String) -> [String] {
      [
        "apply", tiny("tiny.yaml"), "--model", tiny("model-in.onnx"), "--data",
        tiny("spots.npz"), "--no-latency", "--run", tiny(folder), "--resume",
      ]
    }
    #expect(try Program(arguments("whole")).wait() == 0)
    var stopped: Set<String> = []
    for limit in [0, 1, 2, 4, 8] {
      let program = try Program(arguments("full"), fileLimit: limit)
      let complaint = program.complaint()
      guard program.wait() != 0 else { continue }
      #expect(program.wait() == 74, "\(limit): \(complaint)")
      let lines = complaint.split(separator: "\n").filter { $0.contains("error") }
      #expect(lines.count == 1, "\(limit): \(complaint)")
      let line = try #require(lines.first)
      #expect(line.contains("File too large") && line.contains(tiny("full")), "\(line)")
      let leftovers = ["full", "full/checkpoint"].flatMap { tiny.names(in: $0) }
      #expect(!leftovers.contains { $0.hasSuffix(".tmp") }, "\(leftovers)")
      stopped.insert(String(line))
    }
    #expect(stopped.count >= 2, "\(stopped)")
    #expect(try Program(arguments("full")).wait() == 0)
    for file in TinyRun.determined {
      #expect(try tiny.bytes("full/\(file)") == tiny.bytes("whole/\(file)"), "\(file)")
    }
    #expect(tiny.names(in: "full/checkpoint") == ["run.json"])
  }
}
