// Pictures of a page: a caption with the key to the colours above, the drawing below.

/// A picture of a page: a caption with the key to the colours above, the drawing below.
struct Figure {
  /// An entry of the key: a colour's class and what it stands for.
  typealias Key = (style: String, name: String)

  /// What is to be seen.
  var title: String
  /// A sentence on how to read it, if that is needed.
  var note: String = ""
  var keys: [Key] = []
  /// The drawings, one under the other.
  var drawings: [Markup]
  /// True to take the whole width of the page.
  var isWide = false

  var markup: Markup {
    var caption = [Markup("strong", [:], title)]
    if !keys.isEmpty {
      caption.append(
        Markup(
          "span", ["class": "keys"],
          keys.map { key in
            Markup(
              "span", ["class": "key"],
              [Markup("span", ["class": "swatch \(key.style)"]), .text(key.name)])
          }))
    }
    if !note.isEmpty { caption.append(Markup("span", ["class": "note"], note)) }
    // On paper a figure of one drawing stays whole; a long one may go on overleaf.
    let style = (isWide ? "wide" : "") + (drawings.count > 1 ? " long" : "")
    return Markup(
      "figure", style.isEmpty ? [:] : ["class": style],
      [Markup("figcaption", [:], caption)] + drawings)
  }
}
