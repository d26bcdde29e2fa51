// Schedule: in what steps the target is reached.

import Foundation

/// In what steps the target is reached.
///
/// A schedule is one small type in one file of `Pruning/Schedules`, listed in ``PruningSchedules``.
public protocol PruningSchedule: Sendable {
  /// The schedule's name in recipes and on the command line.
  static var name: String { get }

  /// What it does, in one line, for the catalogue.
  static var summary: String { get }

  /// The schedule with the settings that someone wrote.
  init(_ settings: PartSettings) throws(PruningError)

  /// How many times units are pruned.
  var steps: Int { get }

  /// The fraction kept after step `step` (from 1), where `target` is to be kept in the end.
  func kept(after step: Int, target: Double) -> Double

  /// The fraction removed after step `step`, where `target` is to be removed in the end.
  func removed(after step: Int, target: Double) -> Double
}

extension PruningSchedule {
  /// The default refuses: the schedule is made in Swift alone.
  public init(_ settings: PartSettings) throws(PruningError) {
    throw .combination("the schedule '\(Self.name)' reads no settings")
  }

  public func removed(after step: Int, target: Double) -> Double {
    step >= steps ? target : 1 - kept(after: step, target: 1 - target)
  }

  /// Refuses a schedule that removes more on the way than in the end: what has left stays away.
  ///
  /// - Parameter target: the fraction that is kept in the end.
  /// - Throws: ``PruningError/combination(_:)``.
  public func check(keeping target: Double) throws(PruningError) {
    for step in 1...max(1, min(steps, 1000)) {
      let kept = kept(after: step, target: target)
      guard kept < target - 1e-9 else { continue }
      throw .combination(
        "the schedule \(Self.name) has removed a fraction of \(BudgetOutcome.number(1 - kept)) after "
          + "step \(step) of \(steps), and the target removes \(BudgetOutcome.number(1 - target)) in "
          + "all; begin with less, or ask for more")
    }
  }
}

/// Some consecutive steps of a schedule, counted from 1 anew.
struct PartOfSchedule: PruningSchedule {
  static let name = "part"
  static let summary = "some steps of another schedule"

  let whole: any PruningSchedule
  let range: ClosedRange<Int>

  var steps: Int { range.count }

  func kept(after step: Int, target: Double) -> Double {
    let place = range.lowerBound + step - 1
    return place >= whole.steps ? target : whole.kept(after: place, target: target)
  }

  func removed(after step: Int, target: Double) -> Double {
    whole.removed(after: range.lowerBound + step - 1, target: target)
  }
}

extension PruningSchedule {
  /// The steps in `range` (from 1) as a schedule of their own, towards the same target.
  public func part(_ range: ClosedRange<Int>) -> any PruningSchedule {
    PartOfSchedule(whole: self, range: range)
  }
}

/// Everything at once.
public struct OneShot: PruningSchedule {
  public static let name = "one-shot"
  public static let summary = "everything at once"

  /// The schedule; it has no settings.
  public init() {}

  public init(_ settings: PartSettings) {}

  public var steps: Int { 1 }

  public func kept(after step: Int, target: Double) -> Double { target }
}

/// The same fraction of what is left, step by step: `kept_k = target^(k / n)`.
///
/// The iterative pruning of S. Han et al., "Learning both Weights and Connections", NIPS 2015, with
/// the exponential steps that J. Frankle and M. Carbin use ("The Lottery Ticket Hypothesis", ICLR
/// 2019).
public struct Iterative: PruningSchedule {
  public static let name = "iterative"
  public static let summary = "the same fraction of what is left, step by step"

  public let steps: Int

  /// Reaches the target in `steps` steps.
  ///
  /// - Throws: ``PruningError/combination(_:)`` where there are none.
  public init(steps: Int) throws(PruningError) {
    guard steps >= 1 else {
      throw .combination("an iterative schedule needs at least one step, not \(steps)")
    }
    self.steps = steps
  }

  public init(_ settings: PartSettings) throws(PruningError) {
    try self.init(steps: settings.int("steps", default: 3, in: 1...100_000))
  }

  public func kept(after step: Int, target: Double) -> Double {
    step >= steps ? target : pow(target, Double(step) / Double(steps))
  }
}

/// The registry of schedules.
public enum PruningSchedules {
  /// Every schedule: the built-in ones and those of ``with(_:_:)``.
  public static var all: [any PruningSchedule.Type] { builtIn + added }

  private static let builtIn: [any PruningSchedule.Type] = [
    OneShot.self, Iterative.self, Cubic.self,
  ]

  /// Schedules of a program that uses the library, within ``with(_:_:)``.
  @TaskLocal static var added: [any PruningSchedule.Type] = []

  /// Does `body` with schedules of one's own among those that recipes can name; the built-in ones come
  /// first where names are the same.
  public static func with<Result>(
    _ types: [any PruningSchedule.Type], _ body: () throws -> Result
  ) rethrows -> Result {
    try $added.withValue(added + types, operation: body)
  }

  /// The schedule called `name`, with its usual settings where none are given.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``, ``PruningError/setting(key:found:expected:)``.
  public static func named(
    _ name: String, _ settings: PartSettings = PartSettings()
  ) throws(PruningError) -> any PruningSchedule {
    guard let found = all.first(where: { $0.name == name }) else {
      throw .noSuch(part: "schedule", name: name, known: all.map { $0.name })
    }
    return try found.init(settings)
  }
}
