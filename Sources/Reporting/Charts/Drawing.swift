// What all charts share: the canvas, words on it, and how wide they are.

import Foundation

/// What all charts share: the canvas, words on it, and how wide they are.
///
/// Colours come from classes that the page's style sheet knows, so that one picture serves light,
/// dark and paper.
enum Drawing {
  /// The width of every chart in its own units; it is scaled to the width there is.
  static let width = 440.0
  /// The size of letters.
  static let letter = 12.0

  /// The canvas with a description for readers who can't see it.
  static func canvas(height: Double, label: String, _ children: [Markup]) -> Markup {
    Markup(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(number(width)) \(number(height))",
        "role": "img", "aria-label": label,
      ], children)
  }

  /// Words at a place; `anchor` is `start`, `middle` or `end`.
  static func text(
    _ text: String, x: Double, y: Double, anchor: String = "start", style: String = "label",
    title: String? = nil
  ) -> Markup {
    var children = [Markup.text(text)]
    if let title { children.append(Markup("title", [:], title)) }
    return Markup(
      "text", ["x": number(x), "y": number(y), "text-anchor": anchor, "class": style], children)
  }

  /// A straight line.
  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String
  ) -> Markup {
    Markup(
      "line",
      ["x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2), "class": style])
  }

  /// A filled rectangle.
  static func rectangle(
    x: Double, y: Double, width: Double, height: Double, corner: Double = 0, style: String
  ) -> Markup {
    Markup(
      "rect",
      [
        "x": number(x), "y": number(y), "width": number(max(0, width)),
        "height": number(max(0, height)), "rx": number(corner), "class": style,
      ])
  }

  /// A coordinate with at most two decimals, always finite.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    var text = String(format: "%.2f", min(max(value, -1e6), 1e6))
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text == "-0" ? "0" : text
  }

  /// About how wide a text is in the sans-serif fonts of the page, a little more than less.
  static func width(of text: String) -> Double {
    let widths = text.map { character -> Double in
      if "iljtf.,:;|!'()[] ".contains(character) { return 0.36 }
      if "mwMW@%×→".contains(character) { return 0.92 }
      if character.isUppercase || "_<>=+~".contains(character) { return 0.7 }
      return character.isASCII ? 0.58 : Double(DisplayWidth.of("\(character)")) * 0.62
    }
    return widths.reduce(0, +) * letter
  }

  /// The text if it fits, else with an ellipsis in the middle, where names differ least.
  static func fitted(_ text: String, width: Double) -> String {
    guard self.width(of: text) > width else { return text }
    var head = Array(text.prefix(200))
    var tail = Array(text.suffix(text.count > 400 ? 200 : text.count - head.count))
    if tail.isEmpty {
      let half = head.count / 2
      tail = Array(head[half...])
      head = Array(head[..<half])
    }
    while self.width(of: String(head) + "…" + String(tail)) > width, head.count + tail.count > 1 {
      if head.count > tail.count { head.removeLast() } else { tail.removeFirst() }
    }
    return String(head) + "…" + String(tail)
  }
}
