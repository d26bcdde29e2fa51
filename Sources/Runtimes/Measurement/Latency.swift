// The latency of one candidate: every measured run, and what they say.

/// What was measured of one candidate.
public struct Latency: Sendable, Hashable {
  /// The candidate's name.
  public let name: String
  /// The time of every run in seconds, by visit: candidates take turns, and a visit is one turn.
  public let visits: [[Double]]
  /// The runs together, in seconds.
  public let summary: SampleSummary

  /// A latency from its runs; `nil` where there are none.
  public init?(name: String, visits: [[Double]]) {
    guard let summary = SampleSummary(visits.flatMap { $0 }) else { return nil }
    self.name = name
    self.visits = visits
    self.summary = summary
  }

  /// How many times as long this candidate takes as another measured in the same run: the summary of
  /// the ratios of visits that stood side by side, in which a drift of the machine's speed cancels.
  ///
  /// `nil` where the two have no visits in common or the other took no measurable time.
  public func ratio(to other: Latency) -> SampleSummary? {
    let ratios = zip(visits, other.visits).compactMap { own, others -> Double? in
      guard let a = SampleSummary(own)?.median, let b = SampleSummary(others)?.median, b > 0 else {
        return nil
      }
      return a / b
    }
    return SampleSummary(ratios)
  }
}
