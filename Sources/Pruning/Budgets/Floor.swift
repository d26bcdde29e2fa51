// Floor: the least that stays of every group, so that no layer empties.

/// The least that stays of every group, so that no layer empties.
///
/// Written `4` (units) or `10%` or `0.1` (a fraction of each group's units, rounded up). Whatever it
/// says, at least one unit stays; a group that is smaller keeps all it has. As every layer's outputs
/// belong to groups, a layer keeps at least this much of them.
public enum Floor: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// So many units.
  case units(Int)
  /// This fraction of the units there are.
  case fraction(Double)

  /// So many units.
  public init(integerLiteral value: Int) { self = .units(value) }

  /// The floor that `text` writes down.
  ///
  /// - Throws: ``PruningError/floor(text:)``.
  public init(parsing text: String) throws(PruningError) {
    if let units = Int(text) {
      guard units >= 1 else { throw .floor(text: text) }
      self = .units(units)
    } else {
      let isPercent = text.hasSuffix("%")
      let number = Double(isPercent ? String(text.dropLast()) : text).map {
        isPercent ? $0 / 100 : $0
      }
      guard let number, number > 0, number <= 1 else { throw .floor(text: text) }
      self = .fraction(number)
    }
  }

  /// The fewest units that stay of `size`: at least 1, at most all.
  public func units(of size: Int) -> Int {
    let wanted =
      switch self {
      case .units(let count): count
      // A fraction such as 0.1 of 30 is meant to be 3, whatever its last bit says.
      case .fraction(let part): Int((part * Double(size) - 1e-9).rounded(.up))
      }
    return min(size, max(1, wanted))
  }
}

extension Floor: CustomStringConvertible {
  /// The floor as it is written on the command line.
  public var description: String {
    switch self {
    case .units(let count): "\(count)"
    case .fraction(let part): "\(part)"
    }
  }
}
