// A tree of HTML or SVG elements, written with every text escaped and every tag closed.

/// A tree of HTML or SVG elements.
///
/// Text can't break out of its place: it is escaped when it is written, and tags are closed because
/// they are nodes of a tree, not strings. The result is well formed as HTML 5 and as XML.
///
/// ```swift
/// Markup("p", ["class": "note"], "1 < 2").rendered  // <p class="note">1 &lt; 2</p>
/// ```
public indirect enum Markup: Sendable {
  /// Text, escaped when written.
  case text(String)
  /// An element with its attributes in the order they are written.
  case element(name: String, attributes: [(name: String, value: String)], children: [Markup])
  /// Several nodes side by side.
  case group([Markup])

  /// An element with children.
  public init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [Markup] = []
  ) {
    self = .element(
      name: name, attributes: attributes.map { (name: $0.key, value: $0.value) },
      children: children)
  }

  /// An element that holds a text.
  public init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ text: String
  ) {
    self.init(name, attributes, [.text(text)])
  }

  /// Nothing.
  public static let nothing = Markup.group([])

  /// The tree as a string.
  public var rendered: String {
    var result = ""
    write(to: &result)
    return result
  }

  private func write(to result: inout String) {
    switch self {
    case .text(let text):
      Self.escape(text, to: &result)
    case .group(let nodes):
      for node in nodes { node.write(to: &result) }
    case .element(let name, let attributes, let children):
      result += "<\(name)"
      for attribute in attributes {
        result += " \(attribute.name)=\""
        Self.escape(attribute.value, to: &result)
        result += "\""
      }
      if children.isEmpty, Self.childless.contains(name) {
        result += " />"
      } else {
        result += ">"
        if name == "style" {
          Self.writeStyle(children, to: &result)
        } else {
          for child in children { child.write(to: &result) }
        }
        result += "</\(name)>"
      }
      if Self.blocks.contains(name) { result += "\n" }
    }
  }

  /// HTML does not undo escapes in a style sheet, so its text stays as it is, but for the `<` that
  /// could end it and that no style sheet needs.
  private static func writeStyle(_ children: [Markup], to result: inout String) {
    for case .text(let text) in children {
      result += String(text.map { $0 == "<" || $0 == "&" ? " " : $0 })
    }
  }

  /// Replaces what would end a text or an attribute, and characters that no document may hold.
  private static func escape(_ text: String, to result: inout String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\r": continue
      default:
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        let isForbidden = isControl || scalar.value & 0xFFFE == 0xFFFE
        result.unicodeScalars.append(isForbidden ? "\u{FFFD}" : scalar)
      }
    }
  }

  /// Elements that HTML or SVG allows to have no end tag.
  private static let childless: Set = [
    "meta", "br", "col", "path", "line", "rect", "circle", "polyline",
  ]

  /// Elements followed by a line break, so that the file can be read and compared.
  private static let blocks: Set = [
    "html", "head", "body", "meta", "style", "header", "main", "footer", "section", "h1",
    "h2", "h3", "p", "div", "table", "caption", "thead", "tbody", "tr", "figure", "figcaption",
    "ul", "ol", "li", "dl", "dt", "dd", "pre", "svg", "g",
  ]
}
