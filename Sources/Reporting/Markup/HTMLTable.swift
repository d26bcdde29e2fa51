// Tables of a page: with a caption, and the head of each row and column marked as such.

/// A table of a page: with a caption, and the head of each row and column marked as such.
struct HTMLTable {
  /// What the table shows.
  var caption: String
  /// The columns' titles; the first column names the rows.
  var columns: [String]
  /// Which columns hold words; all others hold numbers and go to the right.
  var wordColumns: Set<Int> = [0]
  /// The rows, a cell a column.
  var rows: [[Markup]]

  /// The table in a frame that scrolls sideways where the window is narrow.
  var markup: Markup {
    let head = columns.enumerated().map { index, title in
      Markup("th", ["scope": "col", "class": style(index)], title)
    }
    let body = rows.map { row in
      Markup(
        "tr", [:],
        row.enumerated().map { index, cell in
          index == 0
            ? Markup("th", ["scope": "row", "class": style(index)], [cell])
            : Markup("td", ["class": style(index)], [cell])
        })
    }
    let table = Markup(
      "table", [:],
      [
        Markup("caption", [:], caption), Markup("thead", [:], [Markup("tr", [:], head)]),
        Markup("tbody", [:], body),
      ])
    // On paper a table of few rows stays whole.
    let frame = rows.count <= 15 ? "scroll short" : "scroll"
    return Markup(
      "div", ["class": frame, "role": "region", "tabindex": "0", "aria-label": caption], [table])
  }

  private func style(_ column: Int) -> String {
    wordColumns.contains(column) ? "word" : "number"
  }
}
