// The words of the grammar: what can stand at each part of a recipe.

import Analysis
import Compression
import Network
import Pruning
import Search

/// The words of the grammar: what can stand at each part of a recipe.
public struct Vocabulary: Sendable {
  /// One word.
  public struct Word: Sendable, Codable {
    /// What recipes write.
    public let name: String
    /// What it means, in one line.
    public let summary: String
  }

  /// One part of the grammar with its words.
  public struct Part: Sendable, Codable {
    /// The part, as recipes name it.
    public let name: String
    /// The question it answers.
    public let question: String
    /// What can stand there.
    public let words: [Word]
  }

  /// Does `body` with words of one's own: recipes that are read and carried out within can name them.
  ///
  /// ```swift
  /// try Vocabulary.with(criteria: [Peak.self], schedules: [Halving.self]) {
  ///   var run = try Run(try Recipe(at: "mine.yaml"), in: "runs/mine")
  ///   print(try run.perform().accuracy?.after ?? 0)
  /// }
  /// ```
  public static func with<Result>(
    criteria: [any Criterion.Type] = [], schedules: [any PruningSchedule.Type] = [],
    penalties: [any Penalty.Type] = [], granularities: [any SetGranularity.Type] = [],
    regrowths: [any Regrowth.Type] = [], _ body: () throws -> Result
  ) rethrows -> Result {
    try Criteria.with(criteria) {
      try PruningSchedules.with(schedules) {
        try Penalties.with(penalties) {
          try SetGranularities.with(granularities) { try Regrowths.with(regrowths, body) }
        }
      }
    }
  }

  /// Every part, in the order of the grammar.
  public static var parts: [Part] {
    [
      Part(
        name: "stage", question: "what is done, in what order?",
        words: Stages.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "granularity", question: "what is one unit?",
        words: Granularity.words.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "criterion", question: "how much does a unit matter?",
        words: Criteria.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "allocation", question: "who pays how much of the budget?",
        words: Allocations.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "schedule", question: "when, in what steps?",
        words: PruningSchedules.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "regrowth", question: "what comes back?",
        words: Regrowths.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "training", question: "what takes part in training?",
        words: TrainingParts.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "optimizer", question: "by what rule do weights move?",
        words: OptimizerSettings.words.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "rate",
        question: "how does the learning rate change? (the schedule of a stage train)",
        words: ScheduleSettings.words.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "loss", question: "what is made small?",
        words: LossSettings.words.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "recovery", question: "with which weights does it go on?",
        words: Recoveries.all.map { Word(name: $0.name, summary: $0.summary) } + [
          Word(name: "train", summary: "the settings of a stage train: fine-tuning"),
          Word(
            name: "from",
            summary: "in a training: begins inside its schedule (rate rewinding, Renda et al. 2020)"
          ),
        ]),
      Part(
        name: "gate", question: "by what is an activation multiplied?",
        words: Gates.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "penalty", question: "what is added to the loss, or done as a proximal step?",
        words: Penalties.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "codec", question: "how is it stored?",
        words: Codecs.all.map {
          Word(name: type(of: $0).name, summary: type(of: $0).summary)
        }),
      Part(
        name: "search", question: "who chooses the configuration?",
        words: Searches.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "selection", question: "which units stay, once their number is known?",
        words: [
          Word(name: Selection.ranking.rawValue, summary: "those with the highest scores"),
          Word(
            name: Selection.greedy.rawValue,
            summary: "the same front to back, without what earlier groups lost (Li et al. 2017)"),
          Word(
            name: Selection.lasso.rawValue,
            summary: "those that rebuild the layers behind, one by one (He et al. 2017)"),
        ]),
      Part(
        name: "reconstruction", question: "how are the survivors corrected at once?",
        words: [
          Word(
            name: "reconstruct",
            summary: "least squares of layers that lost inputs, over data (He et al. 2017)"),
          Word(
            name: "reestimate",
            summary: "running statistics of batch normalisation anew, over data"),
        ] + WeightReconstructions.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "analysis", question: "what do we learn?",
        words: Analyses.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "network", question: "what is pruned?",
        words: Architectures.all.map { Word(name: $0.name, summary: $0.summary) }),
      Part(
        name: "initialization", question: "how are its first weights drawn?",
        words: Initialization.words.map { Word(name: $0.name, summary: $0.summary) }),
    ]
  }
}
