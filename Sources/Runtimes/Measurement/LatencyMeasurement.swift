// Measures the latency of several candidates side by side, taking turns.

/// One thing to measure.
public struct LatencyCandidate {
  /// The name under which it is reported.
  public let name: String
  /// Runs it once.
  public let run: () throws(RuntimeError) -> Void

  /// A candidate that is a piece of code.
  public init(name: String, run: @escaping () throws(RuntimeError) -> Void) {
    self.name = name
    self.run = run
  }

  /// A candidate that is a loaded model with its inputs in place.
  public init(name: String, _ inference: any BoundInference) {
    self.init(name: name) { () throws(RuntimeError) in try inference.run() }
  }
}

/// How to measure: candidates take turns (A B A B ...), so that a drift of the machine's speed meets
/// all of them alike.
///
/// A turn, or visit, is as many runs as fill `visitSeconds`, at least one, each timed by itself: very
/// short runs would otherwise always start with the other candidate's data in the caches. Measured
/// runs go on until every candidate has its time and its number of runs.
///
/// ```swift
/// let dense = LatencyCandidate(name: "dense", try runtime.prepare("dense.onnx", batch: 1))
/// let pruned = LatencyCandidate(name: "pruned", try runtime.prepare("pruned.onnx", batch: 1))
/// let latencies = try LatencyMeasurement().measure([dense, pruned])
/// let ratio = latencies[1].ratio(to: latencies[0])
/// ```
public struct LatencyMeasurement: Sendable {
  /// Runs of each candidate before anything is measured.
  public var warmup: Int
  /// Measured time of each candidate, at least, in seconds.
  public var minimumSeconds: Double
  /// Measured runs of each candidate, at least.
  public var minimumRuns: Int
  /// The length of one visit, about, in seconds.
  public var visitSeconds: Double
  /// Nanoseconds on a clock that never goes back.
  var now: @Sendable () -> UInt64

  /// How to measure.
  public init(
    warmup: Int = 5, minimumSeconds: Double = 1, minimumRuns: Int = 30, visitSeconds: Double = 0.01
  ) {
    self.init(
      warmup: warmup, minimumSeconds: minimumSeconds, minimumRuns: minimumRuns,
      visitSeconds: visitSeconds, now: MonotonicClock.nanoseconds)
  }

  init(
    warmup: Int, minimumSeconds: Double, minimumRuns: Int, visitSeconds: Double,
    now: @escaping @Sendable () -> UInt64
  ) {
    self.warmup = warmup
    self.minimumSeconds = minimumSeconds
    self.minimumRuns = minimumRuns
    self.visitSeconds = visitSeconds
    self.now = now
  }

  /// Measures the candidates in one run; the result is in their order.
  ///
  /// - Throws: ``RuntimeError/emptyMeasurement(reason:)`` where there are no candidates or the
  ///   settings ask for nothing; whatever a candidate throws.
  public func measure(_ candidates: [LatencyCandidate]) throws(RuntimeError) -> [Latency] {
    guard !candidates.isEmpty else { throw .emptyMeasurement(reason: "no candidate was given") }
    guard minimumSeconds.isFinite, visitSeconds.isFinite else {
      throw .emptyMeasurement(reason: "a time of \(minimumSeconds) s cannot be measured")
    }
    var runsPerVisit: [Int] = []
    for candidate in candidates { runsPerVisit.append(try warmUp(candidate)) }

    var visits = [[[Double]]](repeating: [], count: candidates.count)
    var seconds = [Double](repeating: 0, count: candidates.count)
    var runs = [Int](repeating: 0, count: candidates.count)
    func unfinished() -> Bool {
      candidates.indices.contains {
        runs[$0] < Self.mostRuns
          && (seconds[$0] < minimumSeconds || runs[$0] < max(1, minimumRuns))
      }
    }
    while unfinished() {
      for (index, candidate) in candidates.enumerated() {
        var visit: [Double] = []
        visit.reserveCapacity(runsPerVisit[index])
        for _ in 0..<runsPerVisit[index] { visit.append(try time(candidate)) }
        seconds[index] += visit.reduce(0, +)
        runs[index] += visit.count
        visits[index].append(visit)
      }
    }
    var latencies: [Latency] = []
    for (candidate, visits) in zip(candidates, visits) {
      guard let latency = Latency(name: candidate.name, visits: visits) else {
        throw .emptyMeasurement(reason: "\(candidate.name) was never run")
      }
      latencies.append(latency)
    }
    return latencies
  }

  /// Runs a candidate until it is warm; returns how many runs fill one visit.
  private func warmUp(_ candidate: LatencyCandidate) throws(RuntimeError) -> Int {
    var fastest = Double.infinity
    for _ in 0..<max(1, warmup) { fastest = min(fastest, try time(candidate)) }
    guard fastest > 0 else { return Self.mostRunsPerVisit }
    let runs = (visitSeconds / fastest).rounded(.down)
    return Int(min(max(1, runs), Double(Self.mostRunsPerVisit)))
  }

  // Bounds that hold whatever the clock says.
  private static let mostRunsPerVisit = 1000
  private static let mostRuns = 1_000_000

  /// The time of one run in seconds.
  private func time(_ candidate: LatencyCandidate) throws(RuntimeError) -> Double {
    let start = now()
    try candidate.run()
    return Double(now() &- start) * 1e-9
  }
}
