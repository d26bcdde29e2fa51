// Runs a whole binary perceptron on packed bits: XOR, counting of bits, and comparisons of integers.
//
// M. Courbariaux et al., "Binarized Neural Networks", 2016, algorithm 5: the first layer sees pixels of 8
// bits (see `BinaryPixels`), hidden layers see signs, each followed by sign(BatchNorm(.)), which is a
// threshold of the integer sum (see `BinaryNorm`); the last layer's sums are normalised as real numbers.

import Network

/// A perceptron whose weights and hidden activations are -1 and +1, run on packed bits.
///
/// Sums are whole numbers, so that its hidden activations are those of the graph computed without any
/// rounding. Needs no tensor engine.
public struct BinaryNetwork: Sendable {
  /// What must be given, and what comes back.
  public let input: ValueInfo
  public let output: ValueInfo

  /// A linear layer of signs and what follows it.
  struct Layer: Sendable {
    /// The weights [outputs, inputs].
    let weights: BinaryMatrix
    /// The bias and normalisation of each output.
    let norms: [BinaryNorm]
    /// The same as thresholds.
    let thresholds: [BinaryThreshold]
  }

  let layers: [Layer]

  /// The inputs and outputs of an example.
  public var inputCount: Int { layers[0].weights.columns }
  public var outputCount: Int { layers[layers.count - 1].weights.rows }

  /// Reads a network: linear layers with weights of -1 and +1 in a chain, each followed by batch
  /// normalisation or not, and, but for the last, by a sign.
  ///
  /// - Throws: ``CompressionError/notBinary(node:reason:)`` with the first node that does not fit.
  public init(_ network: Network) throws(CompressionError) {
    var reader = BinaryChain(network)
    layers = try reader.layers()
    (input, output) = (reader.input, reader.output)
  }

  /// The outputs of `count` examples, a row after the other; `nil` where `x` does not hold so many.
  public func outputs(of x: [Float], count: Int) -> [Float]? {
    guard count >= 0, x.count == count * inputCount else { return nil }
    let first = layers[0]
    let pixels = BinaryPixels(x, rows: count, columns: inputCount)
    guard
      let sums = pixels.map({ $0.product(first.weights) })
        ?? first.weights.product(real: x, rows: count)
    else { return nil }
    guard layers.count > 1 else { return Self.normalised(sums, first) }
    var signs = BinarySigns(sums, rows: count, norms: first.norms)
    for layer in layers.dropFirst().dropLast() {
      guard let sums = signs.product(layer.weights) else { return nil }
      signs = BinarySigns(sums, rows: count, thresholds: layer.thresholds)
    }
    let last = layers[layers.count - 1]
    return signs.product(last.weights).map { Self.normalised($0.map(Double.init), last) }
  }

  private static func normalised(_ sums: [Double], _ layer: Layer) -> [Float] {
    sums.indices.map { Float(layer.norms[$0 % layer.norms.count](sums[$0])) }
  }
}
