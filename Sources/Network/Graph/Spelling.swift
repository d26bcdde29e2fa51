// Which words are likely to be meant by others.

/// How near words are to each other.
package enum Spelling {
  /// Whether one word becomes the other by at most two letters put in, taken out or exchanged, fewer
  /// than a third of them.
  package static func isNear(_ a: String, _ b: String) -> Bool {
    let most = min(2, max(a.count, b.count) / 3)
    return abs(a.count - b.count) <= most && distance(Array(a), Array(b)) <= most
  }

  /// The word of `known` that `word` most likely was meant to be, as a question in front of a list of
  /// them: `did you mean 'cosine'? `; empty where none is near.
  package static func suggestion(for word: String, of known: [String]) -> String {
    let near = known.filter { $0 != word && isNear($0, word) }
      .min { distance(Array($0), Array(word)) < distance(Array($1), Array(word)) }
    return near.map { "did you mean '\($0)'? " } ?? ""
  }

  /// The edit distance of Levenshtein (1966), row by row.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let best = min(diagonal + (x == y ? 0 : 1), row[j] + 1, row[j + 1] + 1)
        diagonal = row[j + 1]
        row[j + 1] = best
      }
    }
    return row[b.count]
  }
}
