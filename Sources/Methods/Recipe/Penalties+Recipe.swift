// How recipes write penalties.

import Pruning

extension Penalties {
  /// The penalty called `name` with its settings.
  static func read(
    _ name: String, _ settings: RecipeReader, at place: RecipeError.Place
  ) throws(RecipeError) -> any Penalty {
    switch name {
    case ScaleL1.name:
      return ScaleL1(
        strength: try settings.double("strength", default: 1e-4),
        scales: try settings.strings("scales", default: ["*"]))
    case SaliencyL1.name:
      return SaliencyL1(strength: try settings.double("strength", default: 1e-8))
    case GroupLasso.name:
      let form = try settings.choice("form", default: GroupLasso.Form.proximal)
      let weighted = try settings.bool("weighted", default: true)
      let weights = try factors(settings)
      let shrinking = try settings.choice("every", default: Shrinking.step)
      if form == .gradient, shrinking != .step {
        throw .combination(
          at: settings.place(of: "every"),
          reason:
            "every says when the proximal step is taken, and the form is gradient; leave one out")
      }
      var strengths: [GroupLasso.Structure: Double] = [:]
      for structure in GroupLasso.Structure.allCases {
        strengths[structure] = try settings.positive(structure.rawValue)
      }
      guard !strengths.isEmpty else {
        // A name that is written wrong is the likelier reason.
        try settings.finish()
        throw .missingKey(
          at: place, key: "filters",
          expected:
            "what structures are charged, such as filters: 1e-4; also channels, shapes, depth, "
            + "elements")
      }
      return GroupLasso(
        strengths, form: form, weighted: weighted, factors: weights, every: shrinking)
    case AngularDissimilarity.name:
      return AngularDissimilarity(
        strength: try settings.double("strength", default: 1e-2),
        form: try settings.choice("form", default: .squared),
        weights: try settings.strings("weights", default: ["*"]))
    default:
      guard let type = all.first(where: { $0.name == name }) else {
        throw .value(
          at: place, found: "'\(name)'",
          expected: "one of \(all.map { $0.name }.joined(separator: ", "))")
      }
      return try settings.configuring(at: place) { (written) throws(PruningError) in
        try type.init(written)
      }
    }
  }

  /// The key `weights`: names, or names with what the strengths are multiplied by there.
  private static func factors(
    _ settings: RecipeReader
  ) throws(RecipeError) -> [(pattern: String, factor: Double)] {
    settings.note(
      PartSettings.Setting(
        name: "weights", expected: "names of weights, or factors by such names", usual: "*"))
    guard settings.holdsMapping("weights") else {
      return try settings.strings("weights", default: ["*"]).map { ($0, 1) }
    }
    let reader = try settings.mapping("weights")
    let factors = try reader.numbers(in: 0...1e6)
    try reader.finish()
    guard factors.contains(where: { $0.number > 0 }) else {
      throw .value(
        at: settings.place(of: "weights"), found: "no factor above 0",
        expected: "a weight that is charged for, such as {\"fc*\": 1}")
    }
    return factors.map { ($0.name, $0.number) }
  }
}
