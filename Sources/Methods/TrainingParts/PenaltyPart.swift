// `penalty` in recipes: what training is charged for.

import Network
import Pruning
import Training

/// The key `penalty` of the stage `train`; see ``Penalizing``.
///
/// ```yaml
/// penalty:
///   l1-scale: {strength: 1e-4}
///   group-lasso: {filters: 1e-4, channels: 1e-4, form: proximal, weights: ["conv*.weight"]}
/// ```
/// Each key is one of `Penalties`; a proximal step is taken in the order in which they are written.
struct PenaltyPart: TrainingPart {
  static let name = "penalty"
  static let summary = "what is added to the loss, or done as a proximal step; see penalty"

  private let penalties: [any Penalty]

  init(_ settings: RecipeReader) throws(RecipeError) {
    guard !settings.keys.isEmpty else {
      throw .missingKey(
        at: settings.place, key: "penalty",
        expected: "a penalty with its settings: "
          + Penalties.all.map { $0.name }.joined(separator: ", "))
    }
    var penalties: [any Penalty] = []
    for name in settings.keys {
      let reader = try settings.mapping(name)
      penalties.append(try Penalties.read(name, reader, at: settings.place(of: name)))
      try reader.finish()
    }
    self.penalties = penalties
  }

  /// Nothing leaves in the training; a stage `prune` cuts what is zero in the end.
  var prunes: Bool { false }

  var parts: [String: String] {
    ["penalty": penalties.map { type(of: $0).name }.joined(separator: ", ")]
  }

  var keepsForm: Bool { true }

  func rehearse(on network: Network) throws(PruningError) {
    for penalty in penalties { _ = try penalty.observedValues(in: network) }
  }

  func plugin(stepsPerEpoch: Int, seed: UInt64) throws -> any Plugin { Penalizing(penalties) }

  func measures(of plugin: any Plugin) throws -> [String: Double] {
    (plugin as? Penalizing)?.measures ?? [:]
  }
}
