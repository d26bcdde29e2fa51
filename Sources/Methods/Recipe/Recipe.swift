// A recipe: a method as a sentence of the grammar, with its citation and its stages.

import Data
import Foundation
import Network
import Yams

/// A method as a sentence of the grammar: what to train and prune, how, and in what order.
///
/// ```yaml
/// id: lenet-5-filters
/// title: LeNet-5 with a tenth of its parameters
/// network: lenet-5
/// data: mnist
/// seed: 1
/// stages:
///   - train: {epochs: 5, optimizer: {sgd: {rate: 0.05, momentum: 0.9}}}
///   - prune: {granularity: filter, criterion: l2, target: {macs: 0.1}}
///   - train: {epochs: 3, optimizer: {sgd: {rate: 0.02, momentum: 0.9}}}
/// ```
public struct Recipe {
  /// The name of the recipe.
  public let id: String
  /// What it is, in one line.
  public let title: String
  /// What the method does and where it comes from.
  public let about: String
  /// The papers.
  public let citations: [String]
  /// What sort of method it is, for the catalogue.
  public let kind: RecipeKind
  /// The heart of the method as a formula in plain text.
  public let formula: String?
  /// The test that a right implementation passes and a wrong one fails, as `Suite/test`.
  public let property: String?
  /// The stored result of the recipe's experiment, a file of the project.
  public let evidence: String?
  /// The figures that the paper reports, to be set beside ours.
  public let reported: [ReportedFigure]
  /// The network to build; `nil` where a model must be given.
  public let network: String?
  /// How the first weights of the network are drawn; `nil` as the network's builder does.
  public let initialization: Initialization?
  /// The data set; `nil` where it must be given.
  public let data: String?
  /// Where all random numbers start.
  public let seed: UInt64
  /// What is done, in order.
  public let stages: [any Stage]
  /// The recipe as it was written.
  public let source: String
  /// Where the recipe begins, where its key `data` stands, and where each stage does.
  let place: RecipeError.Place
  let dataPlace: RecipeError.Place
  let places: [RecipeError.Place]

  /// The words of the grammar that the recipe uses, by part: `criterion` to `l2`, and so on; where
  /// stages differ, each word once, in their order.
  public var parts: [String: [String]] {
    var parts: [String: [String]] = [:]
    if let word = initialization?.word { parts["initialization"] = [word] }
    for (part, word) in stages.flatMap(\.parts) where parts[part]?.contains(word) != true {
      parts[part, default: []].append(word)
    }
    return parts
  }

  /// Reads a recipe.
  ///
  /// - Parameters:
  ///   - source: the YAML text.
  ///   - file: its name, for messages.
  /// - Throws: ``RecipeError`` with line and key.
  public init(parsing source: String, file: String) throws(RecipeError) {
    let root = try Self.compose(source, file: file)
    let reader = try RecipeReader(
      root, at: RecipeError.Place(file: file, line: root?.mark?.line ?? 1, path: ""))
    self.source = source
    place = reader.place
    dataPlace = reader.place(of: "data")
    let stem = file.split(separator: "/").last.map(String.init) ?? file
    id = try reader.string(
      "id", default: stem.hasSuffix(".yaml") ? String(stem.dropLast(5)) : stem)
    guard Self.isPlain(id) else {
      throw .value(
        at: reader.place(of: "id"), found: "'\(id)'",
        expected: "a name of letters, digits, '-', '_' and '.', as folders are named after it")
    }
    title = try reader.string("title", default: id)
    about = try reader.string("about", default: "")
    citations = try reader.strings("cite")
    kind = try reader.choice("kind", default: .example)
    formula = try reader.string("formula")
    property = try reader.string("property")
    evidence = try reader.string("evidence")
    reported = try ReportedFigure.read(reader)
    network = try reader.string("network")
    if let network, (try? Architectures.named(network)) == nil {
      throw .value(
        at: reader.place(of: "network"), found: "'\(network)'",
        expected: Spelling.suggestion(for: network, of: Architectures.names)
          + "one of \(Architectures.names.joined(separator: ", "))")
    }
    initialization = try Initialization.read(reader)
    data = try reader.string("data")
    seed = UInt64(try reader.int("seed", default: 0))
    guard let list = reader.node("stages") else {
      throw reader.missing("stages", "the list of what is done")
    }
    guard case .sequence(let sequence) = list, !sequence.isEmpty else {
      throw .value(
        at: reader.place(of: "stages"), found: RecipeReader.describe(list),
        expected: "a list with at least one stage")
    }
    var stages: [any Stage] = []
    var places: [RecipeError.Place] = []
    for (index, node) in sequence.enumerated() {
      let place = RecipeError.Place(
        file: file, line: node.mark?.line ?? 0, path: "stages[\(index)]")
      if case .mapping(let mapping) = node, mapping.count > 1 {
        throw .combination(
          at: place,
          reason:
            "\(mapping.keys.compactMap(\.string).joined(separator: " and ")) stand in one item of "
            + "the list; each stage is an item of its own, begun with '- ', and its settings are indented "
            + "further than its name")
      }
      let (name, settings) = try RecipeReader.part(node, at: place)
      let stage = try Stages.read(name, settings, at: place)
      try settings.finish()
      if let reason = Self.objection(to: stage, after: stages) {
        throw .combination(at: settings.place, reason: reason)
      }
      stages.append(stage)
      places.append(place)
    }
    self.stages = stages
    self.places = places
    try reader.finish()
  }

