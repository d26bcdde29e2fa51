// Tables for terminals: columns aligned, numbers to the right.

/// A table for terminals.
///
/// ```swift
/// var table = TextTable([.left("layer"), .right("params")])
/// table.add(["conv1", "520"])
/// table.add(["fc1", "400,500"])
/// print(table)
/// // layer   params
/// // ─────  ───────
/// // conv1      520
/// // fc1    400,500
/// ```
public struct TextTable: Sendable, CustomStringConvertible {
  /// A column: its title and to which side its cells go.
  public struct Column: Sendable {
    /// The words above the column.
    public var title: String
    /// True for numbers.
    public var isRight: Bool

    /// A column of words.
    public static func left(_ title: String) -> Column { Column(title: title, isRight: false) }

    /// A column of numbers.
    public static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
  }

  private enum Row {
    case cells([String])
    case rule
  }

  private let columns: [Column]
  private var rows: [Row] = []

  /// An empty table.
  public init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row. Cells that are missing stay empty; cells beyond the last column are left out.
  public mutating func add(_ cells: [String]) {
    let missing = max(0, columns.count - cells.count)
    rows.append(
      .cells(
        (cells.prefix(columns.count) + Array(repeating: "", count: missing)).map(Self.oneLine)))
  }

  /// Adds a line across the table, to set sums apart.
  public mutating func addRule() {
    rows.append(.rule)
  }

  /// The lines of the table, without spaces at their ends.
  public var lines: [String] {
    let titles = columns.map { Self.oneLine($0.title) }
    var widths = titles.map { DisplayWidth.of($0) }
    for case .cells(let cells) in rows {
      for (index, cell) in cells.enumerated() {
        widths[index] = max(widths[index], DisplayWidth.of(cell))
      }
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    func line(_ cells: [String]) -> String {
      var result = ""
      for (index, cell) in cells.enumerated() {
        let space = String(repeating: " ", count: widths[index] - DisplayWidth.of(cell))
        if index > 0 { result += "  " }
        result += columns[index].isRight ? space + cell : cell + space
      }
      while result.last == " " { result.removeLast() }
      return result
    }
    return [line(titles), rule]
      + rows.map { row in
        switch row {
        case .cells(let cells): line(cells)
        case .rule: rule
        }
      }
  }

  /// The whole table; lines are separated by `\n`, with none after the last.
  public var description: String { lines.joined(separator: "\n") }

  /// A cell must stay in its line and must not steer the terminal.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}
