// Granularity: what one unit is that is kept or pruned.

/// What one unit is that is kept or pruned.
public enum Granularity: String, Sendable, Hashable, CaseIterable {
  /// A single weight. Tensors keep their shapes; pruned weights are zero.
  case element
  /// A filter, neuron or channel, together with everything that can only leave with it. Tensors
  /// become smaller.
  case filter

  /// The granularity called `name`.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``.
  public init(named name: String) throws(PruningError) {
    guard let found = Granularity(rawValue: name) else {
      throw .noSuch(
        part: "granularity", name: name, known: Granularity.allCases.map(\.rawValue))
    }
    self = found
  }
}
