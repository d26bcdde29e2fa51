// Binary networks on packed bits: their outputs are those of the formulas, computed in double precision.

import Network
import Testing

@testable import Compression

@Suite struct BinaryNetworkTests {
  /// A layer as numbers.
  struct Plain {
    var weights: [[Double]]
    var bias: [Double]
    var gamma, beta, mean, variance: [Double]

    /// The oracle: sums, normalisation, and ONNX's sign, all as the graph says.
    func callAsFunction(_ x: [Double], signs: Bool) -> [Double] {
      weights.indices.map { unit in
        var sum = bias[unit]
        for (a, b) in zip(weights[unit], x) { sum += a * b }
        let y =
          (sum - mean[unit]) / (variance[unit] + 1e-5).squareRoot() * gamma[unit] + beta[unit]
        return signs ? (y > 0 ? 1 : y < 0 ? -1 : 0) : y
      }
    }
  }

  /// A random binary perceptron; `zeros` puts means on whole numbers and takes shifts away, so that
  /// many normalised sums are exactly zero.
  static func network(
    _ widths: [Int], seed: UInt64, zeros: Bool = false, bias: Bool = false, matmul: Bool = false
  ) throws -> (network: Network, layers: [Plain]) {
    var random = SeededGenerator(seed: seed)
    func uniform(_ range: ClosedRange<Double>) -> Double {
      // Values that single precision holds exactly.
      (Double.random(in: range, using: &random) * 4096).rounded() / 4096
    }
    var network = Network(
      name: "binary", inputs: [ValueInfo("x", .float32, ["n", 1, .fixed(widths[0])])])
    network.nodes = [
      Node("Flatten", name: "flat", inputs: ["x"], outputs: ["h0"], attributes: ["axis": .int(1)])
    ]
    var layers: [Plain] = []
    for index in 1..<widths.count {
      let (inputs, outputs) = (widths[index - 1], widths[index])
      let layer = Plain(
        weights: (0..<outputs).map { _ in
          (0..<inputs).map { _ in Bool.random(using: &random) ? 1 : -1 }
        },
        bias: (0..<outputs).map { _ in bias ? uniform(-3...3) : 0 },
        gamma: (0..<outputs).map { unit in unit % 11 == 5 ? 0 : uniform(-2...2) },
        beta: (0..<outputs).map { _ in zeros ? 0 : uniform(-1...1) },
        mean: (0..<outputs).map { _ in
          zeros ? Double(Int.random(in: -2...2, using: &random)) : uniform(-4...4)
        },
        variance: (0..<outputs).map { _ in uniform(0.1...20) })
      layers.append(layer)
      func keep(_ name: String, _ values: [Double], _ shape: [Int]) throws -> String {
        network.initializers["\(name)\(index)"] = Initializer(
          try TensorData(values.map(Float.init), shape: shape), role: .parameter)
        return "\(name)\(index)"
      }
      let flat =
        matmul
        ? (0..<inputs).flatMap { i in layer.weights.map { $0[i] } } : layer.weights.flatMap(\.self)
      var operands = [
        "h\(index - 1)", try keep("w", flat, matmul ? [inputs, outputs] : [outputs, inputs]),
      ]
      if bias, !matmul { operands.append(try keep("b", layer.bias, [outputs])) }
      network.nodes.append(
        Node(
          matmul ? "MatMul" : "Gemm", name: "fc\(index)", inputs: operands, outputs: ["s\(index)"],
          attributes: matmul ? [:] : ["transB": .int(1)]))
      let isLast = index == widths.count - 1
      network.nodes.append(
        Node(
          "BatchNormalization", name: "bn\(index)",
          inputs: [
            "s\(index)", try keep("gamma", layer.gamma, [outputs]),
            try keep("beta", layer.beta, [outputs]), try keep("mean", layer.mean, [outputs]),
            try keep("variance", layer.variance, [outputs]),
          ], outputs: [isLast ? "y" : "n\(index)"]))
      if !isLast {
        network.nodes.append(
          Node("Sign", name: "sign\(index)", inputs: ["n\(index)"], outputs: ["h\(index)"]))
      }
    }
    network.outputs = [ValueInfo("y", .float32, ["n", .fixed(widths[widths.count - 1])])]
    return (network, layers)
  }

  static func expected(_ x: [Float], _ layers: [Plain]) -> [Double] {
    let count = layers[0].weights[0].count
    return stride(from: 0, to: x.count, by: count).flatMap { start in
      var values = x[start..<start + count].map(Double.init)
      for (index, layer) in layers.enumerated() {
        values = layer(values, signs: index < layers.count - 1)
      }
      return values
    }
  }

  static func agree(_ found: [Float]?, _ expected: [Double]) throws {
    let found = try #require(found)
    #expect(found.count == expected.count)
    // The last normalisation is a few roundings; one sign that differed would change it by far more.
    #expect(zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 * (1 + abs($1)) })
  }

