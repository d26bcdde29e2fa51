// What the catalogue says of the settings of words is what the readers ask for.

import Testing

@testable import Methods

@Suite struct WordSettingsTests {
  @Test func everyWordOfThesePartsIsKnown() throws {
    let known = try WordSettings.ofCatalogue()
    let parts = Vocabulary.parts.filter {
      [
        "criterion", "schedule", "granularity", "training", "regrowth", "penalty", "gate",
        "analysis", "optimizer", "rate", "loss", "initialization",
      ]
      .contains($0.name)
    }
    #expect(parts.count == 12)
    for part in parts {
      for word in part.words {
        #expect(known.entry(of: word.name, in: part.name) != nil, "\(part.name) \(word.name)")
      }
    }
    #expect(known.entry(of: "nothing", in: "criterion") == nil)
  }

  /// Units and usual values are those of the reading code.
  @Test func settingsAreThoseThatAreRead() throws {
    let known = try WordSettings.ofCatalogue()
    let entry = try #require(known.entry(of: "gradual-pruning", in: "training"))
    let settings = Dictionary(uniqueKeysWithValues: entry.settings.map { ($0.name, $0) })
    #expect(
      settings.keys.sorted() == [
        "allocation", "begin", "criterion", "every", "exclude", "granularity", "schedule",
        "sparsity",
      ])
    #expect(settings["begin"]?.expected.hasSuffix("in epochs") == true)
    #expect(settings["every"]?.usual == "100")
    #expect(settings["every"]?.expected.hasSuffix("in steps") == true)
    #expect(settings["sparsity"]?.usual == nil)
    #expect(entry.recipes.contains("gradual-magnitude"))
  }

  /// Names of the recipe's own choosing are no settings of the word.
  @Test func namesOfWeightsAreNotSettings() throws {
    let known = try WordSettings.ofCatalogue()
    let entry = try #require(known.entry(of: "per-layer", in: "allocation"))
    #expect(entry.settings.map(\.name) == ["names of weights"])
    #expect(entry.recipes.contains("l-obs"))
  }

  /// How the rate changes and when weights leave both stand at the key `schedule`.
  @Test func schedulesOfBothKindsAreApart() throws {
    let known = try WordSettings.ofCatalogue()
    let rate = try #require(known.entry(of: "cosine", in: "rate"))
    #expect(rate.settings.map(\.name) == ["final"] && rate.recipes.contains("rigl"))
    let pruning = try #require(known.entry(of: "cubic", in: "schedule"))
    #expect(pruning.settings.map(\.name) == ["steps", "initial"])
    #expect(pruning.recipes.contains("gradual-magnitude"))
    #expect(known.entry(of: "cosine", in: "schedule") == nil)
    let regrowth = try #require(known.entry(of: "gradient", in: "regrowth"))
    #expect(regrowth.recipes.contains("rigl"))
  }

  /// Stages, recoveries and training parts that no recipe uses are asked themselves.
  @Test func stagesWithoutRecipesAreAsked() throws {
    let known = try WordSettings.ofCatalogue()
    for word in ["freeze", "reshuffle", "scale-dropout"] {
      #expect(known.entry(of: word, in: "stage") != nil, "\(word)")
    }
    #expect(known.entry(of: "freeze", in: "stage")?.settings.map(\.name) == ["at", "grown-by"])
  }

  /// A word that no recipe uses is asked itself.
  @Test func wordsWithoutRecipesAreAsked() throws {
    let known = try WordSettings.ofCatalogue()
    let entry = try #require(known.entry(of: "n-of-m", in: "granularity"))
    #expect(entry.recipes.isEmpty)
    #expect(entry.settings.map(\.name).contains("keep"))
    let optimizer = try #require(known.entry(of: "rmsprop", in: "optimizer"))
    #expect(optimizer.recipes.isEmpty)
    #expect(
      optimizer.settings.map(\.name).sorted() == [
        "alpha", "centered", "decay-biases", "epsilon", "momentum", "rate", "weight-decay",
      ])
    let drawing = try #require(known.entry(of: "kaiming-normal", in: "initialization"))
    #expect(drawing.settings.isEmpty && drawing.recipes.contains("l0-full"))
    #expect(known.entry(of: "cosine", in: "rate")?.settings.map(\.name) == ["final"])
  }
}
