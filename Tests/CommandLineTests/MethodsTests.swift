// The catalogue of methods as the program shows it.

import Foundation
import Testing

@Suite struct MethodsTests {
  @Test func theCatalogueStandsByKind() throws {
    let run = try Program.run(["methods"], environment: Program.withoutTorch)
    #expect(run.status == 0 && run.errors.isEmpty)
    let dynamic = try #require(run.output.range(of: "Dynamic sparse training"))
    let rigl = try #require(run.output.range(of: "\nrigl "))
    let examples = try #require(run.output.range(of: "Examples"))
    #expect(dynamic.upperBound < rigl.lowerBound && rigl.upperBound < examples.lowerBound)
    #expect(run.output.contains("criterion") && run.output.contains("gradual-pruning"))
  }

  @Test func aCardSaysAllOfAMethod() throws {
    let run = try Program.run(["methods", "dynamic-network-surgery"])
    #expect(run.status == 0)
    for part in [
      "A trained network goes on training", "formula: T = 0 where |w| < 0.9 theta",
      "training   ", "network-surgery", "source: Y. Guo, A. Yao, Y. Chen",
      "property: NetworkSurgeryTests/masksFollowTheHysteresisAtEveryStep", "evidence: ",
      "reported by the paper", "LeNet-5, test error", "thresholds: {conv1.weight: 2",
    ] { #expect(run.output.contains(part), "\(part)\n\(run.output)") }
  }

  @Test func theJSONHoldsWhatScriptsRelyOn() throws {
    let all = try Program.run(["methods", "--json"]).list()
    #expect(all.count > 9)
    for entry in all {
      for key in ["id", "title", "kind", "recipe", "cite", "reported"] {
        #expect(entry[key] != nil, "\(key)")
      }
      #expect(entry["parts"] is [String: [String]])
      let recipe = try #require(entry["recipe"] as? String)
      #expect(FileManager.default.fileExists(atPath: recipe))
    }
    let one = try Program.run(["methods", "rigl", "--json"]).list()
    #expect(one.count == 1 && one.first?["kind"] as? String == "dynamic-sparse-training")
    #expect(
      one.first?["property"] as? String
        == "DropAndGrowTests/rigLDropsTheLeastAndGrowsTheLargestGradients")
    #expect((one.first?["formula"] as? String)?.contains("|dL/dw|") == true)
  }

  @Test func aNameThatIsNoMethodIsRefused() throws {
    for arguments in [["methods", "nothing"], ["methods", "nothing", "--json"]] {
      let run = try Program.run(arguments)
      #expect(run.status == 65 && run.errors.contains("there is no recipe 'nothing'"))
    }
  }

  /// A word says what it reads, what it takes where nothing is written, and who uses it.
  @Test func aWordSaysItsSettings() throws {
    let part = try Program.run(["methods", "drop-and-grow"], environment: Program.withoutTorch)
    #expect(part.status == 0 && part.output.contains("drop-and-grow (training): connections move"))
    for line in [
      "fraction      0.3", "decay         cosine", "magnitude, each-sign",
      "Recipes that use it: rigl, set",
    ] { #expect(part.output.contains(line), "\(part.output)") }

    // A recipe has the name too: the part says which is meant.
    let recipe = try Program.run(["methods", "grasp"], environment: Program.withoutTorch)
    #expect(recipe.output.contains("bonsai methods criterion grasp"))
    let word = try Program.run(
      ["methods", "criterion", "grasp"], environment: Program.withoutTorch)
    #expect(word.output.contains("temperature  200"), "\(word.output)")

    let json = try Program.run(["methods", "criterion", "grasp", "--json"]).list()
    let settings = try #require(json.first?["settings"] as? [[String: Any]])
    #expect(settings.contains { $0["name"] as? String == "temperature" })
    #expect(json.first?["part"] as? String == "criterion")

    let wrong = try Program.run(["methods", "criterion", "magnitude"])
    #expect(
      wrong.status == 64
        && wrong.errors.contains("there is no criterion 'magnitude'; there are: l1,"))
    let noPart = try Program.run(["methods", "rigl", "grasp"])
    #expect(noPart.status == 64 && noPart.errors.contains("'rigl' is no part of the grammar"))
  }
}