  /// Pixels of 8 bits, over 255 and standardised as data sets are, real numbers, and integers.
  @Test(arguments: [[100, 70, 65, 10], [64, 128, 3], [37, 20]], ["bytes", "pixels", "real"])
  func outputsAreThoseOfTheFormulas(widths: [Int], kind: String) throws {
    let (network, layers) = try Self.network(widths, seed: UInt64(widths[0]), bias: true)
    var random = SeededGenerator(seed: 5)
    let rows = 13
    let x: [Float] = (0..<rows * widths[0]).map { _ in
      switch kind {
      case "bytes": Float(UInt8.random(in: 0...255, using: &random))
      case "pixels":
        (Float(UInt8.random(in: 0...255, using: &random)) / 255 - 0.1307) / 0.3081
      default: Float.random(in: -2...2, using: &random)
      }
    }
    #expect((BinaryPixels(x, rows: rows, columns: widths[0]) != nil) == (kind != "real"))
    let binary = try BinaryNetwork(network)
    #expect((binary.inputCount, binary.outputCount) == (widths[0], widths[widths.count - 1]))
    try Self.agree(binary.outputs(of: x, count: rows), Self.expected(x, layers))
  }

  /// Where sums lie exactly on their thresholds the sign is zero, and zeros count for nothing.
  @Test(arguments: [7, 64, 90])
  func zerosAreZeros(width: Int) throws {
    let (network, layers) = try Self.network([30, width, width, 5], seed: 9, zeros: true)
    var random = SeededGenerator(seed: 6)
    let x = (0..<20 * 30).map { _ in Bool.random(using: &random) ? 1 : -1 as Float }
    let first = layers[0]
    let zeros = stride(from: 0, to: x.count, by: 30).flatMap { start in
      first(x[start..<start + 30].map(Double.init), signs: true)
    }
    #expect(zeros.contains(0))
    try Self.agree(BinaryNetwork(network).outputs(of: x, count: 20), Self.expected(x, layers))
  }

  @Test func matrixProductsAreLinearLayersToo() throws {
    let (network, layers) = try Self.network([40, 30, 4], seed: 3, matmul: true)
    let x = (0..<40).map { Float($0) / 40 }
    try Self.agree(BinaryNetwork(network).outputs(of: x, count: 1), Self.expected(x, layers))
  }

  /// A few levels far apart, one level, and numbers that only look like pixels.
  @Test func pixelsAreFoundOutFromTheNumbers() throws {
    let few = try #require(BinaryPixels([0, 0.25, 1, 0.25], rows: 2, columns: 2))
    #expect(few.first == 0 && few.step == 0.25)
    #expect(try #require(BinaryPixels([3, 3], rows: 1, columns: 2)).first == 3)
    let uneven = try #require(BinaryPixels([0, 0.5, 0.75, 0.76], rows: 2, columns: 2))
    #expect(abs(uneven.step - 0.01) < 1e-7)
    #expect(BinaryPixels([0, 0.5, 0.75, 0.7601], rows: 2, columns: 2) == nil)
    #expect(BinaryPixels([0, 1, 1000], rows: 1, columns: 3) == nil)
    #expect(BinaryPixels([0, .nan], rows: 1, columns: 2) == nil)
    #expect(BinaryPixels([], rows: 0, columns: 4) == nil)
  }

  @Test func whatIsNotBinaryIsNamed() throws {
    func reason(_ change: (inout Network) throws -> Void) throws -> String {
      var network = try Self.network([8, 6, 4], seed: 1).network
      try change(&network)
      do throws(CompressionError) { _ = try BinaryNetwork(network) } catch { return "\(error)" }
      return "none"
    }
    #expect(try reason { _ in } == "none")
    let half = try reason {
      $0.initializers["w2"]?.tensor = try TensorData(
        [Float](repeating: 0.5, count: 24), shape: [4, 6])
    }
    #expect(half.contains("fc2 (Gemm)") && half.contains("binary-weights"))
    let relu = try reason { $0.nodes[3].op = "Relu" }
    #expect(relu.contains("sign1 (Relu)") && relu.contains("Sign was expected"))
    #expect(try reason { $0.nodes[0].op = "Conv" }.contains("flat (Conv)"))
    #expect(try reason { $0.nodes.removeLast(2) }.contains("output 'y'"))
    #expect(try reason { $0.initializers["variance1"] = nil }.contains("variance1"))
    #expect(try reason { $0.nodes[4].inputs[0] = "x" }.contains("does not follow"))
    let infinite = try reason {
      $0.initializers["gamma1"]?.tensor = try TensorData(
        [Float](repeating: .infinity, count: 6), shape: [6])
    }
    #expect(infinite.contains("unit 0"))
    #expect(
      try BinaryNetwork(Self.network([8, 6, 4], seed: 1).network).outputs(of: [1], count: 1) == nil)
  }
}
