// Training parts in recipes: what they leave in the network and the result, and wrong settings.

import Foundation
import Testing

@testable import Methods

@Suite struct TrainingPartTests {
  private static func recipe(_ part: String, before: String = "") -> String {
    """
    id: tiny-part
    seed: 5
    stages:
    \(before)
      - train:
          epochs: 2
          batch: 8
          optimizer: {sgd: {rate: 0.05, momentum: 0.9}}
          \(part)
    """
  }

  private static let random =
    "  - prune: {granularity: element, criterion: random, allocation: erk, "
    + "target: {sparsity: 0.6}}"

  /// Trains 120 steps.
  private func result(_ source: String) throws -> RunResult {
    let tiny = try TinyRun()
    var run = try tiny.run(source)
    return try run.perform()
  }

  @Test func gradualPruningEndsAtItsSparsityAndIsComparedWithWhatWasBefore() throws {
    let result = try result(
      Self.recipe("gradual-pruning: {sparsity: 0.75, schedule: {cubic: {steps: 4}}, every: 20}"))
    #expect(result.sparsity.before == 0)
    #expect(abs(result.sparsity.after - 0.75) < 0.01)
    #expect(result.tasks.last?.sparsity == result.sparsity.after)
    #expect(result.params.before == result.params.after)
    #expect(result.reason == nil && result.target?.contains("0.75") == true)
  }

