// The settings of a part of the grammar, read one by one, wherever they were written.

/// The settings of a part of the grammar, such as `temperature: 200` of GraSP.
///
/// A part reads them by their names with ``double(_:default:in:)``, ``int(_:default:in:)``,
/// ``bool(_:default:)``, ``choice(_:default:)``, ``strings(_:)`` and ``table(_:default:in:)``; whoever
/// wrote them (a recipe, a command line) then complains about those that were not asked for, at the line
/// where they stand.
public final class PartSettings {
  /// A setting as it was written.
  public enum Value: Sendable, Hashable {
    /// A number, a word.
    case text(String)
    /// Several of them.
    case list([String])
    /// Numbers by names or patterns of names.
    case table([String: String])
  }

  /// A setting that a part reads.
  public struct Setting: Sendable, Codable, Hashable {
    /// Its name.
    public let name: String
    /// What can stand there.
    public let expected: String
    /// What is taken where it is absent; `nil` where it must be there, or where that depends.
    public let usual: String?

    /// A setting.
    public init(name: String, expected: String, usual: String?) {
      (self.name, self.expected, self.usual) = (name, expected, usual)
    }
  }

  /// The settings that were asked for, in their order.
  public private(set) var asked: [Setting] = []
  private let values: [String: Value]

  /// The settings by name; none means the usual ones.
  public init(_ values: [String: Value] = [:]) { self.values = values }

  /// The number at `key`, or `value` where it is absent.
  ///
  /// - Throws: ``PruningError/setting(key:found:expected:)`` for anything else.
  public func double(
    _ key: String, default value: Double, in range: ClosedRange<Double> = 0...Double.infinity
  ) throws(PruningError) -> Double {
    let expected = Self.describe(range)
    guard let written = look(key, expected, usual: Self.written(value)) else { return value }
    guard case .text(let text) = written, let number = Self.number(text, in: range) else {
      throw .setting(key: key, found: written.description, expected: expected)
    }
    return number
  }

  /// The whole number at `key`, or `value` where it is absent.
  ///
  /// - Throws: ``PruningError/setting(key:found:expected:)``.
  public func int(
    _ key: String, default value: Int, in range: ClosedRange<Int> = 0...Int(Int32.max)
  ) throws(PruningError) -> Int {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard let written = look(key, expected, usual: "\(value)") else { return value }
    guard case .text(let text) = written, let number = Int(text), range.contains(number) else {
      throw .setting(key: key, found: written.description, expected: expected)
    }
    return number
  }

  /// True or false at `key`, or `value` where it is absent.
  ///
  /// - Throws: ``PruningError/setting(key:found:expected:)``.
  public func bool(_ key: String, default value: Bool) throws(PruningError) -> Bool {
    guard let written = look(key, "true or false", usual: "\(value)") else { return value }
    switch written {
    case .text("true"): return true
    case .text("false"): return false
    default:
      throw .setting(key: key, found: written.description, expected: "true or false")
    }
  }

  /// One of a few words at `key`, or `value` where it is absent.
  ///
  /// - Throws: ``PruningError/setting(key:found:expected:)``.
  public func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, default value: Choice
  ) throws(PruningError) -> Choice {
    let expected = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    guard let written = look(key, expected, usual: value.rawValue) else { return value }
    guard case .text(let text) = written, let choice = Choice(rawValue: text) else {
      throw .setting(key: key, found: written.description, expected: expected)
    }
    return choice
  }

  /// The numbers at `key` by name, or `value` where it is absent.
  ///
  /// - Throws: ``PruningError/setting(key:found:expected:)``.
  public func table(
    _ key: String, default value: [String: Double] = [:],
    in range: ClosedRange<Double> = 0...Double.infinity
  ) throws(PruningError) -> [String: Double] {
    let expected = "names with \(Self.describe(range)) each"
    let usual = value.sorted { $0.key < $1.key }.map { "\($0.key): \(Self.written($0.value))" }
    guard let written = look(key, expected, usual: "{\(usual.joined(separator: ", "))}") else {
      return value
    }
    guard case .table(let entries) = written else {
      throw .setting(key: key, found: written.description, expected: expected)
    }
    var table: [String: Double] = [:]
    for (name, text) in entries {
      guard let number = Self.number(text, in: range) else {
        throw .setting(key: key, found: "'\(text)' for '\(name)'", expected: expected)
      }
      table[name] = number
    }
    return table
  }

  /// The texts at `key`, such as patterns of names (a single one is a list of one); empty where it is
  /// absent.
  ///
  /// - Throws: ``PruningError/setting(key:found:expected:)``.
  public func strings(_ key: String) throws(PruningError) -> [String] {
    let expected = "a text, or a list of texts"
    switch look(key, expected, usual: "none") {
    case nil: return []
    case .text(let text): return [text]
    case .list(let texts): return texts
    case .table(let table):
      throw .setting(key: key, found: "\(Value.table(table))", expected: expected)
    }
  }

  private func look(_ key: String, _ expected: String, usual: String) -> Value? {
    if !asked.contains(where: { $0.name == key }) {
      asked.append(Setting(name: key, expected: expected, usual: usual))
    }
    return values[key]
  }

  /// A number as recipes write it: whole ones without a point.
  package static func written(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  private static func number(_ text: String, in range: ClosedRange<Double>) -> Double? {
    Double(text).flatMap { $0.isFinite && range.contains($0) ? $0 : nil }
  }

  private static func describe(_ range: ClosedRange<Double>) -> String {
    range.upperBound.isInfinite
      ? "a number of at least \(written(range.lowerBound))"
      : "a number from \(written(range.lowerBound)) to \(written(range.upperBound))"
  }
}

extension PartSettings.Value: CustomStringConvertible {
  /// The value in words, for messages.
  public var description: String {
    switch self {
    case .text(let text): "'\(text)'"
    case .list: "a list"
    case .table: "a mapping"
    }
  }
}
