// Gate: a factor of an activation that the network works out itself, example by example.

import Network

/// A factor of each channel of a layer's output, worked out from what reaches the layer.
///
/// A gate is one small type in one file of `Pruning/Gates`, listed in ``Gates``. It rewrites the graph:
/// what decides the factors are nodes of the network, so that it is trained, written and run like the rest.
public protocol Gate: Sendable {
  /// The gate's name in recipes.
  static var name: String { get }

  /// What it does, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// The network with gates behind the convolutions whose names fit one of `patterns`.
  ///
  /// - Parameter seed: where first weights start.
  /// - Throws: ``PruningError`` where nothing fits.
  func inserted(
    into network: Network, layers patterns: [String], seed: UInt64
  ) throws(PruningError) -> Network
}

/// The registry of gates.
public enum Gates {
  /// Every gate.
  public static let all: [any Gate.Type] = [FeatureBoosting.self]
}
