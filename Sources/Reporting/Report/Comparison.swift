// A quantity before and after, and in words how they compare.

/// A quantity of which less is better, before and after, and in words how they compare.
struct Comparison {
  var before: Double
  var after: Double

  init(_ before: Double, _ after: Double) {
    self.before = before
    self.after = after
  }

  init(_ before: Int, _ after: Int) {
    self.init(Double(before), Double(after))
  }

  /// True if no reader would see a difference.
  var isSame: Bool {
    before == after || (before > 0 && (after / before - 1).magnitude < 0.005)
  }

  /// How many times less or more: `12×`; `nil` where that can't be said.
  var times: String? {
    guard before > 0, after > 0, before.isFinite, after.isFinite else { return nil }
    return Format.ratio(after < before ? before / after : after / before)
  }

  /// `12× fewer`, `1.2× more`, `the same`, `none left`.
  func words(less: String, more: String) -> String {
    if isSame { return "the same" }
    if after == 0 { return "none left" }
    guard let times else { return "–" }
    return "\(times) \(after < before ? less : more)"
  }
}
