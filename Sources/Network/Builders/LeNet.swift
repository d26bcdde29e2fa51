// Small networks for digits: LeNet-300-100 and LeNet-5, and plain perceptrons.

extension Network {
  /// A perceptron: linear layers of the given widths with ReLU between them, and dropout behind each
  /// of them in training where a ratio is given.
  ///
  /// Weights are drawn from Glorot's normal distribution, biases are 0.
  /// - Throws: ``NetworkError`` where a width is not positive.
  public static func perceptron(
    _ name: String, hidden: [Int], dropout: Float = 0, classes: Int = 10,
    input: [Int] = [1, 28, 28], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder(name, image: input, seed: seed)
    b.initialization = .glorotNormal
    var x = try b.flatten(b.input)
    for (index, width) in hidden.enumerated() {
      x = try b.relu(b.linear("fc\(index + 1)", x, width))
      if dropout > 0 { x = try b.dropout(x, dropout) }
    }
    return try b.finish(b.linear("fc\(hidden.count + 1)", x, classes))
  }

  /// LeNet-300-100 (LeCun et al., 1998): 784-300-100-10 with ReLU, drawn as in the lottery-ticket
  /// experiments (Frankle and Carbin, 2019).
  ///
  /// - Throws: ``NetworkError`` where the input or the classes don't make a network.
  public static func leNet300100(
    classes: Int = 10, input: [Int] = [1, 28, 28], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    try perceptron(
      "lenet-300-100", hidden: [300, 100], classes: classes, input: input, seed: seed)
  }

  /// LeNet-5 in the form of Caffe's example: two convolutions of 20 and 50 filters, each followed by
  /// max pooling and not by an activation, then linear 500, ReLU, linear.
  ///
  /// - Parameter rectifies: whether ReLU follows each convolution, as in many programs of papers.
  /// - Throws: ``NetworkError`` where the input is too small.
  public static func leNet5(
    rectifies: Bool = false, classes: Int = 10, input: [Int] = [1, 28, 28], seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    var b = NetworkBuilder(rectifies ? "lenet-5-relu" : "lenet-5", image: input, seed: seed)
    var x = b.input
    for (name, filters) in [("conv1", 20), ("conv2", 50)] {
      x = try b.conv(name, x, filters, kernel: 5)
      if rectifies { x = try b.relu(x) }
      x = try b.maxPool(x, 2)
    }
    x = try b.relu(b.linear("fc1", b.flatten(x), 500))
    return try b.finish(b.linear("fc2", x, classes))
  }
}

extension NetworkBuilder {
  /// A network over images, or other samples, of the fixed shape `image` in batches of any size.
  init(_ name: String, image: [Int], seed: UInt64?) {
    self.init(name, input: ["batch"] + image.map { .fixed($0) }, seed: seed)
  }
}
