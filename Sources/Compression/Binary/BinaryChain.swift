// Reads the chain of binary layers out of a graph, and says which node does not belong to one.

import Network

/// The nodes of a network, followed from its input to its output.
struct BinaryChain {
  let input: ValueInfo
  let output: ValueInfo
  private let network: Network
  private var position = 0

  init(_ network: Network) {
    self.network = network
    let free = network.inputs.filter { network.initializers[$0.name] == nil }
    input = free.first ?? ValueInfo("", .float32, nil)
    output = network.outputs.first ?? ValueInfo("", .float32, nil)
  }

  /// What an example is between two layers.
  private enum Form {
    /// A row of so many numbers, where that is known.
    case row(Int?)
    /// A map of channels.
    case map(channels: Int, height: Int, width: Int)
    /// A map of so many places, flattened; its channels follow each other a place at a time.
    case flattened(channels: Int, places: Int)
  }

  /// The layers in their order.
  mutating func layers() throws(CompressionError) -> [BinaryLayer] {
    try checkChain()
    var form = try inputForm()
    var layers: [BinaryLayer] = []
    while let node = try nextLayer(&form) {
      layers.append(try layer(node, &form, isFirst: layers.isEmpty))
      guard let sign = next else {
        guard case .row = form else {
          throw .notBinary(node: node.label, reason: "a linear layer must follow it")
        }
        return layers
      }
      guard sign.op == "Sign" else {
        throw .notBinary(node: sign.label, reason: "a Sign was expected there")
      }
      position += 1
      if next == nil { throw .notBinary(node: sign.label, reason: "a linear layer must follow it") }
    }
    throw .notBinary(
      node: "network '\(network.name)'",
      reason: layers.isEmpty ? "it has no linear layer" : "its last layer is no linear one")
  }

