// Round to: of how many units kept counts are multiples, given or measured.

/// Of how many units kept counts are multiples.
public enum RoundTo: Sendable, Hashable {
  /// Of so many.
  case units(Int)
  /// Of as many as the runtime on this machine takes at a time, which is measured.
  case auto

  /// The number that was given; `nil` where it is to be measured.
  public var fixed: Int? { if case .units(let count) = self { count } else { nil } }

  /// What `text` writes down: a number of at least 1, or `auto`.
  ///
  /// - Throws: ``PruningError/roundTo(text:)``.
  public init(parsing text: String) throws(PruningError) {
    if text == "auto" {
      self = .auto
    } else if let units = Int(text), (1...4096).contains(units) {
      self = .units(units)
    } else {
      throw .roundTo(text: text)
    }
  }
}

extension RoundTo: CustomStringConvertible {
  /// As it is written on the command line.
  public var description: String {
    switch self {
    case .units(let count): "\(count)"
    case .auto: "auto"
    }
  }
}
