// The file metrics.jsonl of a run: lines are added at its end, and taken back when a run resumes.

import Data
import Foundation

/// The file `metrics.jsonl` of a run.
struct MetricsFile: Sendable {
  let path: String

  /// Adds a line at the end.
  func append(_ line: MetricsLine) throws(RecipeError) {
    do {
      let bytes = try JSONEncoder.ofRuns(pretty: false).encode(line)
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      defer { try? file.close() }
      try file.seekToEnd()
      try file.write(contentsOf: bytes + [UInt8(ascii: "\n")])
    } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }

  /// Takes back everything that was written after step `step` of task `task`, and a last line that
  /// was cut off.
  func rewind(to step: Int, ofTask task: Int) throws(RecipeError) {
    let bytes = FileManager.default.contents(atPath: path) ?? Foundation.Data()
    var kept: [UInt8] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let metrics = try? JSONDecoder.ofRuns.decode(MetricsLine.self, from: line),
        metrics.taskIndex < task || metrics.taskIndex == task && metrics.step <= step
      else { continue }
      kept += line + [UInt8(ascii: "\n")]
    }
    if kept.count == bytes.count { return }
    do throws(DataError) { try FileBytes.write(kept, to: path) } catch {
      throw .unwritable(path: path, reason: "\(error)")
    }
  }
}