  /// The network that the recipe names, with the first weights that `seed` decides; `nil` where it
  /// names none.
  ///
  /// - Throws: `NetworkError`.
  public func network(seed: UInt64) throws(NetworkError) -> Network? {
    guard let network else { return nil }
    let built = try Architectures.named(network).network(seed: seed)
    guard let initialization else { return built }
    return try built.drawn(by: initialization, seed: seed)
  }

  /// The YAML tree of `source`.
  static func compose(_ source: String, file: String) throws(RecipeError) -> Yams.Node? {
    // Some editors begin a file with a mark of its byte order.
    let text = source.hasPrefix("\u{FEFF}") ? String(source.dropFirst()) : source
    do { return try Yams.compose(yaml: text) } catch { throw syntax(error, file) }
  }

  /// Whether `name` can be a file's name anywhere.
  static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && name.unicodeScalars.allSatisfy { letter in
        letter.isASCII
          && (letter.properties.isAlphabetic
            || "0123456789-_.".unicodeScalars
              .contains(letter))
      }
  }

  /// Reads the recipe in the file `path`, or the built-in one of that name.
  ///
  /// - Throws: ``RecipeError``.
  public init(at path: String) throws(RecipeError) {
    if let url = Recipes.builtIn(path) {
      try self.init(file: url.path)
    } else {
      guard FileManager.default.fileExists(atPath: path) else {
        throw .noSuch(recipe: path, known: Recipes.names)
      }
      try self.init(file: path)
    }
  }

  private init(file: String) throws(RecipeError) {
    let bytes: [UInt8]
    do throws(DataError) { bytes = try FileBytes.read(file, limit: 1 << 20) } catch {
      switch error {
      case .unreadable(_, let reason):
        throw .file(path: file, reason: "it cannot be read: \(reason)")
      case .tooLarge(_, let size, let limit):
        throw .file(
          path: file, reason: "\(size) bytes are too many for a recipe (at most \(limit))")
      default:
        throw .file(path: file, reason: "\(error)")
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .file(path: file, reason: "it is not UTF-8 text")
    }
    try self.init(parsing: text, file: file)
  }

  private static func syntax(_ error: any Error, _ file: String) -> RecipeError {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _),
      YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      .syntax(file: file, line: mark.line, column: mark.column, reason: problem)
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      .combination(
        at: RecipeError.Place(file: file, line: context.mark.line, path: keys.first ?? ""),
        reason: "the key stands twice in this mapping")
    case YamlError.reader(let problem, let offset, _, let yaml):
      .syntax(
        file: file, line: yaml.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") } + 1,
        column: 1, reason: problem)
    default:
      .syntax(file: file, line: 1, column: 1, reason: "\(error)")
    }
  }
}
