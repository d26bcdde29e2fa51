// Activations, layers, losses and linear algebra against literal expectations.

import Testing

@testable import Torch

@Suite struct NeuralTests {
  static let activations: [Case] = [
    Case("relu", [0, 2]) { try vector(-1, 2).relu() },
    Case("relu6", [0, 6]) { try vector(-1, 7).relu6() },
    Case("sigmoid", [0.5, 0.8807970780]) { try vector(0, 2).sigmoid() },
    Case("tanh", [0, 0.7615941560]) { try vector(0, 1).tanh() },
    Case("silu", [0, 1.7615941560]) { try vector(0, 2).silu() },
    Case("mish", [0, 0.8650983883]) { try vector(0, 1).mish() },
    Case("selu", [1.0507009874, -1.1113307378]) { try vector(1, -1).selu() },
    Case("hardswish", [0, 2.0 / 3, 4]) { try vector(-3, 1, 4).hardswish() },
    Case("hardsigmoid", [0, 0.5, 1]) { try vector(-3, 0, 3).hardsigmoid() },
    Case("logSigmoid", [-0.6931471806, -1000]) { try vector(0, -1000).logSigmoid() },
    Case("leakyRelu", [-0.1, 2]) { try vector(-1, 2).leakyRelu(slope: 0.1) },
    Case("prelu", [-0.25, 2]) { try vector(-1, 2).prelu(vector(0.25)) },
    Case("elu", [-0.6321205588, 2]) { try vector(-1, 2).elu() },
    Case("celu", [-0.7869386806, 2]) { try vector(-1, 2).celu(alpha: 2) },
    Case("gelu", [0, 0.8413447461]) { try vector(0, 1).gelu() },
    Case("gelu tanh", [0, 0.8411919906]) { try vector(0, 1).gelu(approximate: true) },
    Case("hardtanh", [-1, 0.5, 1]) { try vector(-3, 0.5, 3).hardtanh() },
    Case("softplus", [0.6931471806, 30]) { try vector(0, 30).softplus() },
    Case("softmax", [0.5, 0.5]) { try vector(1000, 1000).softmax(axis: 0) },
    Case("logSoftmax", [-0.6931471806, -0.6931471806]) { try vector(5, 5).logSoftmax(axis: 0) },
    Case("glu", [1.5]) { try vector(3, 0).glu() },
  ]

  static let linear: [Case] = [
    Case("matmul", [2, 3, 6, 11], shape: [2, 2]) {
      try counting([2, 2]).matmul(counting([2, 2]))
    },
    Case("matmul of vector", [3, 5], shape: [2]) {
      try counting([2, 2]).matmul(vector(-4.5, 3)) + vector(0, 5)
    },
    Case("mm", [2, 3, 6, 11]) { try counting([2, 2]).mm(counting([2, 2])) },
    Case("bmm", [2, 3, 6, 11], shape: [1, 2, 2]) {
      try counting([1, 2, 2]).bmm(counting([1, 2, 2]))
    },
    Case("dot", [11]) { try vector(1, 2).dot(vector(3, 4)) },
    Case("outer", [3, 4, 6, 8], shape: [2, 2]) { try vector(1, 2).outer(vector(3, 4)) },
    Case("addmm", [5, 7, 13, 23]) {
      try Tensor.ones([2, 2], type: .float64)
        .addmm(counting([2, 2]), counting([2, 2]), alpha: 2)
    },
    Case("linear", [1, 3], shape: [1, 2]) {
      try Tensor([0.0, 1], shape: [1, 2]).linear(counting([2, 2]))
    },
    Case("linear with bias", [2, 5]) {
      try Tensor([0.0, 1], shape: [1, 2]).linear(counting([2, 2]), bias: vector(1, 2))
    },
    Case("einsum", [2, 6], shape: [2]) {
      try .einsum("ij,j->i", counting([2, 2]), vector(0, 2))
    },
    Case("attention", [1.5], shape: [1, 1, 1, 1]) {
      try Tensor.zeros([1, 1, 1, 1], type: .float64).scaledDotProductAttention(
        keys: counting([1, 1, 2, 1]), values: counting([1, 1, 2, 1], from: 1))
    },
  ]

