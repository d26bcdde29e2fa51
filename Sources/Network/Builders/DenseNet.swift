// Networks in which every layer sees all layers before it.

extension Network {
  /// DenseNet-121, 169 or 201 for ImageNet (Huang et al., 2017), with 32 new channels a layer.
  ///
  /// - Throws: ``NetworkError/impossibleArchitecture(name:reason:)`` where there is no such depth.
  public static func denseNet(
    depth: Int, classes: Int = 1000, input: [Int] = [3, 224, 224], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder("densenet-\(depth)", image: input, seed: seed)
    b.initialization = .kaimingNormalFanIn
    let table: [Int: [Int]] = [
      121: [6, 12, 24, 16], 169: [6, 12, 32, 32], 201: [6, 12, 48, 32],
    ]
    guard let blocks = table[depth] else { throw b.impossible("there are DenseNet-121, 169, 201") }
    let growth = 32
    var x = try b.convBlock("conv0", "norm0", b.input, 64, kernel: 7, stride: 2)
    x = try b.maxPool(x, 3, stride: 2, padding: 1)
    for (index, layers) in blocks.enumerated() {
      var features = [x]
      for layer in 1...layers {
        let name = "denseblock\(index + 1).denselayer\(layer)"
        let all = features.count == 1 ? x : try b.concat("\(name).all", features)
        let active = try b.relu(b.batchNorm("\(name).norm1", all))
        let narrow = try b.convBlock(
          "\(name).conv1", "\(name).norm2", active, 4 * growth, kernel: 1)
        features.append(
          try b.conv("\(name).conv2", narrow, growth, kernel: 3, padding: 1, bias: false))
      }
      x = try b.concat("denseblock\(index + 1)", features)
      let last = index == blocks.count - 1
      let name = last ? "norm5" : "transition\(index + 1).norm"
      x = try b.relu(b.batchNorm(name, x))
      if !last {
        let half = try b.channels(x) / 2
        x = try b.averagePool(
          b.conv("transition\(index + 1).conv", x, half, kernel: 1, bias: false), 2)
      }
    }
    return try b.pooledClassifier(x, classes)
  }
}
