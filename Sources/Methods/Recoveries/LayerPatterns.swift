// The key `layers` of recoveries: which layers they are of.

import Network
import Pruning

/// The layers that a recovery is of, by name; `*` stands for any run of characters.
///
/// A pattern fits the name of a layer, such as `fc3`, or of one of its tensors, such as `fc3.weight`.
struct LayerPatterns {
  private let fitting: Exclusions
  private let patterns: [String]

  /// Reads the key `layers`; all layers where it is absent.
  init(_ settings: RecipeReader) throws(RecipeError) {
    patterns = try settings.strings("layers", default: ["*"])
    fitting = Exclusions(patterns)
  }

  /// Whether the tensor `name` belongs to one of the layers.
  func fit(_ name: String) -> Bool { fitting.excludes(parameter: name) }

  /// Finds out whether every pattern fits something in `network`.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)`` where one fits nothing.
  func check(_ network: Network) throws(PruningError) {
    let names = network.initializers.filter { $0.value.role.isState }.map(\.key)
    for pattern in patterns
    where !names.contains(where: { Exclusions([pattern]).excludes(parameter: $0) }) {
      let layers = Set(names.map { Exclusions.layer(of: $0) })
      throw .noSuch(part: "layer", name: pattern, known: layers.sorted())
    }
  }
}
