// Plain stacks of 3 by 3 convolutions: Conv-2/4/6 and VGG.

extension Network {
  /// Conv-2, Conv-4 or Conv-6 (Frankle and Carbin, 2019): pairs of 3 by 3 convolutions of 64, 128,
  /// 256 filters, max pooling after each pair, then linear 256, 256, classes. Glorot's normal.
  ///
  /// - Throws: ``NetworkError/impossibleArchitecture(name:reason:)`` where `depth` is not 2, 4 or 6.
  public static func conv(
    depth: Int, classes: Int = 10, input: [Int] = [3, 32, 32], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("conv-\(depth)", image: input, seed: seed)
    b.initialization = .glorotNormal
    guard [2, 4, 6].contains(depth) else { throw b.impossible("there are Conv-2, Conv-4, Conv-6") }
    var x = b.input
    for layer in 0..<depth {
      x = try b.relu(
        b.conv("conv\(layer + 1)", x, 64 << (layer / 2), kernel: 3, padding: 1))
      if layer % 2 == 1 { x = try b.maxPool(x, 2) }
    }
    x = try b.flatten(x)
    x = try b.relu(b.linear("fc1", x, 256))
    x = try b.relu(b.linear("fc2", x, 256))
    return try b.finish(b.linear("fc3", x, classes))
  }

  /// What follows the convolutions of a VGG network.
  public enum VGGHead: Sendable, Hashable {
    /// One linear layer, as usual for CIFAR.
    case linear
    /// Linear 4096, 4096, classes with ReLU and dropout, as published for ImageNet (224 by 224).
    case published
  }

  /// VGG-11, 13, 16 or 19 (Simonyan and Zisserman, 2015) with batch normalisation, or without.
  ///
  /// Convolutions are normal with variance 2 / fan-out, linear layers normal with deviation 0.01.
  /// - Parameters:
  ///   - convBias: whether convolutions have a bias, which batch normalisation makes idle.
  ///   - batchNorm: whether a batch normalisation follows each convolution.
  /// - Throws: ``NetworkError/impossibleArchitecture(name:reason:)`` where there is no such depth.
  public static func vgg(
    depth: Int, head: VGGHead = .linear, convBias: Bool = false, batchNorm: Bool = true,
    classes: Int = 10, input: [Int] = [3, 32, 32], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("vgg-\(depth)", image: input, seed: seed)
    b.initialization = .kaimingNormalFanOut
    let stages: [Int: [Int]] = [
      11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
    ]
    guard let counts = stages[depth] else { throw b.impossible("there are VGG-11, 13, 16, 19") }
    var x = b.input
    for (stage, (count, filters)) in zip(counts, [64, 128, 256, 512, 512]).enumerated() {
      for layer in 1...count {
        let place = "\(stage + 1)_\(layer)"
        x = try b.conv("conv\(place)", x, filters, kernel: 3, padding: 1, bias: convBias)
        if batchNorm { x = try b.batchNorm("bn\(place)", x) }
        x = try b.relu(x)
      }
      x = try b.maxPool(x, 2)
    }
    x = try b.flatten(x)
    b.initialization = .normal(0.01)
    switch head {
    case .linear: return try b.finish(b.linear("fc", x, classes))
    case .published:
      x = try b.dropout(b.relu(b.linear("fc1", x, 4096)), 0.5)
      x = try b.dropout(b.relu(b.linear("fc2", x, 4096)), 0.5)
      return try b.finish(b.linear("fc3", x, classes))
    }
  }
}
