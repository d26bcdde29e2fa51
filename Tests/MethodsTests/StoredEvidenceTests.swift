// What recipes name stands: their tests, their stored results, and that those are theirs.

import Data
import Foundation
import Testing

@testable import Methods

@Suite struct StoredEvidenceTests {
  /// The project's folder.
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// All test sources, read once.
  private static let tests: [String] = {
    let files = FileManager.default.enumerator(
      at: root.appendingPathComponent("Tests"), includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
      .compactMap { try? String(contentsOf: $0, encoding: .utf8) }
  }()

  @Test(arguments: Recipes.names)
  func thePropertyIsATestThatExists(name: String) throws {
    guard let property = try Recipe(at: name).property else { return }
    let words = property.split(separator: "/").map(String.init)
    try #require(words.count == 2, "\(name): '\(property)' is not Suite/test")
    let (suite, test) = (words[0], words[1])
    let isThere = Self.tests.contains { text in
      (text.contains("struct \(suite) ") || text.contains("extension \(suite) "))
        && text.contains("func \(test)(")
    }
    #expect(isThere, "\(name): there is no test \(property)")
  }

  @Test(arguments: Recipes.names)
  func theEvidenceIsThatOfTheRecipe(name: String) throws {
    let recipe = try Recipe(at: name)
    guard let path = recipe.evidence else { return }
    #expect(path == "docs/evidence/\(name).json")
    let file = Self.root.appendingPathComponent(path).path
    let evidence = try #require(try StoredEvidence.read(file), "\(path) is not there")
    #expect(evidence.recipe == name && !evidence.runs.isEmpty && !evidence.commits.isEmpty)
    #expect(evidence.commits.allSatisfy { $0.count == 40 && $0.allSatisfy(\.isHexDigit) })
    #expect(Set(evidence.runs.map(\.seed)).count == evidence.runs.count)
    let after = evidence.runs.compactMap(\.accuracy?.after)
    if let accuracy = evidence.figures["accuracy"] {
      let mean = after.reduce(0, +) / Double(after.count)
      #expect(abs(accuracy.mean - mean) < 1e-12)
    }
  }

  @Test func storedResultsBelongToRecipes() throws {
    let folder = Self.root.appendingPathComponent("docs/evidence").path
    for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let name = file.replacing(".json", with: "")
      #expect(try Recipe(at: name).evidence == "docs/evidence/\(file)", "nobody names \(file)")
    }
  }

  // MARK: the digest

  /// The text of scripts/evidence_test.py.
  private static let source = """
    id: tiny
    title: Tiny
    about: >
      One thing.
    cite:
      - "A. Author"
    reported:
      - {text: "error at 90 %", value: 0.02, ours: error}
    network: lenet-5  # built
    data: mnist
    stages:
      # first
      - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}}

    """

  private func recipe(_ change: (String) -> String = { $0 }) throws -> Recipe {
    try Recipe(parsing: change(Self.source), file: "tiny.yaml")
  }

  @Test func theDigestIsThatOfTheScript() throws {
    // hashlib.sha256 of the lines that scripts/evidence.py's `deeds` leaves of this text.
    #expect(
      try recipe().digest == "4191e8c97e63c8e792982d519fbaf8f4f12a6a33b2a10fc389fe14f20b96c211")
  }

  @Test func theDigestKnowsWhatIsDoneFromWhatIsSaid() throws {
    let digest = try recipe().digest
    #expect(try recipe { $0.replacing("One thing.", with: "Another.") }.digest == digest)
    #expect(try recipe { $0.replacing("  # first", with: "") }.digest == digest)
    #expect(try recipe { $0.replacing("epochs: 1", with: "epochs: 2") }.digest != digest)
    #expect(try recipe { $0.replacing("mnist", with: "usps") }.digest != digest)
  }

  // MARK: the keys

  @Test func theCatalogueKeysAreRead() throws {
    let recipe = try recipe {
      $0.replacing("network:", with: "kind: tickets\nformula: a = b\nnetwork:")
    }
    #expect(recipe.kind == .tickets && recipe.formula == "a = b")
    #expect(
      recipe.reported == [ReportedFigure(text: "error at 90 %", value: 0.02, ours: "error")])
    #expect(try self.recipe().kind == .example)
  }

  @Test(arguments: [
    ("kind: ticket", "r.yaml:1: kind: 'ticket'"),
    ("reported: 3", "r.yaml:1: reported: '3' was found"),
    ("reported: [{text: a}]", "'value' is missing"),
    ("reported:\n  - {text: a, value: 1}\n  - {value: 1}", "r.yaml:3"),
    ("reported: [{text: a, value: 1, our: b}]", "'our' is not known"),
  ])
  func wrongCatalogueKeysAreRefused(head: String, wanted: String) {
    let error = #expect(throws: RecipeError.self) {
      try Recipe(parsing: "\(head)\nstages: [export]", file: "r.yaml")
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains(wanted))
  }

  @Test func whatIsNoEvidenceIsRefused() throws {
    let folder = try TinyRun()
    try FileBytes.write(Array("{\"recipe\": 1}".utf8), to: folder("e.json"))
    #expect(throws: RecipeError.self) { try StoredEvidence.read(folder("e.json")) }
    #expect(try StoredEvidence.read(folder("none.json")) == nil)
  }
}
