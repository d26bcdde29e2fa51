// Reconstruction of weights: how the survivors make good, at once, for single weights that leave.

import Network

/// How the weights that stay are corrected when single weights leave.
///
/// A reconstruction is one small type in one file of `Pruning/Reconstructions`, listed in
/// ``WeightReconstructions``. It is given the network as it was before the weights left, and what stays,
/// and gives the network with the weights that left at 0 and the others corrected; no training.
public protocol WeightReconstruction: Sendable {
  /// The reconstruction's name in recipes.
  static var name: String { get }

  /// What it does, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// The reconstruction with its usual settings.
  init()

  /// Reads the settings that someone wrote; there are none by default.
  mutating func configure(_ settings: PartSettings) throws(PruningError)

  /// The corrected network, and what was found out on the way, by name.
  ///
  /// - Parameters:
  ///   - survey: the network before the weights leave, with the masks before, and the examples.
  ///   - masks: what stays.
  func reconstructed(
    _ survey: Survey, keeping masks: ElementMasks
  ) throws(PruningError) -> (network: Network, measures: [String: Double])
}

extension WeightReconstruction {
  public mutating func configure(_ settings: PartSettings) throws(PruningError) {}
}

/// The registry of reconstructions of weights.
public enum WeightReconstructions {
  /// Every reconstruction.
  public static let all: [any WeightReconstruction.Type] = [
    SurgeonUpdate.self, LayerwiseUpdate.self,
  ]

  /// The reconstruction called `name`, with its usual settings where none are given.
  ///
  /// - Throws: ``PruningError/noSuch(part:name:known:)``, ``PruningError/setting(key:found:expected:)``.
  public static func named(
    _ name: String, _ settings: PartSettings = PartSettings()
  ) throws(PruningError) -> any WeightReconstruction {
    guard let found = all.first(where: { $0.name == name }) else {
      throw .noSuch(part: "reconstruction", name: name, known: all.map { $0.name })
    }
    var reconstruction = found.init()
    try reconstruction.configure(settings)
    return reconstruction
  }
}

extension Network {
  /// The network with other values of a parameter, in its own element type.
  func setting(_ name: String, to values: [Double]) throws(PruningError) -> Network {
    var result = self
    guard let tensor = initializers[name]?.tensor else { return self }
    result.initializers[name]?.tensor = try Pruning.network { () throws(NetworkError) in
      switch tensor.type {
      case .float64: try TensorData(values, shape: tensor.shape)
      case .float32: try TensorData(values.map(Float.init), shape: tensor.shape)
      default:
        throw NetworkError.impossibleCut(
          reason:
            "'\(name)' has element type \(tensor.type); reconstruction needs float32 or float64")
      }
    }
    return result
  }
}