  /// Three of four are the most that one of four lets leave, and the run says so.
  @Test func gradualPruningInSetsSaysWhatItCannotReach() throws {
    let result = try result(
      Self.recipe(
        "gradual-pruning: {granularity: {n-of-m: {keep: 1, of: 4}}, sparsity: 0.9, every: 20, "
          + "schedule: {cubic: {steps: 4}}}"))
    #expect(result.sparsity.after > 0.7 && result.sparsity.after < 0.76)
    let reason = try #require(result.reason)
    #expect(
      reason.contains("granularity n-of-m") && reason.contains("0.9 was asked for"), "\(reason)")
  }

  @Test func connectionsMoveAndTheirNumberStays() throws {
    let result = try result(
      Self.recipe(
        "drop-and-grow: {fraction: 0.4, every: 10, regrowth: gradient}", before: Self.random))
    #expect(abs(result.sparsity.after - 0.6) < 0.01)
    let measures = try #require(result.tasks.last?.measures)
    // Updates at 10, 20, ... below 90.
    #expect(measures["mask updates"] == 8)
    #expect((measures["exploration rate"] ?? 0) > 0.41)
    #expect(result.tasks.first?.measures == nil)
  }

  @Test func connectionsThatChangeLayersStayInNumber() throws {
    for part in [
      "{fraction: 0.4, every: 10, regrowth: momentum, reallocation: gradients}",
      "{fraction: 0.05, decay: constant, every: 5, leaving: threshold, regrowth: random, "
        + "reallocation: survivors}",
    ] {
      let result = try result(Self.recipe("drop-and-grow: \(part)", before: Self.random))
      #expect(abs(result.sparsity.after - 0.6) < 0.01)
      #expect((result.tasks.last?.measures?["exploration rate"] ?? 0) > 0.41)
    }
  }

  @Test func frozenLayersStayAndTheRestTrains() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(
      Self.recipe("frozen: {layers: [fc1, \"fc2*\"]}", before: Self.random))
    let start = run.network
    _ = try run.perform()
    for name in run.network.weightNames {
      let masked = try start.masked(by: run.masks).initializers[name]?.tensor
      #expect(
        (run.network.initializers[name]?.tensor == masked) == !name.hasPrefix("fc3"), "\(name)")
    }
  }

  @Test(arguments: [
    ("frozen: {layers: [conv9]}", ["layer", "conv9", "fc1"]),
    ("frozen: {layers: [\"*\"]}", ["every layer is frozen"]),
    ("frozen: {}", ["every layer is frozen", "say which"]),
  ])
  func layersThatCannotFreezeAreFoundBeforeTheTraining(
    part: String, expected: [String]
  ) throws {
    let tiny = try TinyRun()
    let error = try #require(
      #expect(throws: (any Error).self) { try tiny.run(Self.recipe(part)) })
    for text in expected { #expect("\(error)".contains(text), "\(error)") }
  }

  @Test func masksOfATrainingAreThoseOfTheStagesAfterIt() throws {
    let result = try result(
      Self.recipe("network-surgery: {thresholds: {\"fc*.weight\": 0.5}, gamma: 0}")
        + "\n  - train: {epochs: 1, batch: 8, optimizer: {sgd: {rate: 0.05}}}")
    let sparsity = try result.tasks.map { try #require($0.sparsity) }
    #expect(sparsity[0] > 0.3)
    #expect(sparsity[1] == sparsity[0])
    let cut = try #require(result.tasks[0].measures?["weights cut off"])
    let spliced = try #require(result.tasks[0].measures?["weights spliced in"])
    #expect(cut - spliced == (sparsity[0] * Double(6 * 16 + 16 * 12 + 12 * 3)).rounded())
  }

  @Test func softFiltersAreCutInTheEnd() throws {
    let result = try result(
      Self.recipe("soft-filter-pruning: {fraction: 0.5}")
        + "\n  - prune: {allocation: uniform, target: {params: 0.4}}")
    #expect(result.tasks[0].measures?["filters zero"] == 14)
    #expect(result.params.after < result.params.before / 2)
  }

  /// Channels leave one by one; where there is no time for all of them the run says so.
  @Test func groupFisherSaysWhatIsNotMet() throws {
    let tiny = try TinyRun()
    let notes = Notes()
    var run = try tiny.run(
      Self.recipe("group-fisher: {target: {macs: 0.2}, every: 40}"), observer: notes)
    let result = try run.perform()
    #expect(result.notes == notes.lines)
    #expect(
      notes.lines.contains { $0.contains("target macs=0.2 is not met: 3 channels have left") },
      "\(notes.lines)")
  }

  /// Shared values that a training would make others of are spoken of; those under a codebook are not.
  @Test func sharedValuesThatAreLostAreSaid() throws {
    for (part, isSaid) in [("", true), (", codebook: {}", false)] {
      let tiny = try TinyRun()
      let notes = Notes()
      var run = try tiny.run(
        """
        stages:
          - share: {bits: 2}
          - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}\(part)}
        """, observer: notes)
      _ = try run.perform()
      #expect(notes.lines.contains { $0.contains("share few values") } == isSaid)
    }
  }

  /// Signed constants are where a training begins, not what it should keep.
  @Test func signedConstantsAreNoSharedValues() throws {
    let (tiny, notes) = (try TinyRun(), Notes())
    var run = try tiny.run(
      """
      stages:
        - sign-constant: {of: start}
        - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}}
      """, observer: notes)
    _ = try run.perform()
    #expect(!notes.lines.contains { $0.contains("share few values") }, "\(notes.lines)")
  }

  /// A threshold above all scores empties every layer, and the run says so.
  @Test func emptiedLayersAreSaid() throws {
    let tiny = try TinyRun()
    let notes = Notes()
    var run = try tiny.run(
      "stages:\n  - prune: {granularity: element, criterion: l1, target: {threshold: 1000}}\n",
      observer: notes)
    _ = try run.perform()
    #expect(
      notes.lines.contains { $0.contains("nothing is left of fc1.weight, fc2.weight, fc3.weight") },
      "\(notes.lines)")
  }

  /// Two parts that decide what weights are do not stand in one training.
  @Test(arguments: [
    ("binary-weights: {}", "gradual-pruning: {sparsity: 0.5}"),
    ("binary-weights: {}", "supermask: {}"), ("binary-weights: {}", "codebook: {}"),
    ("network-surgery: {thresholds: {'*': 1}}", "gradual-pruning: {sparsity: 0.5}"),
    ("supermask: {}", "penalty: {group-lasso: {filters: 1e-3}}"),
    ("l0-gates: {inputs: {fc1.weight: 1e-6}}", "drop-and-grow: {every: 5}"),
    ("stripe-pruning: {}", "codebook: {}"),
  ])
  func partsThatUndoEachOtherAreRefused(one: String, other: String) throws {
    for parts in ["\(one), \(other)", "\(other), \(one)"] {
      let error = #expect(throws: RecipeError.self) {
        try Recipe(
          parsing:
            "stages:\n  - share: {}\n  - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, \(parts)}\n",
          file: "r.yaml")
      }
      let text = "\(try #require(error))"
      #expect(text.contains("r.yaml:3: stages[1].train."), "\(text)")
      #expect(text.contains("both decide what the weights are"), "\(text)")
    }
  }

  @Test(arguments: [
    ("drop-and-grow: {regrowth: magic}", ["r.yaml:9", "regrowth", "magic", "random, gradient"]),
    ("drop-and-grow: {decay: linear}", ["decay", "linear", "constant, cosine"]),
    ("drop-and-grow: {fraction: 1.5}", ["fraction", "1.5", "at most 1"]),
    ("drop-and-grow: {speed: 3}", ["'speed' is not known", "fraction"]),
    ("drop-and-grow: {threshold: 0.01}", [".threshold", "leaving: threshold"]),
    ("drop-and-grow: {leaving: threshold, threshold: 0}", ["threshold", "above 0"]),
    ("drop-and-grow: {reallocation: fair}", ["'fair'", "own, survivors, gradients"]),
    (
      "drop-and-grow: {regrowth: random, reallocation: gradients}",
      ["drop-and-grow", "looks at no gradients"]
    ),
    ("drop-and-grow: {regrowth: {momentum: {alpha: 2}}}", ["momentum.alpha", "0 to 0.9999"]),
    ("frozen: {layer: [fc1]}", ["'layer' is not known", "layers"]),
    ("gradual-pruning: {schedule: one-shot}", ["'sparsity' is missing"]),
    (
      "gradual-pruning: {sparsity: 0.5, criterion: snip}",
      ["r.yaml:9: stages", ".gradual-pruning.criterion", "snip looks at data", "such as l1"]
    ),
    (
      "gradual-pruning: {sparsity: 0.5, criterion: movement}",
      [".criterion", "movement looks at an earlier network"]
    ),
    (
      "soft-filter-pruning: {fraction: 0.5, criterion: taylor}",
      [".criterion", "taylor looks at data", "such as l2"]
    ),
    (
      "drop-and-grow: {}\n      penalty: {group-lasso: {filters: 1e-4}}",
      ["drop-and-grow moves weights that are masked", "criterion: random"]
    ),
    ("drop-and-grow: {regrowth: {gradient: {speed: 3}}}", ["r.yaml:9", "'speed' is not known"]),
    ("gradual-pruning: {sparsity: 1}", ["sparsity", "from 0 to below 1"]),
    (
      "gradual-pruning: {sparsity: 0.5, schedule: {cubic: {initial: 1}}}",
      ["schedule", "[0, 1)", "1.0"]
    ),
    (
      "gradual-pruning: {sparsity: 0.5, schedule: {cubic: {initial: 0.6}}}",
      ["r.yaml:9", "schedule", "after step 1"]
    ),
    (
      "gradual-pruning: {sparsity: 0.5, schedule: {one-shot: {steps: 3}}}", ["'steps' is not known"]
    ),
    ("network-surgery: {gamma: 1}", ["'thresholds' is missing", "standard deviations"]),
    ("soft-filter-pruning: {}", ["'fraction' is missing"]),
    ("soft-filter-pruning: {fraction: 1}", ["[0, 1)"]),
  ])
  func wrongSettingsAreNamed(part: String, expected: [String]) {
    do throws(RecipeError) {
      _ = try Recipe(parsing: Self.recipe(part), file: "r.yaml")
      Issue.record("no error for \(part)")
    } catch {
      for text in expected { #expect("\(error)".contains(text), "\(error)") }
    }
  }
}
