// How recipes write a schedule of pruning.

import Pruning

extension PruningSchedules {
  /// The schedule at the key `schedule`: `one-shot`, `{iterative: {steps: 5}}`,
  /// `{cubic: {steps: 20, initial: 0.1}}`.
  static func read(
    _ settings: RecipeReader, default name: String
  ) throws(RecipeError) -> any PruningSchedule {
    let (name, reader) = try settings.part("schedule", default: name)
    let steps = try reader.int("steps", in: 1...100_000)
    let initial = name == Cubic.name ? try reader.double("initial", default: 0, in: 0...1) : 0
    let schedule: any PruningSchedule
    do throws(PruningError) {
      switch name {
      case OneShot.name:
        guard steps == nil else { throw .combination("one-shot has one step") }
        schedule = OneShot()
      case Iterative.name: schedule = try Iterative(steps: steps ?? 3)
      case Cubic.name: schedule = try Cubic(steps: steps ?? 20, initial: initial)
      default: throw .noSuch(part: "schedule", name: name, known: all.map { $0.name })
      }
    } catch {
      throw .combination(at: settings.place(of: "schedule"), reason: "\(error)")
    }
    try reader.finish()
    return schedule
  }
}
