// Numbers as people read them, the same in the terminal and in the report.

import Foundation

/// Numbers as people read them, the same in the terminal and in the report.
///
/// Every function gives digits that make sense for the size of the number and does not depend on the
/// language of the machine. A number that is not finite is written as `∞`, `−∞` or `not a number`.
public enum Format {
  /// An exact whole number with thousands apart: `1,234,567`.
  public static func integer(_ value: Int) -> String {
    var result = ""
    let digits = String(value.magnitude)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
      result.append(digit)
    }
    return value < 0 ? "−" + result : result
  }

  /// A count in three digits: `956`, `43.1 k`, `1.23 M`, `4.09 G`.
  public static func count(_ value: Int) -> String {
    scaled(Double(value), exact: integer(value), units: ["", " k", " M", " G", " T", " P", " E"])
  }

  /// A size on disk in three digits, in units of 1,000: `956 B`, `43.1 kB`, `1.72 MB`.
  public static func bytes(_ value: Int) -> String {
    scaled(
      Double(value), exact: integer(value) + " B",
      units: [" B", " kB", " MB", " GB", " TB", " PB", " EB"])
  }

  /// A fraction in percent: `percent(0.9908)` is `99.08 %`.
  public static func percent(_ fraction: Double, digits: Int = 2) -> String {
    guard fraction.isFinite else { return decimal(fraction, digits: 0) }
    return decimal(fraction * 100, digits: digits) + " %"
  }

  /// A time in milliseconds with three digits: `0.0423 ms`, `1.23 ms`, `1,234 ms`.
  public static func milliseconds(_ value: Double) -> String {
    guard value.isFinite else { return decimal(value, digits: 0) }
    return significant(value, digits: 3) + " ms"
  }

  /// How many times: `1.02×`, `3.1×`, `19×`.
  public static func ratio(_ value: Double) -> String {
    guard value.isFinite else { return decimal(value, digits: 0) + "×" }
    let size = value.magnitude
    if size < 0.1 { return significant(value, digits: 2) + "×" }
    return decimal(value, digits: size < 1.995 ? 2 : size < 9.95 ? 1 : 0) + "×"
  }

  /// A span of time: `0.8 s`, `42 s`, `3 min 12 s`, `2 h 05 min`, `3 d 4 h`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds.magnitude < 1e15 else { return decimal(seconds, digits: 0) }
    let sign = seconds < 0 ? "−" : ""
    let seconds = seconds.magnitude
    if seconds < 0.995 { return sign + significant(seconds, digits: 2) + " s" }
    if seconds < 9.95 { return sign + decimal(seconds, digits: 1) + " s" }
    let whole = Int(seconds.rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    switch whole {
    case ..<60: return sign + "\(whole) s"
    case ..<3600: return sign + "\(whole / 60) min \(two(whole % 60)) s"
    case ..<86_400: return sign + "\(whole / 3600) h \(two(whole % 3600 / 60)) min"
    default: return sign + "\(integer(whole / 86_400)) d \(whole % 86_400 / 3600) h"
    }
  }

  /// A number with a fixed count of decimals and thousands apart: `1,234.50`.
  public static func decimal(_ value: Double, digits: Int) -> String {
    guard !value.isNaN else { return "not a number" }
    guard value.isFinite else { return value < 0 ? "−∞" : "∞" }
    let text = String(format: "%.\(max(0, digits))f", value.magnitude)
    let parts = text.split(separator: ".", maxSplits: 1)
    var result = ""
    let whole = parts.first.map(String.init) ?? "0"
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index).isMultiple(of: 3) { result += "," }
      result.append(digit)
    }
    if parts.count == 2 { result += "." + parts[1] }
    let isZero = !result.contains { $0 != "0" && $0 != "." }
    return value < 0 && !isZero ? "−" + result : result
  }

  /// A number with `digits` significant digits, with a power of ten where it is very small or very
  /// large: `0.0423`, `12.3`, `1,234`, `3.1e-7`.
  public static func significant(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite, value != 0 else { return decimal(value, digits: 0) }
    let digits = max(1, digits)
    let scientific = String(format: "%.\(digits - 1)e", value.magnitude)
    let parts = scientific.split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return scientific }
    let sign = value < 0 ? "−" : ""
    if exponent < -4 || exponent > 9 {
      return sign + parts[0] + "e" + (exponent < 0 ? "-" : "") + "\(exponent.magnitude)"
    }
    return decimal(value, digits: max(0, digits - 1 - exponent))
  }

  /// A change of a fraction in points of a percent: `change(from: 0.9908, to: 0.9895)` is
  /// `−0.13 points`.
  public static func points(from before: Double, to after: Double, digits: Int = 2) -> String {
    let points = (after - before) * 100
    let text = decimal(points, digits: digits)
    let isPositive = points > 0 && text.contains { ("1"..."9").contains($0) }
    return (isPositive ? "+" : "") + text + " points"
  }

  /// Without the zeros at the end of the decimals, for the ticks of an axis: `1.00 M` is `1 M`.
  static func trimmed(_ text: String) -> String {
    guard let point = text.firstIndex(of: ".") else { return text }
    let fraction = text[point...]
    let end = fraction.dropFirst().firstIndex { !("0"..."9").contains($0) } ?? text.endIndex
    var digits = text[..<end]
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return String(digits) + text[end...]
  }

  /// Three significant digits with the first unit in which the number is below 1,000.
  private static func scaled(_ value: Double, exact: String, units: [String]) -> String {
    guard value.magnitude >= 1000 else { return exact }
    var value = value
    var unit = 0
    // 999.5 and more would be written as 1,000 of the unit.
    while value.magnitude >= 999.5, unit + 1 < units.count {
      value /= 1000
      unit += 1
    }
    let size = value.magnitude
    return decimal(value, digits: size < 9.995 ? 2 : size < 99.95 ? 1 : 0) + units[unit]
  }
}
