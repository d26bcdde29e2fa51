// What cannot work is found before anything is trained.

import Compression
import Data
import Network
import Testing

@testable import Methods

@Suite struct RehearsalTests {
  /// What would fail after the training fails before it: nothing is trained, and nothing is left behind.
  @Test(arguments: [
    ("prune: {target: {macs: 0.5}, exclude: [fc9]}", "nothing is called 'fc9'"),
    ("prune: {target: {macs: 0.5}, exclude: ['*']}", "every group is excluded"),
    ("prune: {target: {macs: 0.01}, floor: 90%}", "cannot be met"),
    ("prune: {target: {macs: 0.5}, criterion: bn-scale}", "scales of batch normalisation"),
    (
      "prune: {granularity: element, target: {sparsity: 0.5}, criterion: fpgm}",
      "use granularity filter"
    ),
    ("prune: {granularity: element, target: {sparsity: 0.5}, exclude: [fc9]}", "'fc9'"),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, penalty: {l1-scale: {strength: 1e-3}}}",
      "has none that is called"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, gradual-pruning: {sparsity: 0.5, exclude: [fc9]}}",
      "'fc9'"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, l0-gates: {inputs: {fc9.weight: 1e-6}}}",
      "there is no weight 'fc9.weight'"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, network-surgery: {thresholds: {fc9*: 1}}}",
      "there is no weight 'fc9*'"
    ),
    (
      "prune: {granularity: element, target: {sparsity: 0.5}, criterion: apoz}",
      "use granularity filter"
    ),
    ("prune: {target: {bytes: 10}}", "the budget bytes=10.0 cannot be met"),
    ("share: {bits: 'fc9.weight=4'}", "'fc9.weight'"),
    ("gate: {feature-boosting: {density: 0.5}}", "'tiny' has none"),
    // 480 examples are 8 steps an epoch.
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, gradual-pruning: {sparsity: 0.5, every: 4}}",
      "20 parts of 4 steps end at step 80, but the training has 8 steps"
    ),
    (
      "train: {epochs: 2, optimizer: {sgd: {rate: 0.1}}, "
        + "gradual-pruning: {sparsity: 0.5, schedule: one-shot, begin: 2}}",
      "all leaves at step 16, but the training has 16 steps"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, gradual-pruning: {sparsity: 0.5, every: 1, "
        + "schedule: {cubic: {steps: 4}}}, drop-and-grow: {every: 6}}",
      "so that none ever moves"
    ),
    (
      "train: {epochs: 2, optimizer: {sgd: {rate: 0.1}}, from: {epoch: 9}}",
      "a start at step 72 was found"
    ),
    (
      "train: {epochs: 2, optimizer: {sgd: {rate: 0.1}}, marks: {late: {step: 17}}}",
      "the mark 'late' at step 17"
    ),
    ("train: {steps: 12, optimizer: {sgd: {rate: 0.1}}, warm-up: 2}", "warm-up: epoch 2 was found"),
    (
      "train: {steps: 16, optimizer: {sgd: {rate: 0.1}}, schedule: {multi-step: {milestones: [1, 2]}}}",
      "milestones: epoch 2 was found"
    ),
    ("scale-dropout: {}", "'tiny' has none; use a network with dropout"),
    (
      "prune: {target: {sparsity: 0.5}, granularity: element, criterion: {deviations: {quality: {fc9*: 2}}}}",
      "there is no weight 'fc9*'"
    ),
    (
      "train: {epochs: 2, optimizer: {sgd: {rate: 0.1}}, schedule: {step: {every: 3}}}",
      "every: epoch 3 was found"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, soft-filter-pruning: {fraction: 0.3, every: 2}}",
      "after every 2 whole epochs"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, soft-filter-pruning: {fraction: 0.3, exclude: [fc9]}}",
      "'fc9'"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, group-fisher: {target: {macs: 0.5}, every: 9}}",
      "a channel leaves every 9 steps, and the training has 8"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, binary-weights: {exclude: [fc9.weight]}}",
      "'fc9.weight'"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, supermask: {exclude: [fc9]}}", "'fc9'"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, stripe-pruning: {}}",
      "there are no stripes"
    ),
    (
      "train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, adversarial-pruning: {structure: blocks}}",
      "use structure: channels"
    ),
  ])
  func whatCannotWorkIsFoundBeforeTraining(stage: String, reason: String) throws {
    let tiny = try TinyRun()
    let recipe = "stages:\n  - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}}\n  - \(stage)\n"
    let error = #expect(throws: RecipeError.self) { try tiny.run(recipe) }
    let text = "\(try #require(error))"
    #expect(text.contains(".yaml:3: stages[1].") && text.contains(reason), "\(text)")
    #expect(!tiny.names(in: "").contains("run"))
  }

  /// What puts something of its own in the place of weights wants them without masks.
  @Test(arguments: [
    "binary-weights: {}", "l0-gates: {inputs: {fc1.weight: 1e-6}}", "supermask: {}",
  ])
  func masksAreInTheWay(part: String) throws {
    let tiny = try TinyRun()
    let error = #expect(throws: RecipeError.self) {
      try tiny.run(
        """
        stages:
          - prune: {granularity: element, criterion: l1, target: {sparsity: 0.5}}
          - train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, \(part)}
        """)
    }
    let text = "\(try #require(error))"
    #expect(text.contains(".yaml:3: stages[1].") && text.contains("is masked"), "\(text)")
  }

  /// A weight that no stage masks may be what it likes.
  @Test func otherWeightsAreNotInTheWay() throws {
    _ = try TinyRun().run(
      """
      stages:
        - prune: {granularity: element, criterion: l1, target: {sparsity: 0.5}, exclude: [fc2]}
        - train:
            epochs: 1
            optimizer: {sgd: {rate: 0.1}}
            binary-weights: {exclude: [fc1, fc3]}
      """)
  }

  /// A codebook is trained where weights share values: after a stage that makes them, or as they came.
  @Test func codebooksWantSharedValues() throws {
    let train = "- train: {epochs: 1, optimizer: {sgd: {rate: 0.1}}, codebook: {}}"
    let tiny = try TinyRun()
    func rehearse(_ stages: String, on network: Network) throws {
      try Recipe(parsing: "data: mnist\nstages:\n\(stages)\n", file: "r.yaml").rehearse(
        Rehearsal(
          network: network, marks: [:], data: DatasetCatalog.source(tiny("spots.npz")),
          examples: 480, seed: 1))
    }
    let network = try Architectures.named("lenet-300-100").network(seed: 1)
    let error = #expect(throws: RecipeError.self) { try rehearse(train, on: network) }
    #expect("\(try #require(error))".contains("r.yaml:3: stages[0].train: codebook trains values"))
    try rehearse("- share: {bits: 5}\n\(train)", on: network)
    try rehearse(train, on: network.sharing(SharingBits(parsing: "5")).network)
  }

  /// What a stage before has changed is not judged by the network of the start.
  @Test func laterBudgetsAreNotJudgedByTheStart() throws {
    let tiny = try TinyRun()
    _ = try tiny.run(
      """
      stages:
        - prune: {target: {params: 0.7}}
        - prune: {target: {params: 0.5}, floor: 80%}
      """)
  }

  @Test func aRunWithoutItsDataSaysWhere() throws {
    let tiny = try TinyRun()
    let error = #expect(throws: RecipeError.self) {
      try tiny.run(
        "data: mnits\nstages: [{train: {epochs: 1, optimizer: {sgd: {rate: 1}}}}]", data: nil)
    }
    let text = "\(try #require(error))"
    #expect(text.contains(".yaml:1: data: 'mnits' is neither"), "\(text)")
  }

  /// Nothing that works is refused: every recipe that comes along passes.
  @Test(arguments: Recipes.names) func whatWorksIsNotRefused(name: String) throws {
    let recipe = try Recipe(at: name)
    let tiny = try TinyRun()
    let data = try DatasetCatalog.source(tiny("spots.npz"))
    let network = try #require(try recipe.network(seed: 1))
    let marks = try Run.marks(of: recipe, beginningWith: network, isOwn: true, seed: 1)
    try recipe.rehearse(
      Rehearsal(
        network: network, marks: marks.mapValues(\.network), data: data, examples: 50_000, seed: 1))
  }
}
