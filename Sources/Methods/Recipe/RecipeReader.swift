// Reads a mapping of a recipe key by key, so that every error names its line and every leftover key.

import Pruning
import Yams

/// A mapping of a recipe, read key by key.
///
/// What is read is ticked off; ``finish()`` complains about keys nobody asked for, so a typing error
/// is never ignored.
public final class RecipeReader {
  /// Where the mapping stands.
  public let place: RecipeError.Place
  private let entries: [(key: String, line: Int?, node: Yams.Node)]
  private var asked: Set<String> = []
  private var known: [String] = []

  /// Reads `node`, which must be a mapping; an absent or empty one has no keys.
  public init(_ node: Yams.Node?, at place: RecipeError.Place) throws(RecipeError) {
    self.place = place
    switch node {
    case nil:
      entries = []
    case .mapping(let mapping)?:
      var entries: [(String, Int?, Yams.Node)] = []
      for (key, value) in mapping {
        guard let name = key.string else {
          let place = RecipeError.Place(
            file: place.file, line: key.mark?.line ?? place.line, path: place.path)
          throw .value(at: place, found: Self.describe(key), expected: "a text as the key")
        }
        entries.append((name, key.mark?.line, value))
      }
      self.entries = try Self.merged(entries, at: place)
    case .scalar(let scalar)? where scalar.string.isEmpty:
      entries = []
    case let other?:
      throw .value(at: place, found: Self.describe(other), expected: "a mapping of keys to values")
    }
  }

  /// The entries with those of the mappings at YAML's merge key `<<` behind them, unless the key stands
  /// here or in an earlier one.
  private static func merged(
    _ entries: [(key: String, line: Int?, node: Yams.Node)], at place: RecipeError.Place
  ) throws(RecipeError) -> [(key: String, line: Int?, node: Yams.Node)] {
    guard let merge = entries.first(where: { $0.key == "<<" }) else { return entries }
    var result = entries.filter { $0.key != "<<" }
    let sources: [Yams.Node]
    if case .sequence(let list) = merge.node {
      sources = Array(list)
    } else {
      sources = [merge.node]
    }
    for source in sources {
      let inner = RecipeError.Place(
        file: place.file, line: merge.line ?? place.line, path: "\(place.path).<<")
      for entry in try RecipeReader(source, at: inner).entries
      where !result.contains(where: { $0.key == entry.key }) { result.append(entry) }
    }
    return result
  }

  /// The keys that are there.
  public var keys: [String] { entries.map(\.key) }

  /// Where `key` stands; where the mapping begins, if it is absent.
  public func place(of key: String) -> RecipeError.Place {
    RecipeError.Place(
      file: place.file, line: entries.first { $0.key == key }?.line ?? place.line,
      path: place.path.isEmpty ? key : "\(place.path).\(key)")
  }

  /// Where one item of the list at `key` stands.
  private func place(of key: String, _ item: Yams.Node) -> RecipeError.Place {
    let list = place(of: key)
    return RecipeError.Place(
      file: list.file, line: item.mark?.line ?? list.line, path: list.path)
  }

  /// The raw value of `key`, ticked off.
  public func node(_ key: String) -> Yams.Node? {
    asked.insert(key)
    if !known.contains(key) { known.append(key) }
    return entries.first { $0.key == key }?.node
  }

  /// The text at `key`, or `value` where it is absent.
  public func string(_ key: String, default value: String) throws(RecipeError) -> String {
    try string(key) ?? value
  }

  /// The text at `key`, or `nil` where it is absent.
  public func string(_ key: String) throws(RecipeError) -> String? {
    guard let node = node(key) else { return nil }
    guard case .scalar(let scalar) = node else {
      throw .value(at: place(of: key), found: Self.describe(node), expected: "a text")
    }
    return scalar.string
  }

  /// The whole number at `key`, or `value` where it is absent.
  public func int(
    _ key: String, default value: Int, in range: ClosedRange<Int> = 0...Int.max
  ) throws(RecipeError) -> Int {
    try int(key, in: range) ?? value
  }

