// Wrong recipes: every error names the file, the line and the path of keys.

import Data
import Foundation
import Testing

@testable import Methods

@Suite struct RecipeErrorTests {
  /// The description of what reading `source` throws; empty where it throws nothing.
  private func error(_ source: String) -> String {
    do throws(RecipeError) {
      _ = try Recipe(parsing: source, file: "r.yaml")
      return ""
    } catch { return "\(error)" }
  }

  /// A recipe whose stage `train` has the given further lines, from line 5 on.
  private static func train(_ lines: String) -> String {
    """
    network: lenet-5
    stages:
      - train:
          optimizer: {sgd: {rate: 0.1}}
    \(lines.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))
    """
  }

  /// A recipe whose stage `prune` has the given lines, from line 3 on.
  private static func prune(_ lines: String) -> String {
    """
    stages:
      - prune:
    \(lines.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))
    """
  }

  private static let cases: [(String, [String])] = [
    // What stands where it should not.
    ("stages: [{train: {}}]\nbanana: 1", ["r.yaml:1: stages[0].train", "'epochs'", "missing"]),
    (
      "stages: [{prune: {target: {params: 0.5}}}]\nbanana: 1",
      ["r.yaml:2: banana", "'banana' is not known", "stages"]
    ),
    (
      train("epochs: 1\noptimizers: {}").replacing(
        "optimizer: {sgd: {rate: 0.1}}", with: "optimizer: {sgd: {lr: 0.1}}"),
      ["r.yaml:4: stages[0].train.optimizer.sgd", "'rate' is missing", "written there: lr"]
    ),
    (
      prune("target: sparsity=0.5"),
      ["r.yaml:3: stages[0].prune.target", "{sparsity: 0.5}, as recipes"]
    ),
    (
      "seed: 18446744073709551616\nstages: [{export: {}}]",
      ["r.yaml:1: seed", "at most 9223372036854775807"]
    ),
    (
      train("epochs: 1\nloss: {cross-entropy: {label-smoothing: 1}}"),
      ["label-smoothing", "below 1"]
    ),
    ("stages: [{prun: {}}]", ["the stage 'prun'", "did you mean 'prune'?"]),
    ("stages: [{freeze: {at: start}}]", ["stages[0]", "no stage before this one masks any"]),
    ("stages: [{pack: {name: a}}, {pack: {name: a}}]", ["stages[1]", "packs 'a' already"]),
    (
      "stages: [{gate: {feature-boosting: {density: 0.5}}}, {gate: {feature-boosting: {density: 0.5}}}]",
      ["stages[1]", "gates on the same layers"]
    ),
    (
      """
      stages:
        - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, marks: {early: {step: 1}}}
        - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, marks: {early: {step: 1}}}
      """, ["r.yaml:3: stages[1]", "sets the mark 'early' already"]
    ),
    (
      """
      stages:
        - prune: {granularity: {n-of-m: {keep: 2, of: 4}}, criterion: l1, target: {sparsity: 0.5}}
        - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, drop-and-grow: {every: 5}}
      """, ["r.yaml:3: stages[1]", "would break up", "granularity n-of-m"]
    ),
    (train("epochs: 1\nepoch: 2"), ["r.yaml:6: stages[0].train.epoch", "'epoch' is not known"]),
    (
      train("epochs: 1\nschedule: {cosine: {end: 1}}"),
      ["r.yaml:6: stages[0].train.schedule.cosine.end", "'end' is not known", "final"]
    ),
    (
      train("epochs: 1\nschedule:\n  cosine:\n    end: 1"),
      ["r.yaml:8: stages[0].train.schedule.cosine.end"]
    ),
    (
      prune("target: {params: 0.5}\nrecover: {epochs: 1}"), ["r.yaml:4:", "'optimizer' is missing"]
    ),
    (
      prune("target: {params: 0.5}\ncriterion: {l2: {p: 3}}"),
      ["r.yaml:4: stages[0].prune.criterion.l2.p", "'p' is not known"]
    ),
    ("stages:\n  - export: {name: a, opst: 17}", ["r.yaml:2: stages[0].export.opst"]),
    // What is missing.
    ("", ["r.yaml:1", "'stages' is missing"]),
    ("# nothing but a comment\n", ["'stages' is missing"]),
    ("id: a", ["'stages' is missing"]),
    ("stages: []", ["r.yaml:1: stages", "at least one stage"]),
    ("id: a\nstages:", ["r.yaml:2: stages", "nothing was found"]),
    ("stages: [{train: {epochs: 1}}]", ["'optimizer' is missing"]),
    ("stages: [{train: {epochs: 1, optimizer: sgd}}]", ["'rate' is missing"]),
    (train("schedule: multi-step\nepochs: 1"), ["'milestones' is missing"]),
    (prune("criterion: l1"), ["target", "such as {macs: 0.5}"]),
    // Of the wrong kind.
    ("- a\n- b", ["r.yaml:1", "a list was found", "a mapping"]),
    ("just words", ["r.yaml:1", "'just words' was found", "a mapping"]),
    ("{}: 1\nstages: []", ["a text as the key"]),
    ("stages: 3", ["r.yaml:1: stages", "'3' was found"]),
    ("stages:\n  - [train]", ["r.yaml:2: stages[0]", "a list was found"]),
    ("stages:\n  - train: 5", ["r.yaml:2: stages[0].train", "'5' was found"]),
    (
      "stages:\n  - {train: {}, prune: {}}",
      ["r.yaml:2: stages[0]", "train and prune stand in one item"]
    ),
    ("stages:\n  - {}", ["r.yaml:2: stages[0]"]),
    ("seed: -1\nstages: [export]", ["r.yaml:1: seed", "'-1' was found", "at least 0"]),
    ("seed: many\nstages: [export]", ["r.yaml:1: seed", "'many' was found", "whole number"]),
    ("seed: 99999999999999999999\nstages: [export]", ["r.yaml:1: seed"]),
    ("title: [a]\nstages: [export]", ["r.yaml:1: title", "a list was found", "a text"]),
    ("cite: {a: b}\nstages: [export]", ["r.yaml:1: cite", "a list of texts"]),
    ("cite:\n  - a\n  - [b]\nstages: [export]", ["r.yaml:3: cite", "a list was found"]),
    (train("epochs: two"), ["r.yaml:5: stages[0].train.epochs", "'two' was found"]),
    (train("epochs: 1.5"), ["'1.5' was found", "whole number"]),
    (train("epochs: 0"), ["'0' was found", "at least 1 and at most 100000"]),
    (train("epochs: 1\nbatch: 0"), ["r.yaml:6: stages[0].train.batch"]),
    (train("epochs: 1\nwarm-up: .nan"), ["r.yaml:6: stages[0].train.warm-up", "'.nan'"]),
    (train("epochs: 1\nwarm-up: -0.5"), ["r.yaml:6: stages[0].train.warm-up"]),
    (train("epochs: 1\nevaluate: maybe"), ["r.yaml:6: stages[0].train.evaluate", "true or false"]),
    (train("epochs: 1\nlayout: sideways"), ["r.yaml:6: stages[0].train.layout", "'sideways'"]),
    (train("epochs: 1\nclip: {norm: 0}"), ["r.yaml:6: stages[0].train.clip.norm", "above 0"]),
    (
      train("epochs: 1\nschedule: {multi-step: {milestones: [1, x]}}"),
      ["r.yaml:6: stages[0].train.schedule.multi-step.milestones", "'x' was found"]
    ),
    (
      train("epochs: 1\nschedule:\n  multi-step:\n    milestones:\n      - 1\n      - x"),
      ["r.yaml:10: stages[0].train.schedule.multi-step.milestones"]
    ),
    (prune("target: 0.5"), ["r.yaml:3: stages[0].prune.target", "a mapping"]),
    (prune("target: {macs: [1]}"), ["r.yaml:3: stages[0].prune.target.macs", "a text"]),
    (prune("target: {macs: 0.5}\nround-to: 0"), ["r.yaml:4: stages[0].prune.round-to"]),
    (prune("target: {macs: 0.5}\nfloor: 0"), ["r.yaml:4: stages[0].prune.floor"]),
    // Words the grammar does not have.
    ("stages: [{tran: {}}]", ["r.yaml:1: stages[0]", "'tran'", "train, prune"]),
    ("network: lenet-6\nstages: [export]", ["r.yaml:1: network", "'lenet-6'", "lenet-5"]),
    ("id: a/b\nstages: [export]", ["r.yaml:1: id", "'a/b'"]),
    ("id: ..\nstages: [export]", ["r.yaml:1: id"]),
    (
      "stages: [{train: {epochs: 1, optimizer: {sdg: {rate: 1}}}}]",
      ["optimizer", "'sdg'", "sgd, adam, adamw, adamax, rmsprop"]
    ),
    (train("epochs: 1\nschedule: sine"), ["r.yaml:6: stages[0].train.schedule", "cosine"]),
    (train("epochs: 1\nloss: hinge"), ["r.yaml:6: stages[0].train.loss", "cross-entropy"]),
    (prune("target: {macs: 0.5}\ncriterion: l3"), ["r.yaml:4: stages[0].prune.criterion", "l2"]),
    (prune("target: {macs: 0.5}\nallocation: fair"), ["r.yaml:4:", "allocation", "uniform"]),
    (prune("target: {macs: 0.5}\nschedule: slow"), ["r.yaml:4:", "schedule", "iterative"]),
    (prune("target: {macs: 0.5}\ngranularity: atom"), ["r.yaml:4:", "granularity", "element"]),
    (prune("target: {flops: 0.5}"), ["r.yaml:3: stages[0].prune.target", "flops", "macs"]),
    (prune("target: {macs: lots}"), ["r.yaml:3: stages[0].prune.target", "'lots'"]),
    (prune("target: {macs: 10MB}"), ["'10MB' is not a number with a unit of macs"]),
    (prune("target: {macs: 0}"), ["(0, 1]"]),
    (
      prune("granularity: element\ntarget: {sparsity: 0.5}\nround-to: 8"),
      ["stages[0].prune.round-to", "counts the units of a layer"]
    ),
    (prune("target: {sparsity: 1}"), ["from 0 to below 1"]),
    ("stages: [{export: {name: ../up}}]", ["r.yaml:1: stages[0].export.name", "'../up'"]),
    ("stages: [{export: {name: model}}]", ["r.yaml:1: stages[0].export.name"]),
    ("stages: [{export: {name: 1-train}}]", ["r.yaml:1: stages[0].export.name"]),
    ("stages: [{export: {opset: 12}}]", ["12 was found", "17 or 21"]),
    // Parts that do not go together.
    (train("epochs: 1\nsteps: 5"), ["r.yaml:6: stages[0].train.steps", "already"]),
    (train("epochs: 1\nclip: {norm: 1, value: 1}"), ["r.yaml:6:", "not both"]),
    (
      prune("target: {macs: 0.5, params: 0.5}"),
      ["r.yaml:3: stages[0].prune.target", "macs and params are several"]
    ),
    (prune("criterion: l1"), ["r.yaml:2: stages[0].prune", "'target' is missing", "one quantity"]),
    (
      prune("target: {macs: 0.5}\ncriterion: {l2: {p: 3}}"),
      ["r.yaml:4: stages[0].prune.criterion.l2.p", "'p' is not known", "nothing to set"]
    ),
    // A key that is missing because it is misspelt.
    (
      "stages: [{train: {epochs: 1, optimiser: {sgd: {rate: 1}}}}]",
      ["r.yaml:1: stages[0].train.optimiser", "'optimiser' is not known", "known: optimizer"]
    ),
    (
      "stages: [{train: {epochs: 1, optimizer: {sgd: {rat: 1}}}}]",
      ["stages[0].train.optimizer.sgd.rat", "known: rate"]
    ),
    (train("epoch: 1"), ["r.yaml:5: stages[0].train.epoch", "known: epochs"]),
    (prune("targt: {macs: 0.5}"), ["r.yaml:3: stages[0].prune.targt", "known: target"]),
    (train("steps: 9\nmarks: {late: {step: 10}}"), ["r.yaml:6: stages[0].train.marks", "9 steps"]),
    (train("epochs: 2\nmarks: {late: {epoch: 3}}"), ["r.yaml:6:", "at epoch 3", "2 epochs"]),
    (
      train("epochs: 2\nschedule: {multi-step: {milestones: [1, 2]}}"),
      ["stages[0].train.schedule.multi-step.milestones", "epoch 2 was found"]
    ),
    (
      train("epochs: 2\nschedule: {cosine: {final: 5}}"),
      ["stages[0].train.schedule.cosine.final", "at most"]
    ),
    (
      train("steps: 2\nschedule: {multi-step: {milestones: [9223372036854775807]}}"),
      ["milestones", "from 1 to 100000"]
    ),
    (train("steps: 2\nwarm-up: 1e300"), ["stages[0].train.warm-up", "at most 100000"]),
    (
      train("steps: 2\ngradual-pruning: {sparsity: 0.5, begin: 1e300}"),
      ["gradual-pruning.begin", "at most 100000, in epochs"]
    ),
    (
      train("epochs: 2\nwarm-up: 3"),
      ["r.yaml:6: stages[0].train.warm-up", "epoch 3 was found", "2 epochs"]
    ),
    (
      train("epochs: 9\nschedule: {multi-step: {milestones: [5, 1]}}"),
      ["r.yaml:6: stages[0].train.schedule.multi-step.milestones", "in their order"]
    ),
    (
      train("epochs: 1\ndrop-and-grow: {fraction: 0.3}"),
      ["r.yaml:3: stages[0].train", "no stage before this one masks"]
    ),
    ("\u{FEFF}id: a\nstages: [export]\noops: 1", ["r.yaml:3: oops", "'oops' is not known"]),
    (
      prune("granularity: element\ntarget: {macs: 0.5}"),
      ["r.yaml:4: stages[0].prune.target", "sparsity"]
    ),
    (train("epochs: 1\nloss: distillation"), ["r.yaml:3: stages[0].train", "before pruning"]),
    (
      "stages:\n  - export: {name: a}\n  - export: {name: a}", ["r.yaml:3:", "'a'", "another name"]
    ),
    (
      "stages: [{train: {epochs: 1, optimizer: {sgd: {rate: 1, nesterov: true}}}}]",
      ["optimizer", "momentum"]
    ),
    // Not YAML, or not quite.
    ("stages: [", ["r.yaml:2:1", "this is not YAML"]),
    ("id: a\n\tb: c", ["r.yaml:2:1", "this is not YAML"]),
    ("id: \"open", ["r.yaml:1:", "this is not YAML"]),
    ("id: a\nid: b\nstages: [export]", ["id: the key stands twice"]),
    (train("epochs: 1\nepochs: 2"), ["r.yaml:5: epochs: the key stands twice"]),
    ("id: *nobody", ["r.yaml:1:", "this is not YAML"]),
    ("id: a\n---\nid: b", ["this is not YAML"]),
    ("id: a\u{1}b", ["r.yaml:1:", "this is not YAML"]),
    (String(repeating: "[", count: 20_000), ["this is not YAML"]),
    (String(repeating: "- ", count: 20_000), ["this is not YAML"]),
  ]

