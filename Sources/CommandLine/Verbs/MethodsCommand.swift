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
      Without a name: every recipe, then the words of the grammar by part. With a recipe's name: \
      what it does, where it comes from, its evidence and its text. With a part's name, such as \
      criterion: its words.

      Examples:
        bonsai methods
        bonsai methods lenet-5-filters
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
    let parts: [String: [String]]
    let recipe: String
    let property: String?
    let evidence: String?
  }

  func run() throws {
    if json { return try JSONOutput.write(try entries(), to: "-") }
    guard let id else { return try printCatalogue() }
    if let part = Vocabulary.parts.first(where: { $0.name == id }) { return print(part) }
    try printRecipe(try Recipe(at: id))
  }

  private func entries() throws -> [Entry] {
    try Recipes.names.filter { id == nil || $0 == id }.map { name in
      let recipe = try Recipe(at: name)
      return Entry(
        id: recipe.id, title: recipe.title, parts: recipe.parts,
        recipe: Recipes.builtIn(name)?.path ?? "", property: recipe.property,
        evidence: recipe.evidence)
    }
  }

  private func printCatalogue() throws {
    var table = TextTable([.left("recipe"), .left("what it is")])
    for entry in try entries() { table.add([entry.id, entry.title]) }
    print(table)
    print("\nThe words of the grammar; bonsai methods PART says more.\n")
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

  private func printRecipe(_ recipe: Recipe) throws {
    Swift.print("\(recipe.id): \(recipe.title)\n")
    if !recipe.about.isEmpty { Swift.print(recipe.about) }
    var table = TextTable([.left("part"), .left("words")])
    for (part, words) in recipe.parts.sorted(by: { $0.key < $1.key }) {
      table.add([part, words.joined(separator: ", ")])
    }
    Swift.print(table)
    for citation in recipe.citations { Swift.print("\nsource: \(citation)", terminator: "") }
    Swift.print("\nproperty: \(recipe.property ?? "none stated")")
    Swift.print("evidence: \(recipe.evidence ?? "none stored")\n\n\(recipe.source)")
  }

  private func print(_ text: some CustomStringConvertible) { Swift.print(text) }
}
