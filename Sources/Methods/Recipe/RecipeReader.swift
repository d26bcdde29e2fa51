// Reads a mapping of a recipe key by key, so that every error names its line and every leftover key.

import Network
import Pruning
import Yams

/// A mapping of a recipe, read key by key.
///
/// What is read is ticked off; ``finish()`` complains about keys nobody asked for, so a typing error
/// is never ignored.
public final class RecipeReader {
  /// Where the mapping stands.
  public let place: RecipeError.Place
  /// The word whose settings these are.
  private let word: String
  private let entries: [(key: String, line: Int?, node: Yams.Node)]
  private var asked: Set<String> = []
  /// The settings that were asked for, in their order.
  private var known: [PartSettings.Setting] = []

  /// Reads `node`, which must be a mapping; an absent or empty one has no keys.
  ///
  /// - Parameter word: the word whose settings these are; the last key of the place, if it is `nil`.
  public init(
    _ node: Yams.Node?, at place: RecipeError.Place, called word: String? = nil
  ) throws(RecipeError) {
    self.place = place
    self.word = word ?? place.path.split(separator: ".").last.map(String.init) ?? ""
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
  ///
  /// - Parameters:
  ///   - expected: what can stand there, for the catalogue.
  ///   - usual: what is taken where it is absent.
  public func node(_ key: String, _ expected: String = "", usual: String? = nil) -> Yams.Node? {
    asked.insert(key)
    note(PartSettings.Setting(name: key, expected: expected, usual: usual))
    return entries.first { $0.key == key }?.node
  }

  /// Ticks off a setting that a part of a room below has read.
  func note(_ setting: PartSettings.Setting) {
    asked.insert(setting.name)
    if !known.contains(where: { $0.name == setting.name }) { known.append(setting) }
  }

  /// The text at `key`, or `value` where it is absent.
  public func string(_ key: String, default value: String) throws(RecipeError) -> String {
    try string(key, usual: value) ?? value
  }

  /// The text at `key`, or `nil` where it is absent.
  public func string(_ key: String) throws(RecipeError) -> String? {
    try string(key, usual: nil)
  }

  private func string(
    _ key: String, _ expected: String = "a text", usual: String?
  ) throws(RecipeError) -> String? {
    guard let node = node(key, expected, usual: usual) else { return nil }
    guard case .scalar(let scalar) = node else {
      throw .value(at: place(of: key), found: Self.describe(node), expected: "a text")
    }
    return scalar.string
  }

  /// The whole number at `key`, or `value` where it is absent.
  ///
  /// - Parameter unit: what it counts, for messages and the catalogue.
  public func int(
    _ key: String, default value: Int, in range: ClosedRange<Int> = 0...Int.max,
    of unit: String? = nil
  ) throws(RecipeError) -> Int {
    try int(key, in: range, usual: "\(value)", of: unit) ?? value
  }

  /// The whole number at `key`, or `nil` where it is absent.
  public func int(
    _ key: String, in range: ClosedRange<Int> = 0...Int.max, of unit: String? = nil
  ) throws(RecipeError) -> Int? {
    try int(key, in: range, usual: nil, of: unit)
  }

  private func int(
    _ key: String, in range: ClosedRange<Int>, usual: String?, of unit: String?
  ) throws(RecipeError) -> Int? {
    let most = range.upperBound >= Int32.max ? "" : " and at most \(range.upperBound)"
    let expected = "a whole number of at least \(range.lowerBound)\(most)\(Self.text(unit))"
    guard let node = node(key, expected, usual: usual) else { return nil }
    guard let number = node.int, range.contains(number) else {
      let isHuge = (node.scalar?.string).map { !$0.isEmpty && $0.allSatisfy(\.isNumber) } == true
      throw .value(
        at: place(of: key), found: Self.describe(node),
        expected: isHuge && most.isEmpty && node.int.map { $0 > range.upperBound } != false
          ? "\(expected) and at most \(range.upperBound)" : expected)
    }
    return number
  }

  /// The number at `key`, or `value` where it is absent.
  ///
  /// - Parameter unit: what it counts, for messages and the catalogue.
  public func double(
    _ key: String, default value: Double, in range: ClosedRange<Double> = 0...Double.infinity,
    of unit: String? = nil
  ) throws(RecipeError) -> Double {
    try double(key, in: range, usual: PartSettings.written(value), of: unit) ?? value
  }

  /// The number at `key`, or `nil` where it is absent.
  public func double(
    _ key: String, in range: ClosedRange<Double> = 0...Double.infinity
  ) throws(RecipeError) -> Double? {
    try double(key, in: range, usual: nil, of: nil)
  }

  private func double(
    _ key: String, in range: ClosedRange<Double>, usual: String?, of unit: String?
  ) throws(RecipeError) -> Double? {
    let most =
      range.upperBound.isInfinite ? "" : " and at most \(PartSettings.written(range.upperBound))"
    let expected =
      "a number of at least \(PartSettings.written(range.lowerBound))\(most)\(Self.text(unit))"
    guard let node = node(key, expected, usual: usual) else { return nil }
    guard case .scalar(let scalar) = node, let number = Double(scalar.string), number.isFinite,
      range.contains(number)
    else { throw .value(at: place(of: key), found: Self.describe(node), expected: expected) }
    return number
  }

  private static func text(_ unit: String?) -> String { unit.map { ", in \($0)" } ?? "" }

  /// The numbers of a mapping whose keys are names of the recipe's own choosing, such as those of weights.
  public func numbers(
    in range: ClosedRange<Double>
  ) throws(RecipeError) -> [(name: String, number: Double)] {
    var numbers: [(name: String, number: Double)] = []
    for key in keys {
      if let number = try double(key, in: range) { numbers.append((key, number)) }
    }
    known = known.prefix(1).map {
      PartSettings.Setting(name: "names of weights", expected: $0.expected, usual: nil)
    }
    return numbers
  }

  /// The number above 0 at `key`, or `nil` where it is absent.
  public func positive(_ key: String) throws(RecipeError) -> Double? {
    guard let node = node(key, "a number above 0") else { return nil }
    guard case .scalar(let scalar) = node, let number = Double(scalar.string), number.isFinite,
      number > 0
    else {
      throw .value(at: place(of: key), found: Self.describe(node), expected: "a number above 0")
    }
    return number
  }

  /// Yes or no at `key`, or `value` where it is absent.
  public func bool(_ key: String, default value: Bool) throws(RecipeError) -> Bool {
    guard let node = node(key, "true or false", usual: "\(value)") else { return value }
    guard let flag = node.bool else {
      throw .value(at: place(of: key), found: Self.describe(node), expected: "true or false")
    }
    return flag
  }

  /// One of a few words at `key`, or `value` where it is absent.
  public func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, default value: Choice
  ) throws(RecipeError) -> Choice {
    try choice(key, of: Choice.self, usual: value) ?? value
  }

