// Shows a run on the terminal: a line a task, a bar while it trains.

import Methods
import Reporting
import Training

/// Shows a run on standard error: a line a task, a bar while it trains.
final class RunDisplay: RunObserver {
  private var task = ""
  private var bar: ProgressBar?

  func taskBegan(_ title: String, index: Int, of count: Int) {
    task = "[\(index + 1)/\(count)] \(title)"
  }

  func progressed(_ progress: StepRecord, of total: Int) {
    if bar == nil { bar = ProgressBar(title: task, total: total, from: progress.step) }
    var fields = [("loss", Format.significant(progress.meanLoss))]
    if let accuracy = progress.accuracy { fields.append(("accuracy", Format.percent(accuracy))) }
    bar?.update(progress.step, fields: fields.map { (name: $0.0, value: $0.1) })
  }

  func noted(_ text: String) { StandardError.say(text) }

  func taskEnded(_ done: RunResult.Task) {
    var words = ["\(Format.count(done.params)) parameters", "\(Format.count(done.macs)) MACs"]
    if let accuracy = done.accuracy { words.insert("test \(Format.percent(accuracy))", at: 0) }
    let summary = words.joined(separator: ", ") + " (\(Format.duration(done.seconds)))"
    if let bar { bar.finish(summary) } else { StandardError.say("\(task): \(summary)") }
    bar = nil
  }
}
