// Exclusions: what must not be pruned, by name.

import Network
import Training

/// What must not be pruned, by name; `*` stands for any run of characters, `?` for one.
///
/// A layer stays in one of three ways, which differ: its outputs stay while it may lose inputs to its
/// neighbours; its inputs stay while it may lose outputs of its own; or the whole layer stays, and
/// with it what its neighbours share with it.
///
/// A name fits a group through the group's own name, through a parameter that takes part in that way,
/// or through the layer such a parameter belongs to (its name without `.weight`).
public struct Exclusions: Sendable, Hashable {
  /// What must keep all of its outputs: what it makes.
  public var outputs: [String]
  /// What must keep all of its inputs: what it uses up.
  public var inputs: [String]
  /// What must stay as it is.
  public var layers: [String]

  /// Excludes what fits the patterns.
  public init(_ outputs: [String] = [], inputs: [String] = [], layers: [String] = []) {
    self.outputs = outputs
    self.inputs = inputs
    self.layers = layers
  }

  /// All patterns.
  public var patterns: [String] { outputs + inputs + layers }

  /// The groups that may be pruned.
  ///
  /// - Throws: ``PruningError/excludesNothing(pattern:known:)`` where a pattern fits nothing at all.
  public func allowed(of coupling: Coupling) throws(PruningError) -> [Group] {
    let all = coupling.groups + coupling.frozen
    for (patterns, parts) in ways {
      for pattern in patterns where !all.contains(where: { Self.fits(pattern, $0, parts) }) {
        throw .excludesNothing(pattern: pattern, known: all.map(\.name))
      }
    }
    return coupling.groups.filter { group in
      !ways.contains { patterns, parts in
        patterns.contains { Self.fits($0, group, parts) }
      }
    }
  }

  /// Whether the single weights of the parameter `name` must stay.
  public func excludes(parameter name: String) -> Bool {
    (outputs + layers).contains { Self.fits($0, parameter: name) }
  }

  /// Finds out whether every pattern fits a weight of `network`.
  ///
  /// - Throws: ``PruningError/excludesNothing(pattern:known:)`` where one fits none.
  public func check(weightsOf network: Network) throws(PruningError) {
    let names = network.weightNames
    for pattern in patterns
    where !names.contains(where: { Exclusions([pattern]).excludes(parameter: $0) }) {
      throw .excludesNothing(pattern: pattern, known: names)
    }
  }

  /// The patterns with how a parameter that fits must take part.
  private var ways: [(patterns: [String], parts: Set<Relations.Part>)] {
    [
      (outputs, [.producer]), (inputs, [.consumer]), (layers, [.producer, .consumer, .carrier]),
    ]
  }

  private static func fits(
    _ pattern: String, _ group: Group, _ parts: Set<Relations.Part>
  ) -> Bool {
    // A group is named after what makes it.
    parts.contains(.producer) && NamePattern.matches(group.name, pattern)
      || group.members.contains {
        $0.role != nil && parts.contains($0.part) && fits(pattern, parameter: $0.value)
      }
  }

  /// Whether a pattern fits the parameter `name`, or the layer it belongs to.
  static func fits(_ pattern: String, parameter name: String) -> Bool {
    NamePattern.matches(name, pattern) || NamePattern.matches(layer(of: name), pattern)
  }

  /// The layer a parameter belongs to: its name up to the last dot.
  public static func layer(of parameter: String) -> String {
    parameter.lastIndex(of: ".").map { String(parameter[..<$0]) } ?? parameter
  }
}
