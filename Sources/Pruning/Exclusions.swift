// Exclusions: what must not be pruned, by name.

import Network

/// What must not be pruned, by name; `*` stands for any run of characters.
///
/// A name fits a group through the group's own name, through any parameter that makes its units, or
/// through the layer such a parameter belongs to (its name without `.weight`).
public struct Exclusions: Sendable, Hashable {
  /// The patterns.
  public var patterns: [String]

  /// Excludes what fits `patterns`.
  public init(_ patterns: [String] = []) { self.patterns = patterns }

  /// The groups that may be pruned.
  ///
  /// - Throws: ``PruningError/excludesNothing(pattern:known:)`` where a pattern fits nothing at all.
  public func allowed(of coupling: Coupling) throws(PruningError) -> [Group] {
    let all = coupling.groups + coupling.frozen
    for pattern in patterns where !all.contains(where: { Self.fits(pattern, $0) }) {
      throw .excludesNothing(pattern: pattern, known: all.map(\.name))
    }
    return coupling.groups.filter { group in !patterns.contains { Self.fits($0, group) } }
  }

  /// Whether the parameter `name` is excluded.
  public func excludes(parameter name: String) -> Bool {
    patterns.contains { pattern in
      Self.matches(pattern, name) || Self.matches(pattern, Self.layer(of: name))
    }
  }

  private static func fits(_ pattern: String, _ group: Group) -> Bool {
    matches(pattern, group.name)
      || group.producers.contains {
        matches(pattern, $0.value) || matches(pattern, layer(of: $0.value))
      }
  }

  /// The layer a parameter belongs to: its name up to the last dot.
  public static func layer(of parameter: String) -> String {
    parameter.lastIndex(of: ".").map { String(parameter[..<$0]) } ?? parameter
  }

  /// Whether `text` fits `pattern`, in which `*` stands for any run of characters.
  public static func matches(_ pattern: String, _ text: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return pattern == text }
    guard text.hasPrefix(parts[0]) else { return false }
    var rest = text.dropFirst(parts[0].count)
    for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
  }
}
