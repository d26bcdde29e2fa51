// The step of channel counts at which a runtime's latency really falls, found from measured widths.
//
// Kernels take channels by vectors and blocks, so latency is a staircase: between two steps units
// leave without saving time. The question for a step s is how much of the time that s - 1, s - 2, ...
// units are worth is saved before all s of them are gone. Let t(n) be the time at n units below a
// width that every step divides, and b = (t(0) - t(32)) / 32 what a unit is worth over a whole 32, at
// whose ends every staircase of a smaller step stands on an edge. Then
//
//   share(s) = sum over 0 < n < s of (t(0) - t(n)) / sum over 0 < n < s of b n
//
// is 1 where latency falls unit by unit, about 1/2 or more where the real step is s/2 or smaller, and 0
// (or less, where odd counts are slower) where it does not fall before the step. As slow odd counts
// could hide that half of the step saves time, the time at n = s/2 is looked at by itself too. The step
// taken is the largest whose share is at most 1/4, with its error at most 1/2, and of whose half at
// most 1/2 is saved.

/// The step of channel counts at which latency really falls.
public struct ChannelStep: Sendable, Hashable, Codable {
  /// The time of one layer pair at one width.
  public struct Width: Sendable, Hashable, Codable {
    /// Units.
    public let units: Int
    /// The median time in milliseconds.
    public let milliseconds: Double
    /// The time over that of the widest, turn by turn, with its 95 % interval.
    public let ratio: Double
    public let lower: Double
    public let upper: Double
  }

  /// One pair of layers that was timed.
  public struct Layer: Sendable, Hashable, Codable {
    /// The group whose units were varied, and how many it has.
    public let group: String
    public let size: Int
    /// The layers in words.
    public let layers: [String]
    /// The part of the timed pairs' multiply-accumulates that this one has.
    public let weight: Double
    /// The times, the widest first.
    public let widths: [Width]
    /// What one unit is worth, as a fraction of the widest's time; `nil` where that is within noise.
    public let unitSaving: Double?
  }

  /// A step that was considered.
  public struct Candidate: Sendable, Hashable, Codable {
    /// The step.
    public let step: Int
    /// The part of what units are worth that is saved before the whole step is gone.
    public let share: Double
    /// How far the share may be off.
    public let error: Double
    /// The part of what half the step is worth that is saved when just that half is gone.
    public let half: Double
    /// Whether latency was shown not to fall before the step.
    public var holds: Bool { share <= 0.25 && share + error <= 0.5 && half <= 0.5 }
  }

  /// The step; 1 where none was shown.
  public let units: Int
  /// Why, in one sentence.
  public let reason: String
  /// The steps considered, ascending; empty where nothing could be told.
  public let candidates: [Candidate]
  /// The layers that were timed.
  public let layers: [Layer]

  /// The steps considered.
  public static let steps = [2, 4, 8, 16, 32]
  /// How many units below the widest are timed: all that a small step needs, some of a large one's.
  static let offsets = [0, 1, 2, 3, 4, 6, 7, 8, 10, 12, 14, 15, 16, 20, 24, 28, 31, 32]

  /// The widest that is timed for a group of `size` units: near its own size, where that still lets a
  /// few units be seen.
  static func widest(for size: Int) -> Int { min(128, max(64, size / 32 * 32)) }

  /// The step that measured layers show.
  init(_ layers: [Layer]) {
    self.layers = layers
    let telling = layers.filter { $0.unitSaving != nil }
    let total = telling.reduce(0) { $0 + $1.weight }
    guard total > 0 else {
      candidates = []
      units = 1
      reason =
        layers.isEmpty
        ? "no layer of the network can be timed by itself"
        : "latency does not fall with the width of the layers beyond the noise of the measurement"
      return
    }
    let found = Self.steps.map { step in
      let shares = telling.map { layer in (layer.share(of: step), layer.weight / total) }
      return Candidate(
        step: step, share: shares.reduce(0) { $0 + $1.0.share * $1.1 },
        error: shares.reduce(0) { $0 + $1.0.error * $1.1 },
        half: shares.reduce(0) { $0 + $1.0.half * $1.1 })
    }
    candidates = found
    if let best = found.last(where: \.holds) {
      units = best.step
      reason =
        "latency falls by steps of \(best.step): of what units are worth, \(Self.percent(best.share)) "
        + "is saved before all \(best.step) are gone (within \(Self.percent(best.error)))"
        + (found.first { $0.step == 2 * best.step }.map {
          ", and \(Self.percent($0.share)) for \($0.step)"
        } ?? "")
    } else {
      units = 1
      reason = "no step was shown: latency falls between the multiples of every one"
    }
  }

  private static func percent(_ part: Double) -> String { "\(Int((part * 100).rounded())) %" }
}

extension ChannelStep.Layer {
  /// What was measured of a pair, the widest first.
  init(_ pair: LayerPair, weight: Double, _ latencies: [Latency]) {
    group = pair.group
    size = pair.size
    layers = [pair.producer.description] + (pair.consumer.map { [$0.description] } ?? [])
    self.weight = weight
    let widest = ChannelStep.widest(for: pair.size)
    let measured = zip(ChannelStep.offsets, latencies).compactMap { offset, latency in
      latencies.first.flatMap { latency.ratio(to: $0) }.map { ratio in
        ChannelStep.Width(
          units: widest - offset, milliseconds: latency.summary.median * 1e3, ratio: ratio.median,
          lower: ratio.medianInterval.lower, upper: ratio.medianInterval.upper)
      }
    }
    widths = measured
    let last = measured.last { widest - $0.units == 32 }
    // What 32 units are worth must be seen for sure.
    unitSaving = last.flatMap { $0.upper < 1 ? (1 - $0.ratio) / 32 : nil }
  }

  /// The part of what units are worth that is saved before all `step` are gone, its error, and the
  /// part that is saved when half of them are.
  fileprivate func share(of step: Int) -> (share: Double, error: Double, half: Double) {
    guard let unitSaving, let widest = widths.first?.units,
      let middle = widths.first(where: { widest - $0.units == step / 2 })
    else { return (1, 1, 1) }
    let inside = widths.filter { (1..<step).contains(widest - $0.units) }
    let worth = inside.reduce(0) { $0 + unitSaving * Double(widest - $1.units) }
    guard worth > 0 else { return (1, 1, 1) }
    let saved = inside.reduce(0) { $0 + 1 - $1.ratio }
    let error = inside.reduce(0) { $0 + ($1.upper - $1.lower) / 2 }
    let half = (1 - middle.ratio) / (unitSaving * Double(step / 2))
    return (saved / worth, error / worth, half)
  }
}
