// How recipes write a criterion, and the settings of parts of the rooms below.

import Pruning
import Yams

extension Criteria {
  /// The criterion at `key`: a name, or a name with settings (`{grasp: {temperature: 200}}`).
  static func read(
    _ settings: RecipeReader, _ key: String = "criterion", default name: String
  ) throws(RecipeError) -> any Criterion {
    let (name, reader) = try settings.part(key, default: name)
    return try reader.configuring(at: settings.place(of: key)) { (written) throws(PruningError) in
      try named(name, written)
    }
  }
}

extension Criteria {
  /// The same for what happens within a training: a criterion that looks at nothing but the weights.
  static func readOfWeights(
    _ settings: RecipeReader, _ key: String = "criterion", default name: String
  ) throws(RecipeError) -> any Criterion {
    let criterion = try read(settings, key, default: name)
    let type = type(of: criterion)
    guard type.needs.isEmpty, criterion.marks.isEmpty else {
      throw .combination(
        at: settings.place(of: key),
        reason:
          "the criterion \(type.name) looks at \(type.needs.isEmpty ? "an earlier network" : "data"), and in "
          + "a training what leaves is chosen by the weights as they are; use one that looks at weights "
          + "alone, such as \(name), or write a stage prune between two trainings")
    }
    return criterion
  }
}

extension WeightReconstructions {
  /// The reconstruction at the key `reconstruction`; `nil` where it is absent.
  static func read(
    _ settings: RecipeReader
  ) throws(RecipeError) -> (any WeightReconstruction)? {
    guard let (name, reader) = try settings.part("reconstruction") else { return nil }
    return try reader.configuring(at: settings.place(of: "reconstruction")) {
      (written) throws(PruningError) in try named(name, written)
    }
  }
}

extension RecipeReader {
  /// What `body` makes of the settings that stand here; those it does not ask for are errors.
  ///
  /// - Parameter place: where the part stands, for what is wrong with the part itself.
  func configuring<Part>(
    at place: RecipeError.Place, _ body: (PartSettings) throws(PruningError) -> Part
  ) throws(RecipeError) -> Part {
    let settings = PartSettings(try partSettings())
    let part: Part
    do throws(PruningError) { part = try body(settings) } catch {
      if case .setting(let key, let found, let expected) = error {
        throw .value(at: self.place(of: key), found: found, expected: expected)
      }
      throw .combination(at: place, reason: "\(error)")
    }
    for setting in settings.asked { note(setting) }
    try finish()
    return part
  }
}