  /// A symmetric positive definite matrix with eigenvalues 1 and 3.
  private static func definite() throws -> Tensor { try Tensor([2.0, 1, 1, 2], shape: [2, 2]) }

  static let decompositions: [Case] = [
    Case("solve", [1, 1]) { try definite().solve(vector(3, 3)) },
    Case("leastSquares", [1.5], shape: [1, 1]) {
      try Tensor([1.0, 1], shape: [2, 1]).leastSquares(Tensor([1.0, 2], shape: [2, 1]))
    },
    Case("inverse", [2.0 / 3, -1.0 / 3, -1.0 / 3, 2.0 / 3]) { try definite().inverse() },
    Case("pseudoInverse", [0.5, 0.5], shape: [1, 2]) {
      try Tensor([1.0, 1], shape: [2, 1]).pseudoInverse()
    },
    Case("determinant", [3]) { try definite().determinant() },
    Case("svd", [3, 1]) { try definite().svd().s },
    Case("svd again", [2, 1, 1, 2]) {
      let (u, s, vh) = try definite().svd()
      return try u.multiply(s).matmul(vh)
    },
    Case("singularValues", [3, 1]) { try definite().singularValues() },
    Case("qr again", [2, 1, 1, 2]) {
      let (q, r) = try definite().qr()
      return try q.matmul(r)
    },
    Case("symmetricEigen", [1, 3]) { try definite().symmetricEigen().values },
    Case("cholesky again", [2, 1, 1, 2]) {
      let triangle = try definite().cholesky()
      return try triangle.matmul(triangle.transpose())
    },
    Case("choleskyInverse", [2.0 / 3, -1.0 / 3, -1.0 / 3, 2.0 / 3]) {
      try definite().cholesky().choleskyInverse()
    },
    Case("choleskySolve", [1, 1]) {
      try definite().cholesky().choleskySolve(Tensor([3.0, 3], shape: [2, 1]))
    },
  ]

