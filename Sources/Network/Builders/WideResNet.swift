// Wide residual networks with pre-activation.

extension Network {
  /// WideResNet-d-k (Zagoruyko and Komodakis, 2016): three stages of 16 k, 32 k, 64 k filters with
  /// (depth - 4) / 6 pre-activation blocks each; shortcuts to another shape are 1 by 1 convolutions of
  /// the activated input, without batch normalisation.
  ///
  /// - Throws: ``NetworkError/impossibleArchitecture(name:reason:)`` where depth is not 6 n + 4.
  public static func wideResNet(
    depth: Int, width: Int, classes: Int = 10, input: [Int] = [3, 32, 32], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("wideresnet-\(depth)-\(width)", image: input, seed: seed)
    guard depth >= 10, depth <= 2000, (depth - 4) % 6 == 0, (1...64).contains(width) else {
      throw b.impossible("its depth must be 6 n + 4, such as 16, 22 or 28, and its width 1 to 64")
    }
    b.initialization = .kaimingNormalFanOut
    var x = try b.conv("conv1", b.input, 16, kernel: 3, padding: 1, bias: false)
    for (stage, filters) in [16 * width, 32 * width, 64 * width].enumerated() {
      for block in 0..<(depth - 4) / 6 {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        let active = try b.relu(b.batchNorm("\(name).bn1", x))
        var y = try b.conv(
          "\(name).conv1", active, filters, kernel: 3, stride: stride, padding: 1, bias: false)
        y = try b.relu(b.batchNorm("\(name).bn2", y))
        y = try b.conv("\(name).conv2", y, filters, kernel: 3, padding: 1, bias: false)
        let inputs = try b.channels(x)
        if stride > 1 || inputs != filters {
          x = try b.conv(
            "\(name).shortcut", active, filters, kernel: 1, stride: stride, bias: false)
        }
        x = try b.sum("\(name).sum", y, x)
      }
    }
    return try b.pooledClassifier(b.relu(b.batchNorm("bn1", x)), classes)
  }
}
