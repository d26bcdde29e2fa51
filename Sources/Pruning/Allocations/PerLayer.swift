// Per-layer allocation: a paper's own table of how much of each layer stays.

/// Each candidate keeps the density stated for its name.
///
/// Of a layer with the density d, `(1 - d) f / F` leaves when the fraction f of all units does, where F
/// is what leaves of all units at the stated densities: steps on the way take layers in proportion,
/// and the last one, `f = F`, ends at the stated densities exactly. What no pattern names stays whole.
public struct PerLayer: Allocation {
  public static let name = "per-layer"
  public static let summary = "the density that the recipe states for each layer"

  /// The part that stays, 0 to 1, by name; `*` stands for any letters. The first that fits counts.
  public let densities: [(pattern: String, density: Double)]

  /// The allocation.
  public init(_ densities: [(pattern: String, density: Double)]) { self.densities = densities }

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    let leaving = candidates.map { candidate in
      1
        - (densities.first { Exclusions([$0.pattern]).excludes(parameter: candidate.name) }?.density
          ?? 1)
    }
    let total = candidates.reduce(0) { $0 + $1.scores.count }
    let whole = zip(leaving, candidates).reduce(0) { $0 + $1.0 * Double($1.1.scores.count) }
    let scale = whole > 0 ? fraction * Double(total) / whole : 0
    return zip(leaving, candidates).map { leaving, candidate in
      let count = candidate.scores.count
      return count - Int((min(1, leaving * scale) * Double(count)).rounded())
    }
  }
}
