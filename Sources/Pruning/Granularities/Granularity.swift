// Granularity: what one unit is that is kept or pruned.

/// What one unit is that is kept or pruned.
public enum Granularity: Sendable {
  /// A filter, neuron or channel, together with everything that can only leave with it. Tensors
  /// become smaller.
  case filter
  /// A single weight. Tensors keep their shapes; pruned weights are zero.
  case element
  /// Single weights that leave in sets, by a rule. Tensors keep their shapes.
  case sets(any SetGranularity)

  /// The words that stand for a granularity.
  public static var words: [(name: String, summary: String)] {
    [
      ("filter", "a filter, neuron or channel with all that leaves with it, cut out"),
      ("element", "a single weight, set to zero"),
    ] + SetGranularities.all.map { ($0.name, $0.summary) }
  }

  /// The granularity called `name`, with its usual settings where none are given.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``, ``PruningError/setting(key:found:expected:)``.
  public init(
    named name: String, _ settings: PartSettings = PartSettings()
  ) throws(PruningError) {
    switch name {
    case "filter": self = .filter
    case "element": self = .element
    default:
      guard let found = SetGranularities.all.first(where: { $0.name == name }) else {
        throw .noSuch(
          part: "granularity", name: name, known: Granularity.words.map { $0.name })
      }
      var granularity = found.init()
      try granularity.configure(settings)
      self = .sets(granularity)
    }
  }

  /// The word of recipes and command lines.
  public var name: String {
    switch self {
    case .filter: "filter"
    case .element: "element"
    case .sets(let granularity): type(of: granularity).name
    }
  }

  /// Whether units are cut out, and not set to zero.
  public var cuts: Bool { if case .filter = self { true } else { false } }

  /// The rule by which single weights leave; `nil` where each stands alone, or whole units are cut.
  public var sets: (any SetGranularity)? {
    if case .sets(let granularity) = self { granularity } else { nil }
  }
}