  /// The whole number at `key`, or `nil` where it is absent.
  public func int(
    _ key: String, in range: ClosedRange<Int> = 0...Int.max
  ) throws(RecipeError) -> Int? {
    guard let node = node(key) else { return nil }
    guard let number = node.int, range.contains(number) else {
      let most = range.upperBound == Int.max ? "" : " and at most \(range.upperBound)"
      throw .value(
        at: place(of: key), found: Self.describe(node),
        expected: "a whole number of at least \(range.lowerBound)\(most)")
    }
    return number
  }

  /// The number at `key`, or `value` where it is absent.
  public func double(
    _ key: String, default value: Double, in range: ClosedRange<Double> = 0...Double.infinity
  ) throws(RecipeError) -> Double {
    try double(key, in: range) ?? value
  }

  /// The number at `key`, or `nil` where it is absent.
  public func double(
    _ key: String, in range: ClosedRange<Double> = 0...Double.infinity
  ) throws(RecipeError) -> Double? {
    guard let node = node(key) else { return nil }
    guard case .scalar(let scalar) = node, let number = Double(scalar.string), number.isFinite,
      range.contains(number)
    else {
      let most = range.upperBound.isInfinite ? "" : " and at most \(range.upperBound)"
      throw .value(
        at: place(of: key), found: Self.describe(node),
        expected: "a number of at least \(range.lowerBound)\(most)")
    }
    return number
  }

  /// The number above 0 at `key`, or `nil` where it is absent.
  public func positive(_ key: String) throws(RecipeError) -> Double? {
    guard let node = node(key) else { return nil }
    guard case .scalar(let scalar) = node, let number = Double(scalar.string), number.isFinite,
      number > 0
    else {
      throw .value(at: place(of: key), found: Self.describe(node), expected: "a number above 0")
    }
    return number
  }

  /// Yes or no at `key`, or `value` where it is absent.
  public func bool(_ key: String, default value: Bool) throws(RecipeError) -> Bool {
    guard let node = node(key) else { return value }
    guard let flag = node.bool else {
      throw .value(at: place(of: key), found: Self.describe(node), expected: "true or false")
    }
    return flag
  }

