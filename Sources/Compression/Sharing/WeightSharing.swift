// Weight sharing: the weights of a layer take few different values, found by k-means.
//
// S. Han et al., "Deep Compression", ICLR 2016, section 3. Weights are shared within a layer, not
// between layers. Zeros, which pruning made, stay zero and belong to no cluster; biases and
// normalisation, which are few, stay as they are.

import Network

/// What became of the weights of one layer.
public struct SharedLayer: Sendable, Hashable, Codable {
  /// The weight's name.
  public let name: String
  /// How many weights there are, and how many of them are not zero.
  public let weights: Int
  public let kept: Int
  /// How many values they share.
  public let centroids: Int
  /// The bits that were asked for.
  public let bits: Int
  /// The mean squared change of the weights that are not zero, and the largest change.
  public let meanSquaredChange: Double
  public let largestChange: Double
  /// The rounds of k-means.
  public let rounds: Int
}
extension Network {
  /// Whether all weights that `bits` names are there and can share values.
  ///
  /// - Throws: `CompressionError.setting` for one that is not or can't.
  public func check(_ bits: SharingBits) throws(CompressionError) {
    for name in bits.named.keys.sorted() where !isShareable(name) {
      throw .setting(
        name: "bits", found: "a number for '\(name)'",
        expected: "conv, fc or one of "
          + initializers.keys.filter(isShareable).joined(separator: ", "))
    }
  }

  /// The network with the weights of each layer shared, and what became of each layer.
  ///
  /// A layer whose weights take no more values than they may stays bit for bit as it is.
  ///
  /// - Parameters:
  ///   - bits: how many values the weights may share.
  ///   - start: where centroids begin.
  ///   - seed: where random choices begin.
  /// - Throws: ``CompressionError/weights(name:reason:)`` for weights that are not finite,
  ///   ``CompressionError/setting(name:found:expected:)`` for a name that the network does not have.
  public func sharing(
    _ bits: SharingBits, start: KMeans.Start = .linear, seed: UInt64 = 0
  ) throws(CompressionError) -> (network: Network, layers: [SharedLayer]) {
    var (result, layers): (Network, [SharedLayer]) = (self, [])
    try check(bits)
    for (index, name) in initializers.keys.enumerated() where isShareable(name) {
      guard let tensor = initializers[name]?.tensor, let numbers = tensor.reals else { continue }
      guard numbers.allSatisfy(\.isFinite) else {
        throw .weights(name: name, reason: "some are not finite")
      }
      let allowed = bits.bits(of: name, shape: tensor.shape)
      let kept = numbers.filter { $0 != 0 }
      let different = Set(kept).count
      let isShared = different <= 1 << allowed
      let means =
        isShared
        ? nil
        : KMeans(kept, count: 1 << allowed, start: start, seed: seed &+ UInt64(index))
      let shared = tensor.mapped { number in
        guard number != 0 else { return 0 }
        return means.map { $0.centroids[$0.nearest(to: number)] } ?? number
      }
      guard let shared, let now = shared.reals else { continue }
      let changes = zip(numbers, now).map { abs($0 - $1) }
      result.initializers[name]?.tensor = shared
      layers.append(
        SharedLayer(
          name: name, weights: numbers.count, kept: kept.count,
          centroids: means?.centroids.count ?? different, bits: allowed,
          meanSquaredChange: changes.reduce(0) { $0 + $1 * $1 } / Double(max(1, kept.count)),
          largestChange: changes.max() ?? 0, rounds: (means?.objectives.count ?? 1) - 1))
    }
    return (result, layers)
  }

  /// Whether `name` is a weight whose values can be shared: trained, with two axes or more.
  private func isShareable(_ name: String) -> Bool {
    guard let found = initializers[name] else { return false }
    return found.role == .parameter && found.tensor.shape.count >= 2
      && [.float16, .float32, .float64].contains(found.tensor.type)
  }
}

extension TensorData {
  /// The tensor with `change` done to each number; `nil` where it holds none.
  fileprivate func mapped(_ change: (Double) -> Double) -> TensorData? {
    guard let numbers = reals?.map(change) else { return nil }
    return switch type {
    case .float16: try? TensorData(numbers.map { Float16($0) }, shape: shape)
    case .float32: try? TensorData(numbers.map { Float($0) }, shape: shape)
    case .float64: try? TensorData(numbers, shape: shape)
    default: nil
    }
  }
}
