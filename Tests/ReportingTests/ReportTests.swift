// Tests of the page: sound, complete, self-contained, whatever the run holds.

import Foundation
import Testing

@testable import Methods
@testable import Reporting

@Suite("Report")
struct ReportTests {
  private func page(_ run: SampleRun) throws -> DocumentReader {
    let document = DocumentReader(try run.report.html())
    #expect(document.failure == nil)
    return document
  }

  @Test func theVerdictIsOneSentence() throws {
    #expect(
      try SampleRun.lenet.report.verdict
        == "LeNet-5 on MNIST: 12× fewer MACs, 19× fewer parameters, 3.1× faster in ONNX Runtime at "
        + "batch 1, accuracy 99.08 % → 98.95 %.")
  }

  @Test func theVerdictSaysWhatDidNotChangeOrGotWorse() throws {
    var run = SampleRun.lenet
    run.result["latency"] = [
      "before": 1.0, "after": 1.3, "batch": 8, "runtime": "ONNX Runtime",
    ]
    run.result["macs"] = ["before": 100, "after": 100]
    #expect(try run.report.verdict.contains("the same MACs, 19× fewer parameters, 1.30× slower"))
    run.result["params"] = ["before": 431_080, "after": 431_080]
    run.result["sparsity"] = ["before": 0.0, "after": 0.9]
    #expect(try run.report.verdict.contains("90.0 % of the weights are zero, the same MACs"))
    run.result["sparsity"] = ["before": 0.0, "after": 0.0]
    #expect(try run.report.verdict.hasSuffix("nothing was pruned."))
    run.result["macs"] = ["before": 100, "after": 0]
    run.result["data"] = ""
    #expect(try run.report.verdict.hasPrefix("LeNet-5: no MACs left, the same parameters"))
  }

  @Test(
    arguments: [
      "99.08 %", "98.95 %", "−0.13 points", "0.0284", "0.0331", "+0.0047", "431,080", "22,694",
      "2,293,000", "189,344", "1,726,131", "92,612", "2.83 %", "macs=0.0850", "0.08257", "6.93 ms",
      "1.37 ms", "5.1× faster", "412", "6.24 to 9.01", "6.79 to 7.07", "7 of 20", "conv1.filters",
      "25,050", "2,112", "1,600,000", "134,402", "4.19 %", "1. train", "2. prune", "3. recover",
      "1 min 12 s", "1.5e-15", "dense.onnx", "4.8e-6", "2.4e-7", "model.onnx", "Barriers: none",
      "987654321", "Bonsai 0.7.3", "bonsai apply 'my recipe.yaml'", "stages:",
      "https://example.org/a",
      "The smallest filters leave.", "LeNet-5, filters by norm", "lenet-filters",
    ])
  func everyFindingIsOnThePage(_ finding: String) throws {
    #expect(try page(.lenet).text.contains(finding))
  }

  @Test func thePageStandsAlone() throws {
    let document = try page(.lenet)
    let names = Set(document.elements.map(\.name))
    #expect(names.isDisjoint(with: ["script", "link", "img", "iframe", "object", "base", "form"]))
    for element in document.elements {
      #expect(element.attributes["src"] == nil && element.attributes["style"] == nil)
      #expect(!element.attributes.keys.contains { $0.hasPrefix("on") })
      if element.name != "a" { #expect(element.attributes["href"] == nil) }
    }
    #expect(
      document.elements("meta").contains {
        $0.attributes["content"]?.hasPrefix("default-src 'none'") == true
      })
  }

  @Test func readersWhoCannotSeeItAreServed() throws {
    let document = try page(.lenet)
    #expect(document.elements("html").first?.attributes["lang"] == "en")
    #expect(document.elements("h1").count == 1)
    #expect(document.elements("table").count == document.elements("caption").count)
    #expect(document.elements("figure").count == document.elements("figcaption").count)
    #expect(document.elements("figure").count == 7)
    let ids = document.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    for element in document.elements {
      if let label = element.attributes["aria-labelledby"] { #expect(ids.contains(label)) }
      if element.attributes["role"] == "img" { #expect(element.attributes["aria-label"] != "") }
    }
  }

  @Test func theSameRunGivesTheSameBytes() throws {
    let run = SampleRun.lenet
    #expect(try run.report.html() == run.report.html())
  }

  @Test func nothingBreaksOutOfItsPlace() throws {
    let attack = "</style></pre><script>alert('x')</script>\"&\u{0}"
    var run = SampleRun.lenet
    for key in ["title", "about", "network", "data", "recipe", "version", "target"] {
      run.result[key] = attack
    }
    run.result["citations"] = [attack, "https://\"onclick=\"x"]
    run.result["command"] = ["bonsai", attack]
    run.result["groups"] = [["name": attack, "size": 3, "kept": 1]]
    run.result["barriers"] = [["node": attack, "reason": attack]]
    run.result["notes"] = [attack]
    run.recipe = attack
    let html = try run.report.html()
    let document = DocumentReader(html)
    #expect(document.failure == nil)
    #expect(!html.contains("<script"))
    #expect(document.elements("h1").first?.text.contains("<script>alert('x')</script>") == true)
    #expect(document.elements("code").last?.text == attack.replacing("\u{0}", with: "\u{FFFD}"))
  }

  @Test func missingFindingsAreNamedNotHidden() throws {
    var run = SampleRun.lenet
    for key in ["accuracy", "loss", "latency", "target", "achieved", "equivalence"] {
      run.result[key] = nil
    }
    for key in ["latencies", "groups", "layers", "verifications", "tasks", "citations"] {
      run.result[key] = [Any]()
    }
    run.metrics = nil
    let text = try page(run).text
    for sentence in [
      "Latency was not measured", "Nothing was trained", "no layers with weights",
      "Nothing was cut", "No written file was compared", "The run had no tasks", "Barriers: none",
    ] {
      #expect(text.contains(sentence), "\(sentence)")
    }
  }

  @Test func aSingleEpochWithoutAccuracy() throws {
    var run = SampleRun.lenet
    run.result["tasks"] = [["title": "train", "seconds": 0.1, "params": 3, "macs": 2]]
    run.metrics = [
      [
        "kind": "epoch", "task": "train", "taskIndex": 0, "epoch": 1.0, "step": 3, "rate": 0.1,
        "loss": 0.7,
      ]
    ]
    let document = try page(run)
    #expect(document.elements("strong").map(\.text).contains("Loss"))
    #expect(!document.elements("strong").map(\.text).contains("Accuracy"))
  }

  @Test func aDifferenceIsNotPassedOver() throws {
    var run = SampleRun.lenet
    run.result["equivalence"] = [
      "file": "logits", "runtime": "", "maxAbsDiff": 0.02, "scale": 3.0,
    ]
    run.result["barriers"] = [["node": "head/nms", "reason": "no rule for NonMaxSuppression"]]
    let document = try page(run)
    #expect(document.elements("span").contains { $0.text == "✗ differs" })
    #expect(document.text.contains("The cut model differs from the masked model"))
    #expect(document.text.contains("no rule for NonMaxSuppression"))
  }

  @Test func whatWasNotedIsShown() throws {
    var run = SampleRun.lenet
    #expect(try !page(run).text.contains("Noted in the run"))
    run.result["notes"] = ["prune: nothing is left of fc1.weight", "train: the target is not met"]
    let items = try page(run).elements("li").map(\.text)
    #expect(items.contains("prune: nothing is left of fc1.weight"))
    #expect(items.contains("train: the target is not met"))
  }

  @Test(
    arguments: [
      (0, 0, true), (1e-6, 1, true), (1e-4, 1, false), (1e-6, 0, false), (.nan, 1, false),
      (1, .infinity, false),
    ] as [(Double, Double, Bool)])
  func agreement(_ difference: Double, _ scale: Double, _ agrees: Bool) {
    let check = RunResult.Verification(
      file: "a", runtime: "b", maxAbsDiff: difference, scale: scale)
    #expect(ProofSection.agrees(check) == agrees)
  }

  @Test func sixtyLayersAndManyRounds() throws {
    var run = SampleRun.lenet
    let names = (0..<60).map { "/backbone/stage\($0 / 15)/block_with_a_long_name_\($0)/Conv" }
    run.result["layers"] = names.enumerated().map { index, name in
      [
        "name": name, "op": "Conv", "parameters": ["before": index * 1000, "after": index * 7],
        "macs": ["before": index * 100_000, "after": index], "sparsity": Double(index) / 60,
      ] as [String: Any]
    }
    run.result["groups"] = names.map { ["name": $0, "size": 0, "kept": 0] as [String: Any] }
    run.metrics = (0..<40).flatMap { SampleRun.lines("round \($0)", $0, epochs: 1) }
    let document = try page(run)
    for name in names { #expect(document.text.contains(name)) }
    #expect(document.elements("details").first?.attributes["open"] == nil)
  }
}