  /// One of a few words at `key`, or `value` where it is absent.
  public func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, default value: Choice
  ) throws(RecipeError) -> Choice {
    try optionalChoice(key, of: Choice.self) ?? value
  }

  /// One of a few words at `key`, or `nil` where it is absent.
  public func optionalChoice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, of type: Choice.Type
  ) throws(RecipeError) -> Choice? {
    guard let text = try string(key) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw .value(
        at: place(of: key), found: "'\(text)'",
        expected: Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  /// The list of texts at `key` (a single text is a list of one); empty where it is absent.
  public func strings(_ key: String) throws(RecipeError) -> [String] {
    guard let node = node(key) else { return [] }
    switch node {
    case .scalar(let scalar): return [scalar.string]
    case .sequence(let sequence):
      var list: [String] = []
      for item in sequence {
        guard case .scalar(let scalar) = item else {
          throw .value(at: place(of: key, item), found: Self.describe(item), expected: "a text")
        }
        list.append(scalar.string)
      }
      return list
    default:
      throw .value(at: place(of: key), found: Self.describe(node), expected: "a list of texts")
    }
  }

  /// The list of whole numbers at `key`; `nil` where it is absent.
  public func ints(_ key: String) throws(RecipeError) -> [Int]? {
    guard let node = node(key) else { return nil }
    guard case .sequence(let sequence) = node else {
      throw .value(
        at: place(of: key), found: Self.describe(node), expected: "a list of whole numbers")
    }
    var list: [Int] = []
    for item in sequence {
      guard let number = item.int else {
        throw .value(
          at: place(of: key, item), found: Self.describe(item), expected: "a whole number")
      }
      list.append(number)
    }
    return list
  }

  /// The list of mappings at `key`; empty where it is absent.
  public func mappings(_ key: String) throws(RecipeError) -> [RecipeReader] {
    guard let node = node(key) else { return [] }
    guard case .sequence(let sequence) = node else {
      throw .value(
        at: place(of: key), found: Self.describe(node), expected: "a list of mappings")
    }
    var list: [RecipeReader] = []
    for item in sequence { list.append(try RecipeReader(item, at: place(of: key, item))) }
    return list
  }

  /// Whether a mapping stands at `key`.
  public func holdsMapping(_ key: String) -> Bool {
    if case .mapping? = node(key) { true } else { false }
  }

  /// The mapping at `key`; one without keys where it is absent.
  public func mapping(_ key: String) throws(RecipeError) -> RecipeReader {
    try RecipeReader(node(key), at: place(of: key))
  }

  /// The part of the grammar at `key`: a name, or a name with settings (`name: {setting: value}`).
  public func part(_ key: String) throws(RecipeError) -> (name: String, settings: RecipeReader)? {
    guard let node = node(key) else { return nil }
    return try Self.part(node, at: place(of: key))
  }

  /// Like ``part(_:)``; `name` without settings where the key is absent.
  public func part(
    _ key: String, default name: String
  ) throws(RecipeError) -> (name: String, settings: RecipeReader) {
    if let part = try part(key) { return part }
    return (name, try RecipeReader(nil, at: place(of: key)))
  }

  /// A name, or a name with settings.
  public static func part(
    _ node: Yams.Node, at place: RecipeError.Place
  ) throws(RecipeError) -> (name: String, settings: RecipeReader) {
    switch node {
    case .scalar(let scalar):
      return (scalar.string, try RecipeReader(nil, at: place))
    case .mapping(let mapping):
      guard mapping.count == 1, let (key, value) = mapping.first.map({ ($0.key, $0.value) }),
        let name = key.string
      else { fallthrough }
      let inner = RecipeError.Place(
        file: place.file, line: key.mark?.line ?? place.line, path: "\(place.path).\(name)")
      return (name, try RecipeReader(value, at: inner))
    default:
      throw .value(
        at: place, found: describe(node),
        expected: "a name, or one name with its settings (name: {setting: value})")
    }
  }

  /// Every key with its value, for a part of a room below; none is ticked off.
  func partSettings() throws(RecipeError) -> [String: PartSettings.Value] {
    var values: [String: PartSettings.Value] = [:]
    for (key, _, node) in entries {
      switch node {
      case .scalar(let scalar): values[key] = .text(scalar.string)
      case .mapping(let mapping):
        var table: [String: String] = [:]
        for (name, number) in mapping {
          guard let name = name.string, case .scalar(let scalar) = number else {
            throw .value(
              at: place(of: key), found: Self.describe(number), expected: "a number by its name")
          }
          table[name] = scalar.string
        }
        values[key] = .table(table)
      default:
        throw .value(
          at: place(of: key), found: Self.describe(node), expected: "a number, a word or a mapping")
      }
    }
    return values
  }

  /// What to throw where `key` must be there and is not. A key that nobody asked for and that reads like
  /// it is most likely meant to be it.
  public func missing(_ key: String, _ expected: String) -> RecipeError {
    let typo = keys.first { !asked.contains($0) && $0 != key && Spelling.isNear($0, key) }
    guard let typo else { return .missingKey(at: place, key: key, expected: expected) }
    return .unknownKey(at: place(of: typo), key: typo, known: [key])
  }

  /// Complains about the first key that was never asked for.
  public func finish() throws(RecipeError) {
    for (key, _, _) in entries where !asked.contains(key) {
      throw .unknownKey(at: place(of: key), key: key, known: known)
    }
  }

  static func describe(_ node: Yams.Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "'\(scalar.string)'"
    case .mapping: "a mapping"
    case .sequence: "a list"
    default: "something else"
    }
  }
}
