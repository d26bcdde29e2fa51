// How recipes write a granularity.

import Pruning

extension Granularity {
  /// The granularity at the key `granularity`: a name, `{n-of-m: {keep: 2, of: 4}}`.
  static func read(
    _ settings: RecipeReader, default name: String
  ) throws(RecipeError) -> Granularity {
    let (name, reader) = try settings.part("granularity", default: name)
    return try reader.configuring(at: settings.place(of: "granularity")) {
      (written) throws(PruningError) in try Granularity(named: name, written)
    }
  }
}
