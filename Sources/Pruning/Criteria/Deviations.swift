// Deviations: the size of a weight in standard deviations of its layer.
//
// S. Han, J. Pool, J. Tran, W. J. Dally, "Learning both Weights and Connections for Efficient Neural
// Networks", NIPS 2015: in each layer the weights go whose size is below a quality parameter times the
// standard deviation of the layer's weights. The score is
//
//   s = |w| / (q_l std(W_l))
//
// so that with `target: {threshold: 0.9}` the weights below 0.9 q_l std(W_l) leave, and with a sparsity as
// the target one quality parameter for the whole network follows from it. `quality` gives layers a factor
// q_l of their own by the names of their weights (1 elsewhere; of several patterns that fit, the longest).
// What has been removed before has no part in the deviation.

import Network
import Training

/// `s = |w| / (q std(W))` with std that of the layer's weights that are not zero.
public struct Deviations: Criterion {
  public static let name = "deviations"
  public static let summary =
    "magnitude in standard deviations of the layer (Han et al. 2015)"

  /// A factor on the deviation of the weights that a pattern fits.
  public var quality: [String: Double] = [:]

  /// The criterion with the same quality parameter for all layers.
  public init() {}

  public mutating func configure(_ settings: PartSettings) throws(PruningError) {
    quality = try settings.table("quality", default: quality, in: 1e-6...1e6)
  }

  public func elementScores(of name: String, in subject: Subject) throws(PruningError) -> [Float] {
    let weights = subject.network.weightNames
    for pattern in quality.keys.sorted()
    where !weights.contains(where: { NamePattern.matches($0, pattern) }) {
      throw .noSuch(part: "weight", name: pattern, known: weights)
    }
    let elements = try subject.elements(of: name)
    let alive = elements.filter { $0 != 0 }.map(Double.init)
    let mean = alive.reduce(0, +) / Double(max(alive.count, 1))
    let variance =
      alive.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(alive.count, 1))
    let fitting = quality.filter { NamePattern.matches(name, $0.key) }
    let factor = fitting.max { ($0.key.count, $0.key) < ($1.key.count, $1.key) }?.value ?? 1
    let scale = factor * variance.squareRoot()
    return elements.map { scale > 0 ? Float(abs(Double($0)) / scale) : abs($0) }
  }
}
