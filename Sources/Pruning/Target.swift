// Target: how small the network is to become, in which quantity.

/// How small the network is to become, in which quantity.
///
/// Written `macs=0.5` (the fraction kept), `params=200k`, `bytes=1.5MB`, `latency=2ms`;
/// `sparsity=0.9` is the fraction of the prunable weights removed, `effective-sparsity=0.9` the fraction
/// of all weights that is removed or lies on no path from an input to an output. `units=0.3` keeps three in ten of
/// the units, `threshold=1e-3` those that score 0.001 or more; `threshold=0` removes what scores 0.
public struct Target: Sendable, Hashable {
  /// A quantity that shrinks when units leave.
  public enum Quantity: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Trainable parameters.
    case params
    /// Multiply-accumulates of one run.
    case macs
    /// Bytes of the file: the tensors', and what it has beside them (``FileOverhead``).
    case bytes
    /// The fraction of prunable weights that is removed.
    case sparsity
    /// Seconds of one run, which a ``Meter`` measures.
    case latency
    /// Filters, neurons and channels, by their number.
    case units
    /// No budget: the units or weights leave whose score is below the amount, or at 0 where it is 0.
    case threshold
    /// The fraction of weights that is removed, or on no path from an input to an output.
    case effectiveSparsity = "effective-sparsity"

    /// The quantity as targets name it.
    public var description: String { rawValue }

    /// Whether it says which fraction of the weights leaves, and not what is left.
    public var isSparsity: Bool { self == .sparsity || self == .effectiveSparsity }

    /// What an absolute amount counts.
    public var unit: String {
      switch self {
      case .params: "parameters"
      case .macs: "multiply-accumulates"
      case .bytes: "bytes"
      case .sparsity, .effectiveSparsity: "of the weights removed"
      case .latency: "seconds"
      case .units, .threshold: "units"
      }
    }