  static let layers: [Case] = [
    Case("convolution", [10, 14], shape: [1, 1, 1, 2]) {
      try counting([1, 1, 2, 3]).convolution(
        .ones([1, 1, 2, 2], type: .float64), bias: vector(2))
    },
    Case("convolution of stride and padding", [0, 2, 3, 9], shape: [1, 1, 2, 2]) {
      try counting([1, 1, 2, 3]).convolution(
        .ones([1, 1, 2, 2], type: .float64), stride: [2], padding: [1]
      )
      .add(Tensor([0.0, -1, 0, 0], shape: [1, 1, 2, 2])).add(
        Tensor([0.0, 0, 0, 0], shape: [1, 1, 2, 2]))
    },
    Case("depthwise convolution", [0, 2, 6, 9], shape: [1, 2, 2]) {
      try Tensor([0.0, 1, 2, 3], shape: [1, 2, 2]).convolution(
        Tensor([2.0, 3], shape: [2, 1, 1]), groups: 2)
    },
    Case("dilated convolution", [2, 4], shape: [1, 1, 2]) {
      try Tensor([0.0, 1, 2, 3], shape: [1, 1, 4]).convolution(
        .ones([1, 1, 2], type: .float64), dilation: [2])
    },
    Case("transposed convolution", [1, 1, 2, 2], shape: [1, 1, 4]) {
      try Tensor([1.0, 2], shape: [1, 1, 2]).convolution(
        .ones([1, 1, 2], type: .float64), stride: [2], transposed: true)
    },
    Case("batchNorm of running statistics", [1, 3], shape: [2, 1]) {
      try Tensor([2.0, 4], shape: [2, 1]).batchNorm(
        weight: vector(2), bias: vector(1), runningMean: vector(2), runningVariance: vector(4),
        training: false, epsilon: 0)
    },
    Case("layerNorm", [-1, 1], shape: [1, 2]) {
      try Tensor([1.0, 3], shape: [1, 2]).layerNorm([2], epsilon: 0)
    },
    Case("groupNorm", [-1, 1, -1, 1]) {
      try Tensor([1.0, 3, 10, 30], shape: [1, 4]).groupNorm(groups: 2, epsilon: 0)
    },
    Case("instanceNorm", [-1, 1, -1, 1], shape: [1, 2, 2]) {
      try Tensor([1.0, 3, 10, 30], shape: [1, 2, 2]).instanceNorm(epsilon: 0)
    },
    Case("maxPool 1d", [1, 3], shape: [1, 1, 2]) { try counting([1, 1, 4]).maxPool([2]) },
    Case("maxPool 2d", [4, 5], shape: [1, 1, 1, 2]) {
      try counting([1, 1, 2, 3]).maxPool([2, 2], stride: [1, 1])
    },
    Case("maxPool of ceil", [4, 5], shape: [1, 1, 1, 2]) {
      try counting([1, 1, 2, 3]).maxPool([2, 2], ceil: true)
    },
    Case("maxPool 3d", [7], shape: [1, 1, 1, 1, 1]) {
      try counting([1, 1, 2, 2, 2]).maxPool([2, 2, 2])
    },
    Case("maxPoolWithIndices", [3], shape: [1, 1, 1, 1]) {
      try counting([1, 1, 2, 2], from: 5).maxPoolWithIndices([2, 2]).indices
    },
    Case("maxPoolWithIndices 1d", [1, 3]) {
      try counting([1, 1, 4]).maxPoolWithIndices([2]).indices
    },
    Case("averagePool", [1.5], shape: [1, 1, 1, 1]) {
      try counting([1, 1, 2, 2]).averagePool([2, 2])
    },
    Case("averagePool without padding", [0, 1.5, 3], shape: [1, 1, 3]) {
      try counting([1, 1, 4]).averagePool([2], padding: [1], countPadding: false)
    },
    Case("adaptiveAveragePool", [2.5], shape: [1, 1, 1, 1]) {
      try counting([1, 1, 2, 3]).adaptiveAveragePool([1, 1])
    },
    Case("adaptiveMaxPool", [5]) { try counting([1, 1, 2, 3]).adaptiveMaxPool([1, 1]).values },
    Case("interpolate nearest", [0, 0, 1, 1], shape: [1, 1, 4]) {
      try counting([1, 1, 2]).interpolate(to: [4])
    },
    Case("interpolate linear", [0, 0.5, 1], shape: [1, 1, 3]) {
      try counting([1, 1, 2]).interpolate(to: [3], .linear(alignCorners: true))
    },
    Case("interpolate bilinear", [1.5], shape: [1, 1, 1, 1]) {
      try counting([1, 1, 2, 2]).interpolate(to: [1, 1], .linear(alignCorners: false))
    },
  ]

