// Where the result comes from and how to get it again: recipe, command, seed, version, papers.

import Methods

/// Where the result comes from and how to get it again: recipe, command, seed, version, papers.
struct OriginSection {
  var report: Report

  var markup: Markup {
    let result = report.result
    let facts: [(String, Markup)] = [
      ("Recipe", .text(result.recipe)), ("Network", .text(result.network)),
      ("Data", .text(result.data)), ("Seed", .text("\(result.seed)")),
      ("Version", .text("Bonsai \(result.version)")),
    ]
    var parts = [
      Markup(
        "dl", [:],
        facts.map { name, value in
          Markup("div", [:], [Markup("dt", [:], name), Markup("dd", [:], [value])])
        }),
      Markup("h3", [:], "Command"),
      Markup("pre", [:], [Markup("code", [:], Self.shell(result.command))]),
      Markup("h3", [:], "Recipe"),
      Markup("pre", [:], [Markup("code", [:], report.recipe)]),
    ]
    if !result.citations.isEmpty {
      parts.append(Markup("h3", [:], "Papers"))
      parts.append(
        Markup("ol", [:], result.citations.map { Markup("li", [:], Self.linked($0)) }))
    }
    return Page.section("How to get it again", parts)
  }

  /// The words of a command as a shell would need them.
  static func shell(_ words: [String]) -> String {
    words.map { word in
      let isPlain =
        !word.isEmpty
        && word.unicodeScalars.allSatisfy {
          $0.properties.isAlphabetic || ("0"..."9").contains($0)
            || "-_./=:,+@%".unicodeScalars.contains($0)
        }
      return isPlain
        ? word
        : "'"
          + word.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: "'\\''") + "'"
    }.joined(separator: " ")
  }

  /// The text with its web addresses as links.
  static func linked(_ text: String) -> [Markup] {
    var parts: [Markup] = []
    for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      if index > 0 { parts.append(.text(" ")) }
      guard word.hasPrefix("https://") else {
        parts.append(.text(String(word)))
        continue
      }
      let end = word.lastIndex { !".,;)".contains($0) } ?? word.startIndex
      let address = String(word[...end])
      parts.append(Markup("a", ["href": address], address))
      parts.append(.text(String(word[word.index(after: end)...])))
    }
    return parts
  }
}
