// Recovery: with which weights the network goes on after units left.

import Network
import Training

/// With which weights the network goes on after units left: those it has, those it had at a mark, new
/// ones.
///
/// A recovery is one small type in one file of `Methods/Recoveries`, listed in ``Recoveries``. Recipes
/// write it as a stage of its own, or as a key of `recover` in the stage `prune`, where it comes before
/// the training that follows. What leaves stays away: a recovery changes the surviving weights, not the
/// masks.
public protocol Recovery {
  /// The name in recipes.
  static var name: String { get }

  /// What it does, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// Reads the recovery's settings.
  init(_ settings: RecipeReader) throws(RecipeError)

  /// The networks it needs beside the one in hand.
  var marks: [Mark] { get }

  /// Finds out before anything is done whether `network` has what it works on.
  func rehearse(on network: Network) throws

  /// Changes the surviving weights of the run's network.
  func recover(_ run: inout Run) throws
}

extension Recovery {
  public var marks: [Mark] { [] }
  public func rehearse(on network: Network) throws {}
}

/// The registry of recoveries. Each is a stage as well; see ``Stages``.
public enum Recoveries {
  /// Every recovery, in the order in which they are done where several are asked for.
  public static var all: [any Recovery.Type] {
    [
      Rewind.self, Reinitialise.self, SignConstant.self, Reshuffle.self, Freeze.self,
      ScaleDropout.self,
    ]
  }

  /// The stages that carry the recoveries out.
  static var stages: [any Stage.Type] {
    func stage<Part: Recovery>(_ part: Part.Type) -> any Stage.Type { RecoveryStage<Part>.self }
    return all.map { stage($0) }
  }
}

/// The stage that does one recovery and nothing else.
struct RecoveryStage<Part: Recovery>: Stage {
  static var name: String { Part.name }
  static var summary: String { Part.summary }

  let part: Part

  init(_ settings: RecipeReader) throws(RecipeError) { part = try Part(settings) }

  var tasks: [any RunTask] { [RecoveryTask(recovery: part)] }
  var keepsForm: Bool { true }

  func rehearse(_ rehearsal: Rehearsal) throws { try part.rehearse(on: rehearsal.network) }

  var marks: [Mark] { part.marks }
  var parts: [String: String] { ["recovery": Part.name] }
}

/// Does one recovery.
struct RecoveryTask: RunTask {
  let recovery: any Recovery

  var title: String { type(of: recovery).name }

  func perform(in run: inout Run) throws -> Evaluation? {
    try recovery.recover(&run)
    return nil
  }
}