    /// Whether it says how many units leave without asking what that saves.
    public var isCount: Bool { self == .units || self == .threshold }
  }

  /// How much is to be left.
  public enum Amount: Sendable, Hashable {
    /// This fraction of what there was.
    case fraction(Double)
    /// This much.
    case absolute(Double)
  }

  /// The quantity.
  public var quantity: Quantity
  /// How much of it is to be left; for a sparsity, the fraction removed.
  public var amount: Amount

  /// Whether what scores `score` stays by the threshold `threshold`: what reaches it does, and where it is 0,
  /// what is above.
  static func keeps(_ score: Float, by threshold: Double) -> Bool {
    let threshold = Float(threshold)
    return threshold > 0 ? score >= threshold : score > threshold
  }

  /// Whether a fraction is asked for, and not an amount.
  public var isFraction: Bool { if case .fraction = amount { true } else { false } }

  /// A target.
  ///
  /// - Throws: ``PruningError/target(text:reason:)`` where the amount makes no sense.
  public init(_ quantity: Quantity, _ amount: Amount) throws(PruningError) {
    self.quantity = quantity
    self.amount = amount
    switch amount {
    case .fraction where quantity == .threshold:
      throw .target(text: "\(self)", reason: "a threshold is a score, not a fraction")
    case .absolute(let score) where quantity == .threshold:
      guard score.isFinite, score >= 0 else {
        throw .target(text: "\(self)", reason: "a threshold is a score of at least 0")
      }
    case .fraction(let f) where quantity.isSparsity:
      guard f >= 0, f < 1 else {
        throw .target(text: "\(self)", reason: Self.fractionsOnly(quantity))
      }
    case .fraction(let f):
      guard f > 0, f <= 1 else {
        throw .target(text: "\(self)", reason: "a fraction kept lies in (0, 1]")
      }
    case .absolute(let n):
      guard !quantity.isSparsity else {
        throw .target(text: "\(self)", reason: Self.fractionsOnly(quantity))
      }
      guard n.isFinite, quantity == .latency ? n > 0 : n >= 1 else {
        let least =
          quantity == .latency ? "a latency is above 0" : "an absolute amount is at least 1"
        throw .target(text: "\(self)", reason: least)
      }
    }
  }

  private static func fractionsOnly(_ quantity: Quantity) -> String {
    "\(quantity) is the fraction that leaves, from 0 to below 1, such as 0.9 or 90%"
  }

  /// The target written as `quantity=amount`.
  ///
  /// A number up to 1 without a unit is a fraction; suffixes k, M, G (and kB, MB, GB for bytes) make
  /// it absolute, as does a number above 1. A latency that is not a fraction has the unit us, ms or s.
  ///
  /// - Throws: ``PruningError/target(text:reason:)``.
  public init(parsing text: String) throws(PruningError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw .target(text: text, reason: "write it as quantity=amount, for example macs=0.5")
    }
    try self.init(quantity: String(parts[0]), amount: String(parts[1]))
  }

  /// The target of a quantity's name and an amount as text.
  ///
  /// - Throws: ``PruningError/target(text:reason:)``.
  public init(quantity name: String, amount: String) throws(PruningError) {
    let text = "\(name)=\(amount)"
    guard let quantity = Quantity(rawValue: name) else {
      throw .target(
        text: text,
        reason: "the quantities are "
          + Quantity.allCases.map(\.rawValue).joined(separator: ", "))
    }
    var number = amount
    var unit: Unit?
    if let found = quantity.units.first(where: { amount.hasSuffix($0.suffix) }) {
      number = String(amount.dropLast(found.suffix.count))
      unit = found
    }
    guard let value = Double(number), value.isFinite else {
      throw .target(text: text, reason: "'\(amount)' is not a number with a unit of \(quantity)")
    }
    if quantity == .latency, unit == nil, value > 1 {
      throw .target(text: text, reason: "write the unit of a latency, for example latency=2ms")
    }
    let meant: Amount =
      if quantity == .threshold {
        .absolute(value)
      } else if let unit {
        unit.suffix == "%" ? .fraction(value / 100) : .absolute(value * unit.times / unit.parts)
      } else {
        value <= 1 ? .fraction(value) : .absolute(value)
      }
    do throws(PruningError) { try self.init(quantity, meant) } catch {
      guard case .target(_, let reason) = error else { throw error }
      throw .target(text: text, reason: reason)
    }
  }
}

extension Target {
  /// A unit of an amount, the multiple or the part of what is counted.
  fileprivate struct Unit {
    let suffix: String
    var times = 1.0
    var parts = 1.0
  }
}

extension Target.Quantity {
  /// The units that amounts may have; of two that fit, the first is meant.
  fileprivate var units: [Target.Unit] {
    if self == .latency {
      return [
        Target.Unit(suffix: "ms", parts: 1e3), Target.Unit(suffix: "us", parts: 1e6),
        Target.Unit(suffix: "µs", parts: 1e6), Target.Unit(suffix: "s"),
        Target.Unit(suffix: "%"),
      ]
    }
    if self == .threshold { return [] }
    let bytes = [
      Target.Unit(suffix: "kB", times: 1e3), Target.Unit(suffix: "MB", times: 1e6),
      Target.Unit(suffix: "GB", times: 1e9), Target.Unit(suffix: "B"),
    ]
    return (self == .bytes ? bytes : []) + [
      Target.Unit(suffix: "k", times: 1e3), Target.Unit(suffix: "M", times: 1e6),
      Target.Unit(suffix: "G", times: 1e9), Target.Unit(suffix: "%"),
    ]
  }
}

extension Target: CustomStringConvertible {
  /// The target as it is written on the command line.
  public var description: String {
    switch amount {
    case .fraction(let f): "\(quantity)=\(f)"
    // In milliseconds where that loses nothing.
    case .absolute(let n) where quantity == .latency && n * 1e3 / 1e3 == n: "latency=\(n * 1e3)ms"
    case .absolute(let n) where quantity == .latency: "latency=\(n)s"
    case .absolute(let n): "\(quantity)=\(n)"
    }
  }
}
