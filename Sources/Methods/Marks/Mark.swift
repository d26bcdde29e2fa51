// A mark: the network as it was at a moment of a run, which later stages go back to or compare with.

import Network

/// The name of a network that a run keeps beside the one in hand.
///
/// Marks are cut with the network, so that what is left of a mark always fits what is left of it.
public enum Mark: Hashable, Sendable {
  /// The network as the run began.
  case start
  /// The network as it was at a moment of a training, which the stage `train` names.
  case named(String)
  /// The network that the run would have begun with under another seed; with none stated, one that
  /// the run's own seed decides.
  case redrawn(seed: UInt64?)

  /// What recipes call the start of a run.
  static let startName = "start"

  /// The mark that recipes call `name`.
  init(_ name: String) { self = name == Self.startName ? .start : .named(name) }

  /// The mark's name in messages and saved states; different marks have different ones.
  var name: String {
    switch self {
    case .start: Self.startName
    case .named(let name): name
    case .redrawn(let seed): "\(Self.startName)@\(seed.map(String.init) ?? "other")"
    }
  }
}

extension RecipeReader {
  /// The mark at `key`: `start`, or a name that a stage `train` gives.
  func mark(_ key: String) throws(RecipeError) -> Mark {
    let name = try string(key, default: Mark.startName)
    guard Recipe.isPlain(name) else {
      throw .value(
        at: place(of: key), found: "'\(name)'",
        expected: "start, or the name of a mark: letters, digits, '-', '_' and '.'")
    }
    return Mark(name)
  }
}
