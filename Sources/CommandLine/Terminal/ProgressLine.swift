// The text of a progress bar at one moment.

import Foundation

/// The text of a progress bar at one moment.
struct ProgressLine {
  /// What is counted.
  enum Unit {
    /// Steps, examples, batches.
    case count
    /// Bytes, shown in kB, MB or GB.
    case bytes
  }

  let title: String
  let done: Int
  let total: Int
  let unit: Unit
  let fields: [(name: String, value: String)]
  /// Steps a second; `nil` while nothing is known.
  let rate: Double?

  /// The line, at most `width` characters long; fields that do not fit are left out, last first.
  func text(width: Int, bar: Bool) -> String {
    let fraction = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
    let percent = "\(Int((fraction * 100).rounded(.down)))%"
    var parts = [title]
    if bar { parts.append(Self.bar(fraction)) }
    parts += [String(repeating: " ", count: max(0, 4 - percent.count)) + percent]
    parts.append("\(amount(Double(done)))/\(amount(Double(total)))")
    if let rate, rate > 0 {
      parts.append("\(amount(rate))/s")
      parts.append("\(Self.clock(Double(max(0, total - done)) / rate)) left")
    }
    parts += fields.map { "\($0.name) \($0.value)" }
    var line = parts.joined(separator: "  ")
    while line.count > width, parts.count > 1 {
      parts.removeLast()
      line = parts.joined(separator: "  ")
    }
    return String(line.prefix(width))
  }

  private static func bar(_ fraction: Double) -> String {
    let length = 24
    let full = Int((fraction * Double(length)).rounded(.down))
    return "[" + String(repeating: "#", count: full)
      + String(repeating: ".", count: length - full) + "]"
  }

  private func amount(_ value: Double) -> String {
    switch unit {
    case .count:
      value >= 100 || value == value.rounded()
        ? "\(Int(value.rounded()))" : String(format: value >= 10 ? "%.1f" : "%.2f", value)
    case .bytes:
      switch value {
      case 1e9...: String(format: "%.2f GB", value / 1e9)
      case 1e6...: String(format: "%.1f MB", value / 1e6)
      default: String(format: "%.0f kB", value / 1e3)
      }
    }
  }

  /// Seconds as `m:ss` or `h:mm:ss`.
  static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 360_000 else { return "?" }
    let whole = Int(seconds.rounded(.up))
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func padded(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    return hours > 0
      ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
  }
}
