// Per-layer allocation: a paper's own table of how much of each layer stays.

/// Each candidate keeps the density stated for its name.
///
/// Of a layer with the density d, `(1 - d) f / F` leaves when the fraction f of all units does, where F
/// is what leaves of all units at the stated densities: steps on the way take layers in proportion,
/// and the last one, `f = F`, ends at the stated densities exactly. No layer gives up more than that,
/// and what no pattern names stays whole.
public struct PerLayer: Allocation {
  public static let name = "per-layer"
  public static let summary = "the density that the recipe states for each layer"

  /// The part that stays, 0 to 1, by name; `*` stands for any letters. The first that fits counts.
  public let densities: [(pattern: String, density: Double)]

  /// The allocation.
  public init(_ densities: [(pattern: String, density: Double)]) { self.densities = densities }

  public var patterns: [String] { densities.map(\.pattern) }

  public func counts(removing fraction: Double, from candidates: [Candidate]) -> [Int] {
    let most = most(of: candidates)
    let part = most > 0 ? min(1, fraction / most) : 0
    return candidates.map { candidate in
      let count = candidate.scores.count
      return count - Int((leaving(candidate) * part * Double(count)).rounded())
    }
  }

  public func most(of candidates: [Candidate]) -> Double {
    let total = candidates.reduce(0) { $0 + $1.scores.count }
    let whole = candidates.reduce(0) { $0 + leaving($1) * Double($1.scores.count) }
    return total > 0 ? whole / Double(total) : 0
  }

  /// The part of the candidate that leaves in the end.
  private func leaving(_ candidate: Candidate) -> Double {
    let stated = densities.first { Exclusions.fits($0.pattern, parameter: candidate.name) }
    return 1 - (stated?.density ?? 1)
  }
}