  /// What the input is.
  private func inputForm() throws(CompressionError) -> Form {
    guard input.type == .float32, let shape = input.shape, shape.count >= 2 else {
      throw .notBinary(
        node: "input '\(input.name)'",
        reason: "it is not float32 with examples along its first axis")
    }
    let extents = shape.dropFirst().compactMap { extent in
      if case .fixed(let count) = extent, count > 0 { count } else { nil as Int? }
    }
    guard extents.count == shape.count - 1 else { return .row(nil) }
    var count = 1
    for extent in extents {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: extent)
      guard !isTooLarge else {
        throw .notBinary(node: "input '\(input.name)'", reason: "its extents are too large")
      }
      count = product
    }
    return extents.count == 3
      ? .map(channels: extents[0], height: extents[1], width: extents[2]) : .row(count)
  }

  /// The node of the next layer, past those that only lay numbers out anew; `nil` at the end.
  private mutating func nextLayer(_ form: inout Form) throws(CompressionError) -> Node? {
    while let node = next, ["Flatten", "Identity", "Dropout"].contains(node.op) {
      position += 1
      guard node.op == "Flatten" else { continue }
      guard node.int("axis", default: 1) == 1 else {
        throw .notBinary(node: node.label, reason: "it flattens from another axis than 1")
      }
      if case .map(let channels, let height, let width) = form {
        form = .flattened(channels: channels, places: height * width)
      }
    }
    return next
  }

  private var next: Node? { position < network.nodes.count ? network.nodes[position] : nil }

  /// Each node reads what the node before it makes, and the network gives what the last one makes.
  private func checkChain() throws(CompressionError) {
    var value = input.name
    for node in network.nodes {
      guard node.inputs.first == value, node.domain.isEmpty, let made = node.outputs.first else {
        throw .notBinary(node: node.label, reason: "it does not follow the node before it alone")
      }
      value = made
    }
    guard network.outputs.count == 1, output.name == value else {
      throw .notBinary(
        node: "output '\(output.name)'", reason: "the last node's output must be the only one")
    }
  }

  /// The layer at `node`, with the pooling and the normalisation that follow it.
  private mutating func layer(
    _ node: Node, _ form: inout Form, isFirst: Bool
  ) throws(CompressionError) -> BinaryLayer {
    let isConvolution = node.op == "Conv"
    guard isConvolution || node.op == "Gemm" || node.op == "MatMul" else {
      throw .notBinary(node: node.label, reason: "Gemm, MatMul or Conv was expected there")
    }
    position += 1
    let (signs, shape) = try isConvolution ? kernel(node) : matrix(node)
    guard signs.allSatisfy({ $0 == 1 || $0 == -1 }) else {
      throw .notBinary(
        node: node.label,
        reason: "its weights are not all -1 and +1; train them with binary-weights")
    }
    let rows = shape[0]
    let fit = try fit(node, signs, shape, in: form, isFirst: isFirst)
    let biases = try vector(node, 2, count: rows, absent: 0)
    form = .row(rows)
    var pooling: BinaryWindows?
    if let windows = fit.windows {
      pooling = try self.pooling(windows)
      let seen = pooling ?? windows
      form = .map(channels: rows, height: seen.height, width: seen.width)
    }
    var norms = biases.map { BinaryNorm(bias: $0) }
    if let norm = next, norm.op == "BatchNormalization" {
      position += 1
      norms = try self.norms(norm, biases)
    }
    return BinaryLayer(
      fit.weights, norms, windows: fit.windows, places: fit.places, pooling: pooling)
  }

  /// The weights of a layer in the order in which what it sees lies in memory, and where it sees it.
  private func fit(
    _ node: Node, _ signs: [Float], _ shape: [Int], in form: Form, isFirst: Bool
  ) throws(CompressionError) -> (weights: BinaryMatrix, windows: BinaryWindows?, places: Int) {
    let isConvolution = node.op == "Conv"
    let laid: [Float]
    let (rows, columns) = (shape[0], signs.count / shape[0])
    var (block, places) = (columns, 1)
    var windows: BinaryWindows?
    switch form {
    case .row(let count) where !isConvolution && (count ?? columns) == columns:
      laid = signs
    case .flattened(let channels, let spread) where !isConvolution && columns == channels * spread:
      // Numbers lie channel after channel, the signs of a layer place after place.
      laid = isFirst ? signs : Self.byPlaces(signs, channels: channels, places: spread)
      block = isFirst ? columns : channels
    case .map(let channels, let height, let width) where isConvolution && shape[1] == channels:
      windows = self.windows(node, height, width, kernel: Array(shape[2...]))
      guard let windows, windows.count <= Self.largestMap / rows else {
        throw .notBinary(
          node: node.label,
          reason:
            "only convolutions of one group without dilation are run, with stated pads and a map "
            + "of at most \(Self.largestMap) sums")
      }
      laid = Self.byPlaces(signs, channels: channels, places: columns / channels)
      (block, places) = (channels, height * width)
    case .map where !isConvolution:
      throw .notBinary(node: node.label, reason: "it sees a map; a Flatten must come before it")
    case .row where isConvolution, .flattened where isConvolution:
      throw .notBinary(
        node: node.label, reason: "it sees no map of channels, height and width that are known")
    default:
      throw .notBinary(
        node: node.label, reason: "its inputs are not the outputs of the layer before")
    }
    guard let weights = BinaryMatrix(signsOf: laid, rows: rows, columns: columns, block: block)
    else {
      throw .notBinary(node: node.label, reason: "its weights have another shape than stated")
    }
    return (weights, windows, places)
  }

  /// The most sums that a convolution may make of an example.
  private static let largestMap = 1 << 26

  /// The weights of a linear layer, [outputs, inputs].
  private func matrix(_ node: Node) throws(CompressionError) -> (signs: [Float], shape: [Int]) {
    guard
      node.op == "MatMul"
        || node.float("alpha", default: 1) == 1 && node.float("beta", default: 1) == 1
          && node.int("transA", default: 0) == 0,
      let tensor = node.input(1).flatMap({ network.initializers[$0]?.tensor }),
      tensor.shape.count == 2, tensor.count > 0, let signs = tensor.reals?.map(Float.init)
    else {
      throw .notBinary(node: node.label, reason: "it is no plain product with stored weights")
    }
    if node.op == "Gemm", node.int("transB", default: 0) != 0 { return (signs, tensor.shape) }
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    return (
      (0..<columns).flatMap { column in (0..<rows).map { signs[$0 * columns + column] } },
      [columns, rows]
    )
  }

  /// The weights of a convolution over two axes, [filters, channels, height, width].
  private func kernel(_ node: Node) throws(CompressionError) -> (signs: [Float], shape: [Int]) {
    guard let tensor = node.input(1).flatMap({ network.initializers[$0]?.tensor }),
      tensor.shape.count == 4, tensor.count > 0, let signs = tensor.reals?.map(Float.init)
    else {
      throw .notBinary(
        node: node.label, reason: "it is no convolution over two axes with stored weights")
    }
    return (signs, tensor.shape)
  }

  /// Rows of `channels` times `places` numbers, with the channels of a place behind each other.
  private static func byPlaces(_ values: [Float], channels: Int, places: Int) -> [Float] {
    let size = channels * places
    return values.indices.map { index in
      let (row, inside) = (index / size * size, index % size)
      return values[row + inside % channels * places + inside / channels]
    }
  }

  /// The windows of a convolution or pooling; `nil` where it is one that is not run.
  private func windows(
    _ node: Node, _ height: Int, _ width: Int, kernel: [Int]
  ) -> BinaryWindows? {
    guard node.int("group", default: 1) == 1, node.ints("dilations") ?? [1, 1] == [1, 1],
      ["NOTSET", "VALID"].contains(node.string("auto_pad", default: "NOTSET")),
      node.int("ceil_mode", default: 0) == 0, node.outputs.count == 1,
      node.ints("kernel_shape") ?? kernel == kernel
    else { return nil }
    let isValid = node.string("auto_pad", default: "NOTSET") == "VALID"
    return BinaryWindows(
      height: height, width: width, kernel: kernel, strides: node.ints("strides") ?? [1, 1],
      pads: isValid ? [0, 0, 0, 0] : node.ints("pads") ?? [0, 0, 0, 0])
  }

  /// The pooling that follows a convolution, where there is one.
  private mutating func pooling(
    _ windows: BinaryWindows
  ) throws(CompressionError) -> BinaryWindows? {
    guard let node = next, node.op == "MaxPool" else { return nil }
    position += 1
    guard
      let pooling = self.windows(
        node, windows.height, windows.width, kernel: node.ints("kernel_shape") ?? []),
      (0..<pooling.count).allSatisfy({ pooling[$0].contains { $0 != nil } })
    else {
      throw .notBinary(
        node: node.label, reason: "only pooling without dilation, with stated pads, is run")
    }
    return pooling
  }

  private func norms(
    _ node: Node, _ biases: [Double]
  ) throws(CompressionError) -> [BinaryNorm] {
    guard node.int("training_mode", default: 0) == 0, node.inputs.count == 5 else {
      throw .notBinary(node: node.label, reason: "it does not use stored statistics")
    }
    let gamma = try vector(node, 1, count: biases.count, absent: nil)
    let beta = try vector(node, 2, count: biases.count, absent: nil)
    let mean = try vector(node, 3, count: biases.count, absent: nil)
    let variance = try vector(node, 4, count: biases.count, absent: nil)
    let epsilon = Double(node.float("epsilon", default: 1e-5))
    var norms: [BinaryNorm] = []
    for unit in biases.indices {
      guard
        let norm = BinaryNorm(
          bias: biases[unit], mean: mean[unit], variance: variance[unit], epsilon: epsilon,
          gamma: gamma[unit], beta: beta[unit])
      else {
        throw .notBinary(node: node.label, reason: "the numbers of its unit \(unit) are not finite")
      }
      norms.append(norm)
    }
    return norms
  }

  /// The stored vector at an input of `node`; `absent` for each element where it is left out.
  private func vector(
    _ node: Node, _ index: Int, count: Int, absent: Double?
  ) throws(CompressionError) -> [Double] {
    guard let name = node.input(index) else {
      if let absent { return [Double](repeating: absent, count: count) }
      throw .notBinary(node: node.label, reason: "its input \(index) is missing")
    }
    guard let values = network.initializers[name]?.tensor.reals, values.count == count else {
      throw .notBinary(
        node: node.label, reason: "its input '\(name)' is not stored, with \(count) numbers")
    }
    return values
  }
}
