// `bonsai methods`: the catalogue of recipes, and the words they are written with.

import ArgumentParser
import Foundation
import Methods
import Network
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
      its words.

      Examples:
        bonsai methods
        bonsai methods rigl
        bonsai methods criterion
        bonsai methods --json
      """)

  @Argument(help: "A recipe, or a part of the grammar.")
  var id: String?

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

  func run() throws {
    if json { return try JSONOutput.write(try entries(), to: "-") }
    guard let id else { return try printCatalogue() }
    if let part = Vocabulary.parts.first(where: { $0.name == id }) { return print(part) }
    print(try MethodCard(try Recipe(at: id)))
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

  private func print(_ text: some CustomStringConvertible) { Swift.print(text) }
}
