// Patterns of parameter names, as shells write them for files.

/// Patterns in which `*` stands for any number of characters and `?` for exactly one.
public enum NamePattern {
  /// Whether the whole of `name` matches `pattern`.
  ///
  /// - Complexity: O(length of name x length of pattern) at worst, linear for one `*`.
  public static func matches(_ name: String, _ pattern: String) -> Bool {
    let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
    let (star, question) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
    var (i, j) = (0, 0)
    // Where the last star stands, and how much of the name it has swallowed.
    var lastStar: (pattern: Int, name: Int)?
    while i < name.count {
      if j < pattern.count, pattern[j] == star {
        lastStar = (j, i)
        j += 1
      } else if j < pattern.count, pattern[j] == question || pattern[j] == name[i] {
        i += 1
        j += 1
      } else if let star = lastStar {
        lastStar = (star.pattern, star.name + 1)
        (i, j) = (star.name + 1, star.pattern + 1)
      } else {
        return false
      }
    }
    return pattern[j...].allSatisfy { $0 == star }
  }
}
