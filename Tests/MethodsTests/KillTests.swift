// The program itself, killed without warning at random moments and taken up again.

import Data
import Foundation
import Testing

@testable import Methods

@Suite(.enabled(if: Program.canApply, "the program is not built beside the tests"))
struct KillTests {
  @Test func killedAndResumedEndsInTheSameBytes() throws {
    let tiny = try TinyRun()
    try FileBytes.write(Array(TinyRun.filters.utf8), to: tiny("tiny.yaml"))
    func arguments(_ folder: String) -> [String] {
      [
        "apply", tiny("tiny.yaml"), "--model", tiny("model-in.onnx"), "--data",
        tiny("spots.npz"), "--no-latency", "--run", tiny(folder),
      ]
    }
    let start = ContinuousClock.now
    let whole = try Program(arguments("whole"))
    #expect(whole.wait() == 0)
    let length = (ContinuousClock.now - start) / .seconds(1)

    var kills = 0
    for attempt in 0..<8 {
      let program = try Program(arguments("killed") + ["--resume"])
      if attempt == 0 {
        // The first as soon as the run has begun, however slow or fast the machine is.
        while program.isRunning, !tiny.names(in: "killed/checkpoint").contains("run.json") {
          Thread.sleep(forTimeInterval: 0.001)
        }
      } else {
        // The others at moments all over the run; each gets a little further.
        Thread.sleep(forTimeInterval: length * Double.random(in: 0.3...0.9))
      }
      if program.kill() { kills += 1 } else if attempt > 2 { break }
    }
    let last = try Program(arguments("killed") + ["--resume"])
    #expect(last.wait() == 0)
    #expect(kills > 0)
    for file in TinyRun.determined {
      #expect(try tiny.bytes("killed/\(file)") == tiny.bytes("whole/\(file)"), "\(file)")
    }
    #expect(tiny.names(in: "killed/checkpoint") == ["run.json"])
  }
}
