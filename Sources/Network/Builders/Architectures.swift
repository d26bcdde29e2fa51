// The catalogue of networks that can be built by name.

/// A network that can be built by name.
public struct Architecture: Sendable {
  /// The name recipes and the command line use.
  public let name: String
  /// One line on what it is.
  public let summary: String
  /// The shape of one sample that it was published for.
  public let input: [Int]
  /// The number of classes that it was published for.
  public let classes: Int

  private let build: @Sendable (Int, [Int], UInt64?) throws(NetworkError) -> Network

  init(
    _ name: String, _ summary: String, input: [Int], classes: Int,
    _ build: @escaping @Sendable (Int, [Int], UInt64?) throws(NetworkError) -> Network
  ) {
    self.name = name
    self.summary = summary
    self.input = input
    self.classes = classes
    self.build = build
  }

  /// Builds the network.
  ///
  /// - Parameters:
  ///   - classes: the number of outputs; as published by default.
  ///   - input: the shape of one sample; as published by default.
  ///   - seed: decides the first weights; `nil` leaves them 0, for looking at the structure only.
  /// - Throws: ``NetworkError`` where the input is too small or of the wrong kind.
  public func network(
    classes: Int? = nil, input: [Int]? = nil, seed: UInt64? = 0
  ) throws(NetworkError) -> Network {
    let input = input ?? self.input
    guard let count = input.elementCount, count > 0, NodeView.isReasonable(input) else {
      throw .impossibleArchitecture(name: name, reason: "a sample cannot have the shape \(input)")
    }
    var network = try build(classes ?? self.classes, input, seed)
    network.name = name
    return network
  }
}

/// The networks that can be built by name.
///
/// ```swift
/// let network = try Architectures.named("resnet-20").network(classes: 10, seed: 1)
/// ```
public enum Architectures {
  /// Every network of the catalogue, in the order of a table of contents.
  public static let all: [Architecture] = digits + cifar + imageNet + sequences

  /// The names of all networks.
  public static var names: [String] { all.map(\.name) }

  /// The network `name`: one of ``names``, or a member of the families `resnet-d`, `resnet-d-b` and
  /// `wideresnet-d-k` for CIFAR of any depth that exists.
  ///
  /// - Throws: ``NetworkError/noSuch(kind:name:known:)`` where there is none.
  public static func named(_ name: String) throws(NetworkError) -> Architecture {
    if let known = all.first(where: { $0.name == name }) { return known }
    let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 3, parts[0] == "wideresnet", let depth = Int(parts[1]),
      let width = Int(parts[2])
    {
      return wideResNet(depth, width)
    }
    if parts.count > 1, parts[0] == "resnet", let depth = Int(parts[1]),
      parts.count == 2 || parts.dropFirst(2) == ["b"]
    {
      return resNet(depth, parts.count == 2 ? .padding : .projection)
    }
    throw .noSuch(kind: "network", name: name, known: names)
  }

  private static let digits =
    [
      Architecture(
        "lenet-300-100", "linear 300, 100 with ReLU", input: [1, 28, 28], classes: 10
      ) { (classes, input, seed) throws(NetworkError) in
        try .leNet300100(classes: classes, input: input, seed: seed)
      },
      Architecture(
        "lenet-300-100-dropout", "linear 300, 100 with ReLU and dropout of a half",
        input: [1, 28, 28], classes: 10
      ) { (classes, input, seed) throws(NetworkError) in
        try .perceptron(
          "lenet-300-100-dropout", hidden: [300, 100], dropout: 0.5, classes: classes, input: input,
          seed: seed)
      },
      Architecture(
        "lenet-5", "two convolutions and two linear layers (Caffe form)", input: [1, 28, 28],
        classes: 10
      ) { (classes, input, seed) throws(NetworkError) in
        try .leNet5(classes: classes, input: input, seed: seed)
      },
      Architecture(
        "lenet-5-relu", "the same with ReLU behind each convolution", input: [1, 28, 28],
        classes: 10
      ) { (classes, input, seed) throws(NetworkError) in
        try .leNet5(rectifies: true, classes: classes, input: input, seed: seed)
      },
      Architecture(
        "perceptron-6", "linear 6 with ReLU: small enough for a full Hessian", input: [1, 16, 16],
        classes: 10
      ) { (classes, input, seed) throws(NetworkError) in
        try .perceptron("perceptron-6", hidden: [6], classes: classes, input: input, seed: seed)
      },
    ] + [("binary-mlp", 1024), ("binary-mlp-4096", 4096)].map(binary)

  /// Three hidden layers of one width with binary activations.
  private static func binary(_ name: String, _ width: Int) -> Architecture {
    Architecture(
      name, "linear \(width) three times with normalisation and signs", input: [1, 28, 28],
      classes: 10
    ) { (classes, input, seed) throws(NetworkError) in
      try .binaryPerceptron(
        name, hidden: [width, width, width], classes: classes, input: input, seed: seed)
    }
  }

  private static let cifar =
    [2, 4, 6].map(conv) + [("binary-conv-16", 16), ("binary-conv", 128)].map(binaryConv)
    + [false, true].flatMap { bias in [16, 19].map { vgg($0, bias: bias) } }
    + [20, 32, 44, 56, 110].flatMap { [resNet($0, .padding), resNet($0, .projection)] } + [
      image("se-resnet-20", "ResNet-20 with squeeze and excitation") {
        (classes, input, seed) throws(NetworkError) in
        try .resNetCIFAR(
          depth: 20, shortcut: .projection, excitation: 4, classes: classes, input: input,
          seed: seed)
      },
      image("resnet-18-cifar", "3 by 3 stem, 64 to 512 filters, option B") {
        (classes, input, seed) throws(NetworkError) in
        try .resNet18CIFAR(classes: classes, input: input, seed: seed)
      },
      wideResNet(16, 8), wideResNet(22, 2), wideResNet(28, 2), wideResNet(28, 10),
      image("mobilenet-v1-cifar", "depthwise separable convolutions, stem of stride 1") {
        (classes, input, seed) throws(NetworkError) in
        try .mobileNetV1(stemStride: 1, classes: classes, input: input, seed: seed)
      },
    ]