  @Test(arguments: cases.indices)
  func wrongRecipesAreRefused(index: Int) {
    let (source, wanted) = Self.cases[index]
    let found = error(source)
    for part in wanted { #expect(found.contains(part), "\(source)\n-> \(found)") }
  }

  @Test func aliasesThatGrowAreNotFollowed() {
    var source = "a0: &a0 [x, x]\n"
    for level in 1...40 { source += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(error(source + "stages: [export]").contains("'a0' is not known"))
  }

  // MARK: files

  private func error(inFile bytes: [UInt8]) throws -> String {
    let folder = try TinyRun()
    try FileBytes.write(bytes, to: folder("r.yaml"))
    let error = #expect(throws: RecipeError.self) { try Recipe(at: folder("r.yaml")) }
    return "\(try #require(error))"
  }

  @Test func filesThatAreNoTextAreRefused() throws {
    #expect(try error(inFile: []).contains("'stages' is missing"))
    #expect(try error(inFile: [0xFF, 0xFE, 0x41]).hasSuffix("r.yaml: it is not UTF-8 text"))
    #expect(try error(inFile: Array("id: caf".utf8) + [0xE9]).contains("not UTF-8"))
    #expect(
      try error(inFile: [UInt8](repeating: 0x20, count: 1 << 20 + 1)).contains("1048577 bytes"))
  }

  @Test func whatIsNoFileIsRefused() throws {
    let folder = try TinyRun()
    for path in [folder.path, "/dev/zero"] {
      let error = #expect(throws: RecipeError.self) { try Recipe(at: path) }
      #expect("\(try #require(error))".contains("not a regular file"))
    }
    let error = #expect(throws: RecipeError.self) { try Recipe(at: folder("none.yaml")) }
    #expect("\(try #require(error))".contains("lenet-5-filters"))
  }
}
