// Shows how far long work is: a bar on a terminal, an occasional line elsewhere.

import Foundation

/// Shows how far long work is, with rate, time left and the latest numbers, on standard error.
///
/// On a terminal one line is redrawn, at most ten times a second; elsewhere a line is written every
/// ten seconds, so that logs stay short.
///
/// ```swift
/// let bar = ProgressBar(title: "train", total: steps)
/// bar.update(step, fields: [("loss", "0.031"), ("accuracy", "98.7 %")])
/// bar.finish("98.9 % after 10 epochs")
/// ```
final class ProgressBar {
  private let title: String
  private let total: Int
  private let unit: ProgressLine.Unit
  private let redraws: Bool
  private let width: () -> Int
  private let now: () -> Double
  private let write: (String) -> Void
  private let begun: Double
  private let start: Int
  private var last = -Double.infinity
  private var drawn = false

  /// Work of `total` steps, of which `start` were done before: they don't count for the rate.
  convenience init(
    title: String, total: Int, from start: Int = 0, unit: ProgressLine.Unit = .count
  ) {
    self.init(
      title: title, total: total, from: start, unit: unit, redraws: StandardError.isTerminal,
      width: { StandardError.width },
      now: { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }, write: StandardError.write)
  }

  init(
    title: String, total: Int, from start: Int, unit: ProgressLine.Unit, redraws: Bool,
    width: @escaping () -> Int, now: @escaping () -> Double, write: @escaping (String) -> Void
  ) {
    self.title = title
    self.total = total
    self.start = start
    self.unit = unit
    self.redraws = redraws
    self.width = width
    self.now = now
    self.write = write
    begun = now()
    if !redraws { last = begun }
  }

  /// Says that `done` steps are done.
  ///
  /// - Parameter fields: names and values to show behind the bar, such as the loss.
  func update(_ done: Int, fields: [(name: String, value: String)] = []) {
    let time = now()
    guard time - last >= (redraws ? 0.1 : 10) || (redraws && done >= total) else { return }
    last = time
    let seconds = time - begun
    let line = ProgressLine(
      title: title, done: done, total: total, unit: unit, fields: fields,
      rate: seconds > 0 && done > start ? Double(done - start) / seconds : nil)
    if redraws {
      write("\r\u{1B}[2K" + line.text(width: width() - 1, bar: true))
      drawn = true
    } else {
      write(line.text(width: .max, bar: false) + "\n")
    }
  }

  /// Ends the bar; `summary` replaces it.
  func finish(_ summary: String? = nil) {
    if redraws, drawn { write("\r\u{1B}[2K") }
    drawn = false
    if let summary { write("\(title): \(summary)\n") }
  }
}
