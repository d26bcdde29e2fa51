// Networks with binary activations (Courbariaux et al., Binarized Neural Networks, 2016).

extension Network {
  /// A perceptron with binary activations (Courbariaux et al., Binarized Neural Networks, 2016): linear
  /// layers of the given widths, each followed by batch normalisation and a sign, and a linear layer
  /// with normalisation as the output. Layers have no bias, as normalisation takes it away.
  ///
  /// - Throws: ``NetworkError`` where a width is not positive.
  public static func binaryPerceptron(
    _ name: String, hidden: [Int], classes: Int = 10, input: [Int] = [1, 28, 28],
    seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder(name, image: input, seed: seed)
    b.initialization = .glorotNormal
    var x = try b.flatten(b.input)
    for (index, width) in hidden.enumerated() {
      x = try b.linear("fc\(index + 1)", x, width, bias: false)
      x = try b.sign(b.batchNorm("bn\(index + 1)", x))
    }
    x = try b.linear("fc\(hidden.count + 1)", x, classes, bias: false)
    return try b.finish(b.batchNorm("bn\(hidden.count + 1)", x))
  }

  /// A convolutional network with binary activations (Courbariaux et al., 2016, for CIFAR-10): blocks of
  /// two 3 by 3 convolutions of the same width, 2 by 2 max pooling behind the second one's sums, each
  /// followed by batch normalisation and a sign; then linear layers as those of a binary perceptron.
  /// Layers have no bias, as normalisation takes it away.
  ///
  /// - Throws: ``NetworkError`` where a width is not positive or the input is too small.
  public static func binaryConvolutional(
    _ name: String, blocks: [Int], hidden: [Int], classes: Int = 10, input: [Int] = [3, 32, 32],
    seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder(name, image: input, seed: seed)
    b.initialization = .glorotNormal
    var x = b.input
    var index = 0
    for width in blocks {
      for isLast in [false, true] {
        index += 1
        x = try b.conv("conv\(index)", x, width, kernel: 3, padding: 1, bias: false)
        if isLast { x = try b.maxPool(x, 2) }
        x = try b.sign(b.batchNorm("conv\(index).bn", x))
      }
    }
    x = try b.flatten(x)
    for (index, width) in hidden.enumerated() {
      x = try b.linear("fc\(index + 1)", x, width, bias: false)
      x = try b.sign(b.batchNorm("bn\(index + 1)", x))
    }
    x = try b.linear("fc\(hidden.count + 1)", x, classes, bias: false)
    return try b.finish(b.batchNorm("bn\(hidden.count + 1)", x))
  }
}
