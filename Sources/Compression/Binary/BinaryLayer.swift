// A layer of a binary network: a product with weights of -1 and +1, and what follows it.

/// A linear layer or a convolution of signs, the pooling of its sums, and their normalisation.
struct BinaryLayer: Sendable {
  /// The weights [outputs, inputs]; those of a map in the order in which it lies in memory: place after
  /// place, each with its channels.
  let weights: BinaryMatrix
  /// The bias and normalisation of each output.
  let norms: [BinaryNorm]
  /// The same as thresholds.
  let thresholds: [BinaryThreshold]
  /// What a convolution sees; `nil` for a linear layer.
  let windows: BinaryWindows?
  /// How many places the map before has; 1 for a linear layer.
  let places: Int
  /// Of which sums the largest counts, where there is a pooling.
  let pooling: BinaryWindows?
  /// What is added to the sums of each place and unit of a convolution for the places beyond its edge.
  private let edges: [Int32]

  init(
    _ weights: BinaryMatrix, _ norms: [BinaryNorm], windows: BinaryWindows? = nil, places: Int = 1,
    pooling: BinaryWindows? = nil
  ) {
    (self.weights, self.norms, self.windows) = (weights, norms, windows)
    (self.places, self.pooling) = (places, pooling)
    thresholds = norms.map(BinaryThreshold.init)
    edges = windows.map { $0.places.contains(nil) ? $0.edges(weights) : [] } ?? []
  }

  /// How many numbers of an example it sees.
  var inputCount: Int { windows == nil ? weights.columns : weights.block * places }

  /// The signs behind the layer, where it sees the numbers `x` of `examples`.
  func signs(of x: [Float], examples: Int) -> BinarySigns? {
    sums(of: x, examples: examples).map {
      BinarySigns($0, rows: $0.count / max(1, norms.count), norms: norms)
    }
  }

  /// The signs behind the layer, where it sees `signs`.
  func signs(of signs: BinarySigns, examples: Int) -> BinarySigns? {
    sums(of: signs, examples: examples).map {
      BinarySigns($0, rows: $0.count / max(1, norms.count), thresholds: thresholds)
    }
  }

  /// The sums of numbers, after the pooling: an example after the other, in each a place after the
  /// other; `nil` where they don't fit.
  func sums(of x: [Float], examples: Int) -> [Double]? {
    guard let windows else {
      let pixels = BinaryPixels(x, rows: examples, columns: weights.columns)
      return pixels.map { $0.product(weights) } ?? weights.product(real: x, rows: examples)
    }
    let patches = windows.patches(
      of: x, examples: examples, channels: weights.block, inputs: places)
    let sums = weights.product(real: patches, rows: examples * windows.count)
    return sums.flatMap { pooled($0, examples) }
  }

  /// The sums of signs, as those of numbers.
  func sums(of signs: BinarySigns, examples: Int) -> [Int32]? {
    guard let windows else { return signs.flattened(examples).product(weights) }
    let patches = windows.patches(of: signs, examples: examples, inputs: places)
    guard var sums = patches.product(weights) else { return nil }
    if !edges.isEmpty {
      // Rows with zeros among their signs have left out what is beyond the edge already.
      for row in 0..<patches.bits.rows where patches.valid[row] == nil {
        let start = row % windows.count * weights.rows
        for unit in 0..<weights.rows { sums[row * weights.rows + unit] += edges[start + unit] }
      }
    }
    return pooled(sums, examples)
  }

  private func pooled<Sum: Comparable>(_ sums: [Sum], _ examples: Int) -> [Sum]? {
    guard let pooling, let windows else { return sums }
    return pooling.largest(
      sums, examples: examples, units: weights.rows, inputs: windows.count)
  }
}
