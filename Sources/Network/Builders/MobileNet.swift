// Networks of depthwise separable convolutions.

extension Network {
  /// MobileNetV1 (Howard et al., 2017): a stem of 32 filters, then thirteen pairs of a depthwise 3 by 3
  /// and a pointwise convolution.
  ///
  /// - Parameter stemStride: 2 for ImageNet, 1 for CIFAR.
  /// - Throws: ``NetworkError`` where the input is no image.
  public static func mobileNetV1(
    stemStride: Int = 2, classes: Int = 1000, input: [Int] = [3, 224, 224], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("mobilenet-v1", image: input, seed: seed)
    b.initialization = .kaimingNormalFanOut
    var x = try b.convBlock("conv1", "bn1", b.input, 32, kernel: 3, stride: stemStride)
    let pairs: [(filters: Int, stride: Int)] =
      [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
      + Array(repeating: (512, 1), count: 5) + [(1024, 2), (1024, 1)]
    for (index, pair) in pairs.enumerated() {
      let name = "block\(index + 1)"
      let count = try b.channels(x)
      x = try b.convBlock(
        "\(name).depthwise", "\(name).bn1", x, count, kernel: 3, stride: pair.stride, groups: count)
      x = try b.convBlock("\(name).pointwise", "\(name).bn2", x, pair.filters, kernel: 1)
    }
    return try b.pooledClassifier(x, classes)
  }

  /// MobileNetV2 (Sandler et al., 2018): inverted residual blocks that widen, filter each channel, and
  /// narrow again.
  ///
  /// - Throws: ``NetworkError`` where the input is no image.
  public static func mobileNetV2(
    classes: Int = 1000, input: [Int] = [3, 224, 224], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("mobilenet-v2", image: input, seed: seed)
    b.initialization = .kaimingNormalFanOut
    var x = try b.relu6(b.convNorm("conv1", "bn1", b.input, 32, kernel: 3, stride: 2))
    let stages: [(expansion: Int, filters: Int, blocks: Int, stride: Int)] = [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
      (6, 320, 1, 1),
    ]
    for (stage, shape) in stages.enumerated() {
      for block in 0..<shape.blocks {
        let name = "layer\(stage + 1).\(block)"
        let stride = block == 0 ? shape.stride : 1
        let hidden = try b.channels(x) * shape.expansion
        var y = x
        if shape.expansion > 1 {
          y = try b.relu6(b.convNorm("\(name).expand", "\(name).bn1", y, hidden, kernel: 1))
        }
        y = try b.relu6(
          b.convNorm(
            "\(name).depthwise", "\(name).bn2", y, hidden, kernel: 3, stride: stride,
            groups: hidden))
        y = try b.convNorm("\(name).project", "\(name).bn3", y, shape.filters, kernel: 1)
        let inputs = try b.channels(x)
        let keeps = stride == 1 && inputs == shape.filters
        x = keeps ? try b.sum("\(name).sum", x, y) : y
      }
    }
    x = try b.relu6(b.convNorm("conv2", "bn2", x, 1280, kernel: 1))
    x = try b.dropout(b.flatten(b.globalAveragePool(x)), 0.2)
    return try b.finish(b.linear("fc", x, classes, .normal(0.01)))
  }
}
