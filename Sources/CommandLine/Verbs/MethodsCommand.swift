// `bonsai methods`: the catalogue of recipes, and the words they are written with.

import ArgumentParser
import Foundation
import Methods
import Network
import Pruning
import Reporting

/// Shows the catalogue of methods.
struct MethodsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "Show the recipes that come with Bonsai, and the words they are written with.",
    discussion: """
      Without a name: every recipe by its kind, then the words of the grammar by part. With a \
      recipe's name: its idea, parts and formula, where it comes from, the test of its property, \
      its stored result beside the paper's, and its text. With a part's name, such as criterion: \
      its words. With a word, such as drop-and-grow (or criterion snip, where a recipe has that \
      name too): its settings, what is taken where they are left out, and the recipes that use it.

      Examples:
        bonsai methods
        bonsai methods rigl
        bonsai methods criterion
        bonsai methods drop-and-grow
        bonsai methods criterion snip
        bonsai methods --json
      """)

  @Argument(help: "A recipe, a part of the grammar, or a word.")
  var id: String?

  @Argument(help: "A word of that part.")
  var word: String?

  @Flag(help: "Print the catalogue as JSON.")
  var json = false

  /// One recipe of the catalogue, as scripts read it.
  private struct Entry: Encodable {
    let id: String
    let title: String
    let kind: RecipeKind
    let parts: [String: [String]]
    let formula: String?
    let cite: [String]
    let recipe: String
    let property: String?
    let evidence: String?
    let reported: [ReportedFigure]
  }

  /// One word of the grammar, as scripts read it.
  private struct Meaning: Encodable {
    let word: String
    let part: String
    let meaning: String
    let settings: [PartSettings.Setting]?
    let recipes: [String]
  }

  func run() throws {
    let parts = Vocabulary.parts
    let meanings = try self.meanings(in: parts)
    // A recipe goes before a word of its name.
    if !meanings.isEmpty, word != nil || id.map(Recipes.builtIn) == .some(nil) {
      return json ? try JSONOutput.write(meanings, to: "-") : print(meanings)
    }
    if json { return try JSONOutput.write(try entries(), to: "-") }
    guard let id else { return try printCatalogue() }
    if let part = parts.first(where: { $0.name == id }) { return print(part) }
    print(try MethodCard(try Recipe(at: id)))
    if let meaning = meanings.first {
      print("'\(id)' is a word too: bonsai methods \(meaning.part) \(id)")
    }
  }

  /// What the words mean that are asked for: one of a part, or that of this name in each part.
  private func meanings(in parts: [Vocabulary.Part]) throws -> [Meaning] {
    guard let id else { return [] }
    let asked: [(part: Vocabulary.Part, word: Vocabulary.Word)]
    if let word {
      guard let part = parts.first(where: { $0.name == id }) else {
        throw ValidationError(
          "'\(id)' is no part of the grammar; there are: \(parts.map(\.name).joined(separator: ", "))"
        )
      }
      asked = part.words.filter { $0.name == word }.map { (part, $0) }
      guard !asked.isEmpty else {
        throw ValidationError(
          "there is no \(id) '\(word)'; there are: \(part.words.map(\.name).joined(separator: ", "))"
        )
      }
    } else {
      guard !parts.contains(where: { $0.name == id }) else { return [] }
      asked = parts.filter { $0.name != "network" }.flatMap { part in
        part.words.filter { $0.name == id }.map { (part, $0) }
      }
    }
    guard !asked.isEmpty else { return [] }
    let known = try WordSettings.ofCatalogue()
    return asked.map { part, word in
      let entry = known.entry(of: word.name, in: part.name)
      return Meaning(
        word: word.name, part: part.name, meaning: word.summary, settings: entry?.settings,
        recipes: entry?.recipes ?? [])
    }
  }

  private func recipes() throws -> [(file: String, recipe: Recipe)] {
    let names = id.map { [$0] } ?? Recipes.names
    return try names.map { name in (Recipes.builtIn(name)?.path ?? name, try Recipe(at: name)) }
  }

  private func entries() throws -> [Entry] {
    try recipes().map { file, recipe in
      Entry(
        id: recipe.id, title: recipe.title, kind: recipe.kind, parts: recipe.parts,
        formula: recipe.formula, cite: recipe.citations, recipe: file, property: recipe.property,
        evidence: recipe.evidence, reported: recipe.reported)
    }
  }

  private func printCatalogue() throws {
    let recipes = try recipes().map(\.recipe)
    for kind in RecipeKind.allCases {
      let shelf = recipes.filter { $0.kind == kind }
      guard !shelf.isEmpty else { continue }
      print("\(kind.title)\n")
      var table = TextTable([.left("recipe"), .left("what it is"), .left("evidence")])
      for recipe in shelf {
        let proofs = [recipe.property.map { _ in "tested" }, recipe.evidence.map { _ in "stored" }]
        table.add([
          recipe.id, recipe.title, proofs.compactMap(\.self).joined(separator: ", "),
        ])
      }
      print("\(table)\n")
    }
    print(
      "bonsai methods ID says more of one. The words of the grammar; so does bonsai methods PART.\n"
    )
    var words = TextTable([.left("part"), .left("words")])
    for part in Vocabulary.parts where part.name != "network" {
      words.add([part.name, part.words.map(\.name).joined(separator: ", ")])
    }
    words.add(["network", "\(Architectures.all.count) networks; see bonsai methods network"])
    print(words)
  }

  private func print(_ part: Vocabulary.Part) {
    Swift.print("\(part.name): \(part.question)\n")
    var table = TextTable([.left("word"), .left("meaning")])
    for word in part.words { table.add([word.name, word.summary]) }
    Swift.print(table)
  }

  /// Words with their settings and the recipes that use them.
  private func print(_ meanings: [Meaning]) {
    for meaning in meanings {
      Swift.print("\(meaning.word) (\(meaning.part)): \(meaning.meaning)\n")
      if let settings = meaning.settings, !settings.isEmpty {
        var table = TextTable([.left("setting"), .left("if left out"), .left("what it holds")])
        for setting in settings {
          table.add([setting.name, setting.usual ?? "", setting.expected])
        }
        Swift.print("\(table)\n")
      } else {
        Swift.print(
          meaning.settings == nil
            ? "No recipe of the catalogue uses it, which is where settings are read from.\n"
            : "It has no settings.\n")
      }
      let more = meaning.recipes.count - 12
      if !meaning.recipes.isEmpty {
        Swift.print(
          "Recipes that use it: \(meaning.recipes.prefix(12).joined(separator: ", "))"
            + (more > 0 ? " and \(more) more" : "") + "\n")
      }
    }
  }

  private func print(_ text: some CustomStringConvertible) { Swift.print(text) }
}
