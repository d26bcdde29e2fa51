// Runs a whole binary network on packed bits: XOR, counting of bits, and comparisons of integers.
//
// M. Courbariaux et al., "Binarized Neural Networks", 2016, algorithm 5: the first layer sees pixels of 8
// bits (see `BinaryPixels`), hidden layers see signs, each followed by sign(BatchNorm(.)), which is a
// threshold of the integer sum (see `BinaryNorm`); the last layer's sums are normalised as real numbers.
// Convolutions are products of the windows' signs (see `BinaryWindows`); as in the paper's networks their
// sums are pooled before they are normalised.

import Network

/// A perceptron or convolutional network whose weights and hidden activations are -1 and +1, run on
/// packed bits.
///
/// Sums are whole numbers, so that its hidden activations are those of the graph computed without any
/// rounding. Needs no tensor engine.
public struct BinaryNetwork: Sendable {
  /// What must be given, and what comes back.
  public let input: ValueInfo
  public let output: ValueInfo

  let layers: [BinaryLayer]

  /// The inputs of an example.
  public var inputCount: Int { layers[0].inputCount }
  /// The outputs of an example.
  public var outputCount: Int { layers[layers.count - 1].weights.rows }

  /// Reads a network: convolutions and linear layers with weights of -1 and +1 in a chain, the last one
  /// linear. Each is followed by max pooling (a convolution) and batch normalisation or not, and, but for
  /// the last, by a sign.
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
    let (first, last) = (layers[0], layers[layers.count - 1])
    guard layers.count > 1 else {
      return first.sums(of: x, examples: count).map { Self.normalised($0, first) }
    }
    guard var signs = first.signs(of: x, examples: count) else { return nil }
    for layer in layers.dropFirst().dropLast() {
      guard let next = layer.signs(of: signs, examples: count) else { return nil }
      signs = next
    }
    return last.sums(of: signs, examples: count)
      .map { Self.normalised($0.map(Double.init), last) }
  }

  private static func normalised(_ sums: [Double], _ layer: BinaryLayer) -> [Float] {
    sums.indices.map { Float(layer.norms[$0 % layer.norms.count](sums[$0])) }
  }
}
