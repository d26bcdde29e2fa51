// How recipes write a schedule of pruning.

import Pruning

extension PruningSchedules {
  /// The schedule at the key `schedule`: `one-shot`, `{iterative: {steps: 5}}`,
  /// `{cubic: {steps: 20, initial: 0.1}}`.
  static func read(
    _ settings: RecipeReader, default name: String
  ) throws(RecipeError) -> any PruningSchedule {
    let (name, reader) = try settings.part("schedule", default: name)
    return try reader.configuring(at: settings.place(of: "schedule")) {
      (written) throws(PruningError) in try named(name, written)
    }
  }
}