  private static let imageNet =
    [16, 19].map(vggImageNet) + [18, 34, 50, 101, 152].map(resNetImageNet)
    + [121, 169, 201].map(denseNet) + [
      large("mobilenet-v1-imagenet", "depthwise separable convolutions") {
        (classes, input, seed) throws(NetworkError) in
        try .mobileNetV1(classes: classes, input: input, seed: seed)
      },
      large("mobilenet-v2", "inverted residual blocks") {
        (classes, input, seed) throws(NetworkError) in
        try .mobileNetV2(classes: classes, input: input, seed: seed)
      },
    ]

  private static let sequences = [
    Architecture(
      "lstm", "embedding of 10,000 tokens, LSTM of 128 units", input: [200], classes: 2
    ) { (classes, input, seed) throws(NetworkError) in
      guard input.count == 1 else {
        throw .impossibleArchitecture(
          name: "lstm", reason: "a sample must be one sequence of tokens, not \(input)")
      }
      return try .lstmClassifier(classes: classes, steps: input[0], seed: seed)
    },
    Architecture(
      "lstm-imdb", "embedding of 128, LSTM of 128 units, dropout: TensorFlow's pruning example",
      input: [100], classes: 2
    ) { (classes, input, seed) throws(NetworkError) in
      guard input.count == 1 else {
        throw .impossibleArchitecture(
          name: "lstm-imdb", reason: "a sample must be one sequence of tokens, not \(input)")
      }
      // The embedding is drawn as Keras draws it.
      return try .lstmClassifier(
        embedding: 128, classes: classes, steps: input[0], dropout: 0.5, vectors: .uniform(0.05),
        seed: seed)
    },
  ]

  // MARK: families

  private typealias Build = @Sendable (Int, [Int], UInt64?) throws(NetworkError) -> Network

  private static func image(
    _ name: String, _ summary: String, _ build: @escaping Build
  ) -> Architecture {
    Architecture(name, summary, input: [3, 32, 32], classes: 10, build)
  }

  private static func large(
    _ name: String, _ summary: String, _ build: @escaping Build
  ) -> Architecture {
    Architecture(name, summary, input: [3, 224, 224], classes: 1000, build)
  }

  private static func conv(_ depth: Int) -> Architecture {
    image("conv-\(depth)", "\(depth) convolutions in pairs, three linear layers") {
      (classes, input, seed) throws(NetworkError) in
      try .conv(depth: depth, classes: classes, input: input, seed: seed)
    }
  }

  private static func binaryConv(_ name: String, _ width: Int) -> Architecture {
    image(name, "\(width), \(2 * width), \(4 * width) filters twice, with normalisation and signs")
    {
      (classes, input, seed) throws(NetworkError) in
      try .binaryConvolutional(
        name, blocks: [width, 2 * width, 4 * width], hidden: [8 * width, 8 * width],
        classes: classes, input: input, seed: seed)
    }
  }

  private static func vgg(_ depth: Int, bias: Bool) -> Architecture {
    image(
      bias ? "vgg-\(depth)-bias" : "vgg-\(depth)",
      "batch normalisation, one linear layer\(bias ? ", biases on convolutions" : "")"
    ) { (classes, input, seed) throws(NetworkError) in
      try .vgg(depth: depth, convBias: bias, classes: classes, input: input, seed: seed)
    }
  }

  private static func resNet(_ depth: Int, _ shortcut: Network.Shortcut) -> Architecture {
    image(
      shortcut == .padding ? "resnet-\(depth)" : "resnet-\(depth)-b",
      "16, 32, 64 filters, shortcuts of option \(shortcut.rawValue)"
    ) { (classes, input, seed) throws(NetworkError) in
      try .resNetCIFAR(
        depth: depth, shortcut: shortcut, classes: classes, input: input, seed: seed)
    }
  }

  private static func wideResNet(_ depth: Int, _ width: Int) -> Architecture {
    image("wideresnet-\(depth)-\(width)", "pre-activation blocks, \(width) times as wide") {
      (classes, input, seed) throws(NetworkError) in
      try .wideResNet(depth: depth, width: width, classes: classes, input: input, seed: seed)
    }
  }

  private static func vggImageNet(_ depth: Int) -> Architecture {
    large("vgg-\(depth)-imagenet", "batch normalisation, three linear layers") {
      (classes, input, seed) throws(NetworkError) in
      try .vgg(
        depth: depth, head: .published, convBias: true, classes: classes, input: input, seed: seed)
    }
  }

  private static func resNetImageNet(_ depth: Int) -> Architecture {
    large(
      depth == 18 ? "resnet-18-imagenet" : "resnet-\(depth)",
      depth < 50 ? "basic residual blocks" : "bottleneck residual blocks"
    ) { (classes, input, seed) throws(NetworkError) in
      try .resNet(depth: depth, classes: classes, input: input, seed: seed)
    }
  }

  private static func denseNet(_ depth: Int) -> Architecture {
    large("densenet-\(depth)", "dense blocks with 32 new channels a layer") {
      (classes, input, seed) throws(NetworkError) in
      try .denseNet(depth: depth, classes: classes, input: input, seed: seed)
    }
  }
}