  static let losses: [Case] = [
    Case("crossEntropy", [0.6931471806]) {
      try Tensor.zeros([1, 2]).crossEntropy(Tensor([1]))
    },
    Case("crossEntropy smoothed", [0.1 * 5 + 1e-9]) {
      // Logits 10 and 0: the loss of the target is 0 and of the other class 10, each up to 5e-5.
      try Tensor([10.0, 0], shape: [1, 2]).crossEntropy(Tensor([0]), labelSmoothing: 0.1)
        - Tensor([10.0, 0], shape: [1, 2]).crossEntropy(Tensor([0]))
    },
    Case("crossEntropy of each", [0.6931471806, 0.6931471806], shape: [2]) {
      try Tensor.zeros([2, 2]).crossEntropy(Tensor([1, 0]), reduction: .none)
    },
    Case("crossEntropy ignoring", [0.6931471806]) {
      try Tensor([0.0, 0, 9, 1], shape: [2, 2]).crossEntropy(Tensor([1, -1]), ignoring: -1)
    },
    Case("negativeLogLikelihood", [3]) {
      try Tensor([-3.0, -1], shape: [1, 2]).negativeLogLikelihood(Tensor([0]))
    },
    Case("meanSquaredError", [2.5]) { try vector(1, 2).meanSquaredError(vector(2, 4)) },
    Case("squared error summed", [5]) {
      try vector(1, 2).meanSquaredError(vector(2, 4), reduction: .sum)
    },
    Case("absoluteError", [1.5]) { try vector(1, 2).absoluteError(vector(2, 4)) },
    Case("klDivergence", [0.6931471806]) {
      try vector(0.5, 0.5).log().klDivergence(vector(1, 0), reduction: .sum)
    },
    Case("binaryCrossEntropyWithLogits", [0.6931471806]) {
      try vector(0, 0).binaryCrossEntropyWithLogits(vector(1, 0))
    },
  ]

  @Test(arguments: activations) func activates(_ example: Case) throws { try example.check() }
  @Test(arguments: linear) func multiplies(_ example: Case) throws { try example.check() }
  @Test(arguments: decompositions) func decomposes(_ example: Case) throws { try example.check() }
  @Test(arguments: layers) func applies(_ example: Case) throws { try example.check() }
  @Test(arguments: losses) func measures(_ example: Case) throws { try example.check() }

  @Test func batchNormTrains() throws {
    let mean = try vector(0)
    let variance = try vector(1)
    let x = try Tensor([1.0, 3], shape: [2, 1])
    let y = try x.batchNorm(
      runningMean: mean, runningVariance: variance, training: true, epsilon: 0)
    #expect(try y.values(as: Double.self) == [-1, 1])
    // Batch mean 2 and corrected variance 2, taken over by a tenth.
    #expect(try mean.isClose(to: vector(0.2)))
    #expect(try variance.isClose(to: vector(0.9 + 0.2)))
  }

  @Test func lstmFollowsItsEquations() throws {
    let generator = try Generator(seed: 5)
    let (inputs, width) = (3, 2)
    let weights = try [[4 * width, inputs], [4 * width, width], [4 * width], [4 * width]].map {
      try Tensor.randn($0, generator, type: .float64)
    }
    let x = try Tensor.randn([4, 1, inputs], generator, type: .float64)
    let start = try Tensor.zeros([1, 1, width], type: .float64)
    let result = try x.lstm(hidden: start, cell: start, parameters: weights)
    var hidden = try Tensor.zeros([1, width], type: .float64)
    var cell = hidden
    for step in 0..<4 {
      let gates = try x.select(axis: 0, step).linear(weights[0], bias: weights[2])
        .add(hidden.linear(weights[1], bias: weights[3])).chunk(4, axis: 1)
      let kept = try gates[1].sigmoid() * cell
      cell = try kept + gates[0].sigmoid() * gates[2].tanh()
      hidden = try gates[3].sigmoid() * cell.tanh()
      #expect(try result.output.select(axis: 0, step).isClose(to: hidden))
    }
    #expect(try result.hidden.select(axis: 0, 0).isClose(to: hidden))
    #expect(try result.cell.select(axis: 0, 0).isClose(to: cell))
  }

  @Test func gruKeepsItsStateWithClosedGates() throws {
    // Update gates forced open by their bias: the state never changes.
    let biases = try Tensor([0.0, 50, 0])
    let weights = try [[3, 1], [3, 1]].map { try Tensor.zeros($0, type: .float64) }
    let start = try Tensor([0.7], shape: [1, 1, 1])
    let x = try counting([3, 1, 1])
    let result = try x.gru(
      hidden: start, parameters: weights + [biases, biases.zerosLike()])
    #expect(try result.output.isClose(to: start.expand([3, 1, 1])))
    #expect(try result.hidden.isClose(to: start))
  }
}
