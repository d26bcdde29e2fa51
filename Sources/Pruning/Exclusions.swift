// Exclusions: what must not be pruned, by name.

import Network
import Training

/// What must not be pruned, by name; `*` stands for any run of characters, `?` for one.
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
    patterns.contains { Self.fits($0, parameter: name) }
  }

  private static func fits(_ pattern: String, _ group: Group) -> Bool {
    NamePattern.matches(group.name, pattern)
      || group.producers.contains { fits(pattern, parameter: $0.value) }
  }

  private static func fits(_ pattern: String, parameter name: String) -> Bool {
    NamePattern.matches(name, pattern) || NamePattern.matches(layer(of: name), pattern)
  }

  /// The layer a parameter belongs to: its name up to the last dot.
  public static func layer(of parameter: String) -> String {
    parameter.lastIndex(of: ".").map { String(parameter[..<$0]) } ?? parameter
  }
}
