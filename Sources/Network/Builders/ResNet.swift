// Residual networks for CIFAR and for ImageNet.

extension Network {
  /// How a residual block's input reaches an output of another shape.
  public enum Shortcut: String, Sendable, Hashable {
    /// Option A: every second pixel, new channels of zeros. No parameters.
    case padding = "A"
    /// Option B: a 1 by 1 convolution with batch normalisation.
    case projection = "B"
  }

  /// ResNet-20, 32, 44, 56, 110, ... for CIFAR (He et al., 2016): a stem of 16 filters and three
  /// stages of 16, 32, 64 filters with (depth - 2) / 6 blocks each.
  ///
  /// - Parameter excitation: the factor by which squeeze and excitation narrows its hidden layer;
  ///   `nil` for a plain network.
  /// - Throws: ``NetworkError/impossibleArchitecture(name:reason:)`` where depth is not 6 n + 2.
  public static func resNetCIFAR(
    depth: Int, shortcut: Shortcut = .padding, excitation: Int? = nil, classes: Int = 10,
    input: [Int] = [3, 32, 32], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    let kind = excitation == nil ? "resnet" : "se-resnet"
    var b = NetworkBuilder("\(kind)-\(depth)", image: input, seed: seed)
    guard depth >= 8, depth <= 2000, (depth - 2) % 6 == 0 else {
      throw b.impossible("its depth must be 6 n + 2, such as 20, 32, 44, 56 or 110")
    }
    b.initialization = .kaimingNormalFanOut
    var x = try b.convBlock("conv1", "bn1", b.input, 16, kernel: 3)
    for (stage, filters) in [16, 32, 64].enumerated() {
      for block in 0..<(depth - 2) / 6 {
        x = try b.basicBlock(
          "layer\(stage + 1).\(block)", x, filters, stride: stage > 0 && block == 0 ? 2 : 1,
          shortcut, excitation)
      }
    }
    return try b.pooledClassifier(x, classes)
  }

  /// ResNet-18 for CIFAR: a 3 by 3 stem of 64 filters without pooling, then four stages of two blocks
  /// with 64, 128, 256, 512 filters, option B.
  ///
  /// - Throws: ``NetworkError`` where the input is no image.
  public static func resNet18CIFAR(
    classes: Int = 10, input: [Int] = [3, 32, 32], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("resnet-18-cifar", image: input, seed: seed)
    b.initialization = .kaimingNormalFanOut
    var x = try b.convBlock("conv1", "bn1", b.input, 64, kernel: 3)
    x = try b.stages(x, [2, 2, 2, 2], bottleneck: false)
    return try b.pooledClassifier(x, classes)
  }

  /// ResNet-18, 34, 50, 101 or 152 for ImageNet (He et al., 2016), the stride on the 3 by 3
  /// convolution of a bottleneck.
  ///
  /// - Throws: ``NetworkError/impossibleArchitecture(name:reason:)`` where there is no such depth.
  public static func resNet(
    depth: Int, classes: Int = 1000, input: [Int] = [3, 224, 224], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("resnet-\(depth)", image: input, seed: seed)
    b.initialization = .kaimingNormalFanOut
    let table: [Int: [Int]] = [
      18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3],
      152: [3, 8, 36, 3],
    ]
    guard let blocks = table[depth] else {
      throw b.impossible("there are ResNet-18, 34, 50, 101 and 152 for ImageNet")
    }
    var x = try b.convBlock("conv1", "bn1", b.input, 64, kernel: 7, stride: 2)
    x = try b.maxPool(x, 3, stride: 2, padding: 1)
    x = try b.stages(x, blocks, bottleneck: depth >= 50)
    return try b.pooledClassifier(x, classes)
  }
}

extension NetworkBuilder {
  /// Convolution without bias and "same" padding, batch normalisation, ReLU.
  mutating func convBlock(
    _ conv: String, _ norm: String, _ x: String, _ filters: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1
  ) throws(NetworkError) -> String {
    try relu(convNorm(conv, norm, x, filters, kernel: kernel, stride: stride, groups: groups))
  }

  /// Convolution without bias and "same" padding, batch normalisation.
  mutating func convNorm(
    _ conv: String, _ norm: String, _ x: String, _ filters: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1
  ) throws(NetworkError) -> String {
    let made = try self.conv(
      conv, x, filters, kernel: kernel, stride: stride, padding: kernel / 2, groups: groups,
      bias: false)
    return try batchNorm(norm, made)
  }

  /// The mean of each channel over the image, then one linear layer `fc`, drawn as PyTorch does.
  mutating func pooledClassifier(_ x: String, _ classes: Int) throws(NetworkError) -> Network {
    try finish(linear("fc", flatten(globalAveragePool(x)), classes, .kaimingUniform))
  }

  /// Stages of 64, 128, 256, 512 filters, times 4 at the end of each bottleneck; all but the first
  /// begin with stride 2.
  fileprivate mutating func stages(
    _ input: String, _ blocks: [Int], bottleneck: Bool
  ) throws(NetworkError) -> String {
    var x = input
    for (stage, count) in blocks.enumerated() {
      for block in 0..<count {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        if bottleneck {
          x = try bottleneckBlock(name, x, 64 << stage, stride: stride)
        } else {
          x = try basicBlock(name, x, 64 << stage, stride: stride, .projection, nil)
        }
      }
    }
    return x
  }

  /// Two 3 by 3 convolutions and a shortcut.
  fileprivate mutating func basicBlock(
    _ name: String, _ x: String, _ filters: Int, stride: Int, _ shortcut: Network.Shortcut,
    _ excitation: Int?
  ) throws(NetworkError) -> String {
    var y = try convBlock("\(name).conv1", "\(name).bn1", x, filters, kernel: 3, stride: stride)
    y = try convNorm("\(name).conv2", "\(name).bn2", y, filters, kernel: 3)
    if let excitation {
      y = try squeezeExcitation("\(name).se", y, hidden: max(filters / max(excitation, 1), 1))
    }
    return try joined(name, x, y, filters, stride, shortcut)
  }

  /// A 1 by 1, a 3 by 3 and a 1 by 1 convolution to four times as many channels, and a shortcut.
  fileprivate mutating func bottleneckBlock(
    _ name: String, _ x: String, _ filters: Int, stride: Int
  ) throws(NetworkError) -> String {
    var y = try convBlock("\(name).conv1", "\(name).bn1", x, filters, kernel: 1)
    y = try convBlock("\(name).conv2", "\(name).bn2", y, filters, kernel: 3, stride: stride)
    y = try convNorm("\(name).conv3", "\(name).bn3", y, 4 * filters, kernel: 1)
    return try joined(name, x, y, 4 * filters, stride, .projection)
  }

  /// The sum of a block's branch and its shortcut, then ReLU.
  private mutating func joined(
    _ name: String, _ x: String, _ branch: String, _ filters: Int, _ stride: Int,
    _ shortcut: Network.Shortcut
  ) throws(NetworkError) -> String {
    var path = x
    let inputs = try channels(x)
    if stride > 1 || inputs != filters {
      switch shortcut {
      case .padding:
        path = try paddingShortcut("\(name).shortcut", x, filters, stride: stride)
      case .projection:
        path = try convNorm(
          "\(name).downsample.0", "\(name).downsample.1", x, filters, kernel: 1, stride: stride)
      }
    }
    return try relu(sum("\(name).sum", branch, path))
  }
}
