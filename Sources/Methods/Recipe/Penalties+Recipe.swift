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
      let weights = try settings.strings("weights", default: ["*"])
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
      return GroupLasso(strengths, form: form, weighted: weighted, weights: weights)
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
}
