// Where a model came from: written into the file's metadata and read from it.

import Network
import OrderedCollections

/// Where a model came from: the tool, the recipe, the seed and the file it was made from.
///
/// It travels in the `metadata_props` of the file under keys that begin with `bonsai.`.
public struct Provenance: Sendable, Hashable {
  /// The keys in a network's metadata.
  enum Key: String {
    case version = "bonsai.version"
    case recipe = "bonsai.recipe"
    case seed = "bonsai.seed"
    case parent = "bonsai.parent"
  }

  /// The version of Bonsai that made the model.
  public var version: String
  /// The recipe's name or text; `nil` where the model was cut without one.
  public var recipe: String?
  /// The seed of all random choices; `nil` where there were none.
  public var seed: UInt64?
  /// The SHA-256 of the file the model was made from, in hexadecimal; `nil` where it was built.
  public var parent: String?

  /// A model's origin.
  public init(version: String, recipe: String? = nil, seed: UInt64? = nil, parent: String? = nil) {
    self.version = version
    self.recipe = recipe
    self.seed = seed
    self.parent = parent
  }

  /// The origin that a network's metadata states; `nil` where Bonsai did not make it.
  public init?(_ network: Network) {
    func text(_ key: Key) -> String? { network.metadata[key.rawValue] }
    guard let version = text(.version) else { return nil }
    self.init(
      version: version, recipe: text(.recipe), seed: text(.seed).flatMap { UInt64($0) },
      parent: text(.parent))
  }
}

extension Network {
  /// States the network's origin in its metadata; one that was stated before is replaced.
  public mutating func setProvenance(_ provenance: Provenance) {
    func set(_ key: Provenance.Key, _ text: String?) { metadata[key.rawValue] = text }
    set(.version, provenance.version)
    set(.recipe, provenance.recipe)
    set(.seed, provenance.seed.map { "\($0)" })
    set(.parent, provenance.parent)
  }
}