  /// One of a few words at `key`, or `nil` where it is absent.
  public func optionalChoice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, of type: Choice.Type
  ) throws(RecipeError) -> Choice? {
    try choice(key, of: type, usual: nil)
  }

  private func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, of type: Choice.Type, usual: Choice?
  ) throws(RecipeError) -> Choice? {
    let expected = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    guard let text = try string(key, expected, usual: usual?.rawValue) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw .value(at: place(of: key), found: "'\(text)'", expected: expected)
    }
    return choice
  }

  /// The list of texts at `key` (a single text is a list of one); `value` where it is absent or empty.
  public func strings(
    _ key: String, default value: [String] = []
  ) throws(RecipeError) -> [String] {
    let usual = value.isEmpty ? "none" : value.joined(separator: ", ")
    let list = try texts(key, usual: usual)
    return list.isEmpty ? value : list
  }

  private func texts(_ key: String, usual: String) throws(RecipeError) -> [String] {
    guard let node = node(key, "a text, or a list of texts", usual: usual) else { return [] }
    switch node {
    case .scalar(let scalar): return [scalar.string]
    case .sequence(let sequence): return try texts(sequence, of: key)
    default:
      throw .value(at: place(of: key), found: Self.describe(node), expected: "a list of texts")
    }
  }

  /// The texts of a list that stands at `key`.
  private func texts(
    _ sequence: Yams.Node.Sequence, of key: String
  ) throws(RecipeError) -> [String] {
    var list: [String] = []
    for item in sequence {
      guard case .scalar(let scalar) = item else {
        throw .value(at: place(of: key, item), found: Self.describe(item), expected: "a text")
      }
      list.append(scalar.string)
    }
    return list
  }

  /// The list of whole numbers at `key`; `nil` where it is absent.
  public func ints(_ key: String) throws(RecipeError) -> [Int]? {
    guard let node = node(key, "a list of whole numbers") else { return nil }
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
    guard let node = node(key, "a list of mappings", usual: "none") else { return [] }
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
    try RecipeReader(node(key, "settings of its own"), at: place(of: key))
  }

  /// The part of the grammar at `key`: a name, or a name with settings (`name: {setting: value}`).
  public func part(_ key: String) throws(RecipeError) -> (name: String, settings: RecipeReader)? {
    try part(key, usual: nil)
  }

  private func part(
    _ key: String, usual: String?
  ) throws(RecipeError) -> (name: String, settings: RecipeReader)? {
    let expected = "a word, or a word with its settings"
    guard let node = node(key, expected, usual: usual) else { return nil }
    return try Self.part(node, at: place(of: key))
  }

  /// Like ``part(_:)``; `name` without settings where the key is absent.
  public func part(
    _ key: String, default name: String
  ) throws(RecipeError) -> (name: String, settings: RecipeReader) {
    if let part = try part(key, usual: name) { return part }
    return (name, try RecipeReader(nil, at: place(of: key), called: name))
  }

  /// A name, or a name with settings.
  public static func part(
    _ node: Yams.Node, at place: RecipeError.Place
  ) throws(RecipeError) -> (name: String, settings: RecipeReader) {
    switch node {
    case .scalar(let scalar):
      return (scalar.string, try RecipeReader(nil, at: place, called: scalar.string))
    case .mapping(let mapping):
      guard mapping.count == 1, let (key, value) = mapping.first.map({ ($0.key, $0.value) }),
        let name = key.string
      else { fallthrough }
      let inner = RecipeError.Place(
        file: place.file, line: key.mark?.line ?? place.line, path: "\(place.path).\(name)")
      return (name, try RecipeReader(value, at: inner, called: name))
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
      case .sequence(let sequence): values[key] = .list(try texts(sequence, of: key))
      default:
        throw .value(
          at: place(of: key), found: Self.describe(node),
          expected: "a number, a word, a list or a mapping")
      }
    }
    return values
  }

  /// What to throw where `key` must be there and is not. A key that nobody asked for and that reads like
  /// it is most likely meant to be it.
  public func missing(_ key: String, _ expected: String) -> RecipeError {
    let typo = keys.first { !asked.contains($0) && $0 != key && Spelling.isNear($0, key) }
    guard let typo else {
      let others = keys.filter { !asked.contains($0) }
      let written =
        others.isEmpty ? "" : " (written there: \(others.joined(separator: ", ")))"
      return .missingKey(at: place, key: key, expected: expected + written)
    }
    return .unknownKey(at: place(of: typo), key: typo, known: [key])
  }

  /// Complains about the first key that was never asked for.
  public func finish() throws(RecipeError) {
    for (key, _, _) in entries where !asked.contains(key) {
      throw .unknownKey(at: place(of: key), key: key, known: known.map(\.name))
    }
    WordSettings.listener?.note(known, of: word, at: place.path)
  }

  static func describe(_ node: Yams.Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "'\(scalar.string)'"
    case .mapping(let mapping) where mapping.isEmpty: "an empty mapping"
    case .mapping: "a mapping"
    case .sequence(let list) where list.isEmpty: "an empty list"
    case .sequence: "a list"
    default: "something else"
    }
  }
}
