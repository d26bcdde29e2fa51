// Target: how small the network is to become, in which quantity.

/// How small the network is to become, in which quantity.
///
/// Written `macs=0.5` (the fraction kept), `params=200k`, `bytes=1.5MB`; `sparsity=0.9` is the
/// fraction of the prunable weights removed.
public struct Target: Sendable, Hashable {
  /// A quantity that shrinks when units leave.
  public enum Quantity: String, Sendable, Hashable, CaseIterable {
    /// Trainable parameters.
    case params
    /// Multiply-accumulates of one run.
    case macs
    /// Bytes of the tensors the file carries.
    case bytes
    /// The fraction of prunable weights that is removed.
    case sparsity

    /// What an absolute amount counts.
    public var unit: String {
      switch self {
      case .params: "parameters"
      case .macs: "multiply-accumulates"
      case .bytes: "bytes"
      case .sparsity: "of the weights removed"
      }
    }
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
  /// How much of it is to be left; for sparsity, the fraction removed.
  public var amount: Amount

  /// A target.
  ///
  /// - Throws: ``PruningError/target(text:reason:)`` where the amount makes no sense.
  public init(_ quantity: Quantity, _ amount: Amount) throws(PruningError) {
    self.quantity = quantity
    self.amount = amount
    switch amount {
    case .fraction(let f) where quantity == .sparsity:
      guard f >= 0, f < 1 else { throw .target(text: "\(self)", reason: "sparsity lies in [0, 1)") }
    case .fraction(let f):
      guard f > 0, f <= 1 else {
        throw .target(text: "\(self)", reason: "a fraction kept lies in (0, 1]")
      }
    case .absolute(let n):
      guard quantity != .sparsity else {
        throw .target(text: "\(self)", reason: "sparsity is a fraction in [0, 1)")
      }
      guard n >= 1, n.isFinite else {
        throw .target(text: "\(self)", reason: "an absolute amount is at least 1")
      }
    }
  }

  /// The target written as `quantity=amount`.
  ///
  /// A number up to 1 without a unit is a fraction; suffixes k, M, G (and kB, MB, GB for bytes) make
  /// it absolute, as does a number above 1.
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
    let suffixes: [(String, Double)] = [
      ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1), ("k", 1e3), ("M", 1e6), ("G", 1e9),
      ("%", 0.01),
    ]
    var number = amount
    var factor: Double?
    for (suffix, value) in suffixes where amount.hasSuffix(suffix) {
      guard !suffix.hasSuffix("B") || quantity == .bytes else { continue }
      number = String(amount.dropLast(suffix.count))
      factor = value
      break
    }
    guard let value = Double(number), value.isFinite else {
      throw .target(text: text, reason: "'\(amount)' is not a number with a unit of \(quantity)")
    }
    let meant: Amount =
      switch factor {
      case 0.01?: .fraction(value / 100)
      case let factor?: .absolute(value * factor)
      case nil: value <= 1 ? .fraction(value) : .absolute(value)
      }
    do throws(PruningError) { try self.init(quantity, meant) } catch {
      guard case .target(_, let reason) = error else { throw error }
      throw .target(text: text, reason: reason)
    }
  }
}

extension Target: CustomStringConvertible {
  /// The target as it is written on the command line.
  public var description: String {
    switch amount {
    case .fraction(let f): "\(quantity)=\(f)"
    case .absolute(let n): "\(quantity)=\(n)"
    }
  }
}
