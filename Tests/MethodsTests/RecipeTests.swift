// Right recipes: every setting reaches the part it is meant for, and the built-in ones are whole.

import Data
import Execution
import Foundation
import Network
import Pruning
import Testing
import Training

@testable import Methods

@Suite struct RecipeTests {
  private func stage<S>(_ text: String, after earlier: String = "") throws -> S {
    let recipe = try Recipe(parsing: "stages:\n\(earlier)  - \(text)", file: "r.yaml")
    return try #require(recipe.stages.last as? S)
  }

  private func optimizer<O>(_ text: String) throws -> O {
    let stage: TrainStage = try stage("train: {epochs: 1, optimizer: {\(text)}}")
    return try #require(try stage.optimizer.make() as? O)
  }

  private func schedule<S>(_ text: String) throws -> S {
    let stage: TrainStage = try stage(
      "train: {epochs: 9, optimizer: {sgd: {rate: 0.5}}, \(text)}")
    return try #require(stage.schedule.make(rate: 0.5, stepsPerEpoch: 10) as? S)
  }

  // MARK: anchors

  /// What stands in a stage itself comes before what it takes over, the first source before the second.
  @Test func mergeKeysTakeOverWhatIsNotThere() throws {
    let earlier = """
        - train: &first {epochs: 3, batch: 16, optimizer: {sgd: {rate: 0.1}}}
        - train: &second {steps: 7, batch: 8, optimizer: {adam: {rate: 0.2}}}

      """
    let one: TrainStage = try stage("train: {<<: *first, batch: 4}", after: earlier)
    #expect(one.batch == 4 && one.length == .epochs(3))
    let two: TrainStage = try stage(
      "train: {<<: [{batch: 32}, *second], evaluate: false}", after: earlier)
    #expect(two.batch == 32 && two.length == .steps(7) && two.optimizer.rate == 0.2)
    let error = #expect(throws: RecipeError.self) {
      let _: TrainStage = try stage("train: {<<: {epoch: 3}, optimizer: {sgd: {rate: 1}}}")
    }
    #expect("\(try #require(error))".contains("'epoch' is not known"))
  }

  // MARK: the head

  @Test func theHeadIsRead() throws {
    let recipe = try Recipe(
      parsing: """
        id: some.thing_1
        title: Some thing
        about: >
          What it
          does.
        cite: [One, "Two: a colon"]
        network: resnet-20
        data: cifar10
        seed: 12
        stages: [export]
        """, file: "r.yaml")
    #expect(recipe.id == "some.thing_1" && recipe.title == "Some thing" && recipe.seed == 12)
    #expect(recipe.about == "What it does.\n" && recipe.citations == ["One", "Two: a colon"])
    #expect(recipe.network == "resnet-20" && recipe.data == "cifar10")
    #expect(recipe.stages.count == 1)
  }

  @Test func initializationSaysHowFirstWeightsAreDrawn() throws {
    func read(_ head: String) throws -> Recipe {
      try Recipe(
        parsing: head + "\nstages: [{train: {epochs: 1, optimizer: {sgd: {rate: 1}}}}]",
        file: "r.yaml")
    }
    let recipe = try read("network: lenet-300-100\ninitialization: kaiming-normal")
    #expect(recipe.initialization == .kaimingNormalFanIn)
    #expect(recipe.parts["initialization"] == ["kaiming-normal"])
    let built = try Architectures.named("lenet-300-100").network(seed: 3)
    #expect(try recipe.network(seed: 3) == built.drawn(by: .kaimingNormalFanIn, seed: 3))
    #expect(try read("network: lenet-300-100").network(seed: 3) == built)
    for (head, text) in [
      ("network: lenet-5\ninitialization: kaiming", "r.yaml:2: initialization: 'kaiming'"),
      ("initialization: glorot-normal", "r.yaml:1: initialization: it says how"),
    ] {
      let error = #expect(throws: RecipeError.self) { try read(head) }
      #expect("\(try #require(error))".contains(text), "\(String(describing: error))")
    }
  }

  @Test func whatIsLeftOutHasDefaults() throws {
    let recipe = try Recipe(parsing: "stages: [export]", file: "some/folder/name.yaml")
    #expect(recipe.id == "name" && recipe.title == "name" && recipe.about.isEmpty)
    #expect(recipe.citations.isEmpty && recipe.network == nil && recipe.data == nil)
    #expect(recipe.seed == 0)
    let stage = try #require(recipe.stages.first as? ExportStage)
    #expect(stage.file == "exported" && stage.opset == 17)
  }

  @Test func aSingleCitationNeedsNoList() throws {
    #expect(try Recipe(parsing: "cite: One\nstages: [export]", file: "r").citations == ["One"])
  }

  // MARK: train

  @Test func optimizersGetTheirSettings() throws {
    let sgd: SGD = try optimizer(
      "sgd: {rate: 0.1, momentum: 0.9, dampening: 0, nesterov: true, weight-decay: 5e-4}")
    #expect(sgd.momentum == 0.9 && sgd.isNesterov && sgd.weightDecay == 5e-4)
    #expect(sgd.weightDecayExclusions == .none)
    let damped: SGD = try optimizer("sgd: {rate: 0.1, momentum: 0.5, dampening: 0.2}")
    #expect(damped.dampening == 0.2 && !damped.isNesterov && damped.weightDecay == 0)
    let adam: Adam = try optimizer(
      "adam: {rate: 1e-3, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weight-decay: 0.1}")
    #expect(adam.betas == (0.8, 0.99) && adam.epsilon == 1e-6 && adam.weightDecay == 0.1)
    #expect(!adam.isDecoupled)
    let adamW: Adam = try optimizer("adamw: {rate: 1e-3}")
    #expect(adamW.isDecoupled && adamW.weightDecay == 0.01 && adamW.betas == (0.9, 0.999))
    let rms: RMSprop = try optimizer(
      "rmsprop: {rate: 1, alpha: 0.5, epsilon: 1e-3, momentum: 0.1, centered: true, "
        + "decay-biases: false}")
    #expect(rms.alpha == 0.5 && rms.epsilon == 1e-3 && rms.momentum == 0.1 && rms.isCentered)
    #expect(rms.weightDecayExclusions == .biasesAndNorms)
  }

  @Test func schedulesGetTheirSettingsInEpochs() throws {
    let constant: ConstantRate = try schedule("schedule: constant")
    #expect(constant.rate == 0.5)
    let step: StepDecay = try schedule("schedule: {step: {every: 3, factor: 0.2}}")
    #expect(step.rate == 0.5 && step.interval == 30 && step.factor == 0.2)
    let multi: MultiStepDecay = try schedule("schedule: {multi-step: {milestones: [2, 5]}}")
    #expect(multi.milestones == [20, 50] && multi.factor == 0.1 && multi.rate == 0.5)
    let cosine: CosineAnnealing = try schedule("schedule: {cosine: {final: 0.01}}")
    #expect(cosine.rate == 0.5 && cosine.final == 0.01)
    let linear: LinearDecay = try schedule("schedule: linear")
    #expect(linear.rate == 0.5 && linear.final == 0)
    let cycle: OneCycle = try schedule("schedule: {one-cycle: {rising: 0.4}}")
    #expect(cycle.peak == 0.5 && cycle.risingFraction == 0.4)
    let warm: WarmUp = try schedule("schedule: cosine, warm-up: 1.5")
    #expect(warm.steps == 15 && warm.following is CosineAnnealing)
  }

  @Test func trainingGetsItsSettings() throws {
    let plain: TrainStage = try stage("train: {steps: 7, optimizer: {sgd: {rate: 1}}}")
    #expect(plain.length == .steps(7) && plain.batch == 64 && plain.clipping == nil)
    #expect(plain.augmentation == .none && plain.layout == .auto && plain.evaluates)
    #expect(plain.optimizer.rate == 1 && plain.loss.name == "cross-entropy")
    let full: TrainStage = try stage(
      "train: {epochs: 7, batch: 12, optimizer: {sgd: {rate: 1}}, clip: {norm: 5}, evaluate: no, "
        + "augment: {pad-crop: 4, flip: true}, loss: {cross-entropy: {label-smoothing: 0.1}}}")
    #expect(full.length == .epochs(7) && full.batch == 12 && full.clipping == .norm(5))
    #expect(full.augmentation == .padCropFlip && !full.evaluates)
    let loss = try full.loss.make { throw CancellationError() }
    #expect((loss as? CrossEntropy)?.labelSmoothing == 0.1)
    let value: TrainStage = try stage(
      "train: {epochs: 1, optimizer: {sgd: {rate: 1}}, clip: {value: 0.5}, loss: mse}")
    #expect(value.clipping == .value(0.5))
    #expect(try value.loss.make { throw CancellationError() } is MeanSquaredError)
  }

  @Test func distillationGetsItsTeacher() throws {
    let stage: TrainStage = try stage(
      "train: {epochs: 1, optimizer: {sgd: {rate: 1}}, "
        + "loss: {distillation: {temperature: 3, alpha: 0.25}}}",
      after: "  - prune: {target: {params: 0.5}}\n")
    let teacher = try Model(TinyRun.network())
    let loss = try #require(try stage.loss.make { teacher } as? Distillation)
    #expect(loss.teacher === teacher && loss.temperature == 3 && loss.alpha == 0.25)
  }

  // MARK: prune

  @Test func pruningGetsItsSettings() throws {
    let plain: PruneStage = try stage("prune: {target: {macs: 0.5}}")
    #expect(plain.granularity.cuts && plain.pruner.criterion is L2)
    #expect(plain.pruner.allocation is Global && plain.schedule is OneShot)
    #expect(plain.pruner.roundTo == 1 && plain.pruner.floor == 1 && plain.recovery == nil)
    #expect(plain.tasks.map(\.title) == ["prune"])
    let full: PruneStage = try stage(
      "prune: {granularity: element, criterion: random, allocation: uniform, "
        + "target: {sparsity: 90%}, schedule: {iterative: {steps: 4}}, "
        + "exclude: [fc1, 'conv*'], recover: {epochs: 1, optimizer: {sgd: {rate: 1}}}}")
    #expect(full.granularity.name == "element" && full.pruner.criterion is Random)
    #expect(full.pruner.allocation is Uniform && full.schedule.steps == 4)
    #expect(full.pruner.target == (try Target(.sparsity, .fraction(0.9))))
    let counted: PruneStage = try stage("prune: {target: {macs: 0.5}, round-to: 8, floor: 3}")
    #expect(counted.pruner.roundTo == 8 && counted.pruner.floor == 3)
    #expect(full.pruner.exclusions.patterns == ["fc1", "conv*"])
    #expect(full.tasks.map(\.title).prefix(3) == ["prune 1/4", "train", "prune 2/4"])
    #expect(full.tasks.count == 8)
    #expect(full.parts["criterion"] == "random" && full.parts["recovery"] == "fine-tune")
  }

  @Test func stepsOfACutLeadToTheTargetExactly() throws {
    let stage: PruneStage = try stage(
      "prune: {target: {params: 123}, schedule: {iterative: {steps: 3}}}")
    let start = Cost(parameters: 1000)
    let targets = try (1...3).map { step in
      try PruneTask(stage: stage, steps: step...step).target(from: start).limit(before: start)
    }
    #expect(targets[2] == 123)
    #expect(abs(targets[0] - 1000 * pow(0.123, 1.0 / 3)) < 1e-9)
    #expect(abs(targets[1] - 1000 * pow(0.123, 2.0 / 3)) < 1e-9)
    // A sparsity of filters is one of parameters.
    let sparse: PruneStage = try self.stage("prune: {target: {sparsity: 0.75}}")
    let target = try PruneTask(stage: sparse, steps: 1...1).target(from: start)
    #expect(target == (try Target(.params, .absolute(250))))
    // A target that is met already asks for nothing.
    let met: PruneStage = try self.stage("prune: {target: {params: 5000}}")
    #expect(
      try PruneTask(stage: met, steps: 1...1).target(from: start).limit(before: start) >= 1000)
  }

  // MARK: built in

  @Test func builtInRecipesAreFound() {
    for name in [
      "first-steps", "lenet-5-filters", "lenet-5-sparse", "lenet-300-100-filters",
      "resnet-20-filters",
    ] { #expect(Recipes.names.contains(name)) }
    #expect(Recipes.builtIn("no-such-recipe") == nil)
    #expect(Recipes.builtIn("../Recipes/first-steps") == nil)
  }

  @Test(arguments: Recipes.names)
  func builtInRecipesAreWhole(name: String) throws {
    let recipe = try Recipe(at: name)
    #expect(recipe.id == name, "a recipe is named as its file")
    #expect(!recipe.title.isEmpty && recipe.title != name && !recipe.about.isEmpty)
    let network = try #require(recipe.network)
    #expect(Architectures.names.contains(network))
    let data = try #require(recipe.data).replacing(/-unit$/, with: "")
    #expect(DatasetCatalog.card(named: data) != nil)
    let prune = recipe.stages.lazy.compactMap { $0 as? PruneStage }.first
    let parts = recipe.stages.compactMap { $0 as? TrainStage }.flatMap(\.participants)
    let others = recipe.stages.contains {
      $0 is SearchStage || $0 is PackStage || $0 is GateStage
    }
    #expect(prune != nil || others || parts.contains(where: \.prunes))
    if let prune, prune.granularity.cuts {
      // The budget can be met, and what is excluded is there.
      let dense = try Architectures.named(network).network(seed: 1)
      var pruner = prune.pruner
      // What is met depends on counts; a criterion that looks at data has none here.
      if !type(of: pruner.criterion).needs.isEmpty { pruner.criterion = L2() }
      pruner.target = try PruneTask(stage: prune, steps: 1...prune.schedule.steps)
        .target(from: dense.cost().total)
      let plan = try pruner.plan(for: dense)
      // A number of units, or a threshold, is no budget of a cost.
      if !pruner.target.quantity.isCount {
        #expect(pruner.target.measure(plan.after) <= pruner.target.limit(before: plan.before))
      }
    }
  }
}
