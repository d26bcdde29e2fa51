// The file metrics.jsonl of a run: lines are added at its end, and taken back when a run resumes.

import Data
import Foundation

/// The file `metrics.jsonl` of a run.
struct MetricsFile: Sendable {
  let path: String

  /// Adds a line at the end; where that fails, the file is as it was.
  func append(_ line: MetricsLine) throws(RecipeError) {
    let bytes: [UInt8]
    do { bytes = try JSONEncoder.ofRuns(pretty: false).encode(line) + [UInt8(ascii: "\n")] } catch {
      throw .unwritable(path: path, reason: "\(error)")
    }
    let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard file >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    defer { close(file) }
    let end = lseek(file, 0, SEEK_END)
    let count = write(file, bytes, bytes.count)
    guard count == bytes.count else {
      // Less than all is written when the disk fills up just then; only the next call would say so.
      let reason = count < 0 ? errno : ENOSPC
      ftruncate(file, end)
      throw .unwritable(path: path, reason: String(cString: strerror(reason)))
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
