// A stage: one thing a recipe does.

import Network
import Pruning
import Training

/// One thing a recipe does: train, prune, export, ...
///
/// A stage is one type in one file of `Methods/Stages`, listed in ``Stages``. It is read from the
/// recipe once and gives a list of tasks; the run does them one after the other and saves its state
/// between them, so a task is what is never done by halves.
public protocol Stage {
  /// The stage's name in recipes.
  static var name: String { get }

  /// What it does, in one line, for the catalogue.
  static var summary: String { get }

  /// Reads the stage's settings.
  init(_ settings: RecipeReader) throws(RecipeError)

  /// What is to be done, in order.
  var tasks: [any RunTask] { get }

  /// Whether the network is another one afterwards, so that the run writes it.
  var changesNetwork: Bool { get }

  /// Whether layers and weights have the same names and meanings afterwards, fewer of them or zero at
  /// most: what comes then can be rehearsed on the network of the start.
  var keepsForm: Bool { get }

  /// Whether it cannot be done without a data set, so that a run without one does not begin.
  var needsData: Bool { get }

  /// Finds out, before anything is done, what would fail whatever is trained before.
  ///
  /// - Throws: what the task would throw.
  func rehearse(_ rehearsal: Rehearsal) throws

  /// The networks it needs beside the one in hand; the run keeps those of its start where some
  /// stage needs them.
  var marks: [Mark] { get }

  /// The marks it sets, by name.
  var marked: [String] { get }

  /// The parts of the grammar the stage uses, such as `criterion: l2`, for the catalogue.
  var parts: [String: String] { get }
}

extension Stage {
  public var changesNetwork: Bool { true }
  public var keepsForm: Bool { !changesNetwork }
  public var needsData: Bool { false }
  public func rehearse(_ rehearsal: Rehearsal) throws {}
  public var marks: [Mark] { [] }
  public var marked: [String] { [] }
  public var parts: [String: String] { [:] }
}

/// One step of a run that is done as a whole.
public protocol RunTask {
  /// What progress bars and reports call it.
  var title: String { get }

  /// Does it, and gives what it measured of the network, if it did.
  func perform(in run: inout Run) throws -> Evaluation?
}

/// The registry of stages.
public enum Stages {
  /// Every stage.
  public static var all: [any Stage.Type] {
    [TrainStage.self, PruneStage.self, GateStage.self] + Recoveries.stages
      + [
        SearchStage.self, AnalyseStage.self, ShareStage.self, PackStage.self, ExportStage.self,
      ]
  }

  static func read(
    _ name: String, _ settings: RecipeReader, at place: RecipeError.Place
  ) throws(RecipeError) -> any Stage {
    guard let stage = all.first(where: { $0.name == name }) else {
      throw .value(
        at: place, found: "the stage '\(name)'",
        expected: Spelling.suggestion(for: name, of: all.map { $0.name })
          + "one of \(all.map { $0.name }.joined(separator: ", "))")
    }
    return try stage.init(settings)
  }
}
