// First and second derivatives of every differentiable function against central differences.

import Testing

@testable import Torch

/// A function of one tensor and a place where it is smooth.
struct Differentiable: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let shape: Shape
  let low: Double
  let high: Double
  let function: @Sendable (Tensor) throws -> Tensor

  init(
    _ name: String, shape: Shape = [6], from low: Double = 0.2, to high: Double = 0.9,
    _ function: @escaping @Sendable (Tensor) throws -> Tensor
  ) {
    testDescription = name
    self.shape = shape
    self.low = low
    self.high = high
    self.function = function
  }

  /// The function folded to one number with weights that differ for every element.
  private func folded(_ x: Tensor) throws -> Tensor {
    let y = try function(x).flatten()
    let weights = try Tensor.linspace(from: 0.5, to: 1.5, count: y.count, type: .float64)
    return try y.multiply(weights).sum()
  }

  private func gradient(_ x: Tensor) throws -> Tensor {
    let leaf = try x.detached().requireGradient()
    return try gradients(of: folded(leaf), with: [leaf])[0]
  }

  func check() throws {
    let generator = try Generator(seed: 17)
    let x = try Tensor.empty(shape, type: .float64)
      .uniformInPlace(from: low, to: high, generator)
    let v = try Tensor.randn(shape, generator, type: .float64)
    let h = 1e-5
    let (ahead, behind) = try (x.add(v, alpha: .double(h)), x.add(v, alpha: .double(-h)))

    let slope = try (folded(ahead).scalar() - folded(behind).scalar()) / (2 * h)
    let first = try gradient(x).multiply(v).sum().scalar()
    #expect(abs(first - slope) < 1e-6 * max(1, abs(slope)), "\(testDescription)")

    let leaf = try x.detached().requireGradient()
    let recorded = try gradients(of: folded(leaf), with: [leaf], createGraph: true)[0]
    guard recorded.requiresGradient else {
      // Piecewise linear: the gradient depends on nothing.
      #expect(try gradient(ahead).isClose(to: gradient(behind)), "\(testDescription)")
      return
    }
    let found = try gradients(
      of: [recorded.multiply(v).sum()], with: [leaf], allowUnused: true)[0]
    let product = try found ?? x.zerosLike()
    let difference = try (gradient(ahead) - gradient(behind)) / (2 * h)
    #expect(
      try product.isClose(to: difference, relative: 1e-5, absolute: 1e-5), "\(testDescription)")
  }
}

@Suite struct DifferentiationTests {
  static let pointwise: [Differentiable] = [
    Differentiable("exp") { try $0.exp() }, Differentiable("exp2") { try $0.exp2() },
    Differentiable("expm1") { try $0.expm1() }, Differentiable("log") { try $0.log() },
    Differentiable("log2") { try $0.log2() }, Differentiable("log10") { try $0.log10() },
    Differentiable("log1p") { try $0.log1p() }, Differentiable("sqrt") { try $0.sqrt() },
    Differentiable("rsqrt") { try $0.rsqrt() }, Differentiable("square") { try $0.square() },
    Differentiable("reciprocal") { try $0.reciprocal() }, Differentiable("abs") { try $0.abs() },
    Differentiable("sin") { try $0.sin() }, Differentiable("cos") { try $0.cos() },
    Differentiable("tan") { try $0.tan() }, Differentiable("asin") { try $0.asin() },
    Differentiable("acos") { try $0.acos() }, Differentiable("atan") { try $0.atan() },
    Differentiable("sinh") { try $0.sinh() }, Differentiable("cosh") { try $0.cosh() },
    Differentiable("erf") { try $0.erf() }, Differentiable("lgamma") { try $0.lgamma() },
    Differentiable("pow") { try $0.pow(2.5) }, Differentiable("power") { try $0.pow($0) },
    Differentiable("exponentiate") { try $0.exponentiate(base: 3) },
    Differentiable("quotient") { try 2 / $0 }, Differentiable("negative") { try -$0 },
    Differentiable("lerp") { try $0.lerp($0.square(), weight: 0.3) },
    Differentiable("addcmul") { try $0.addcmul($0, $0, value: 3) },
    Differentiable("addcdiv") { try $0.addcdiv($0, $0.exp(), value: 3) },
    Differentiable("clamp") { try $0.clamp(min: 0, max: 1).square() },
  ]

  static let activations: [Differentiable] = [false, true].flatMap { negative in
    let (low, high) = negative ? (-0.9, -0.2) : (0.2, 0.9)
    let sign = negative ? "below zero" : "above zero"
    func at(
      _ name: String, _ function: @escaping @Sendable (Tensor) throws -> Tensor
    ) -> Differentiable {
      Differentiable("\(name) \(sign)", from: low, to: high, function)
    }
    return [
      at("relu") { try $0.relu() }, at("relu6") { try $0.relu6() },
      at("sigmoid") { try $0.sigmoid() }, at("tanh") { try $0.tanh() },
      at("silu") { try $0.silu() }, at("mish") { try $0.mish() }, at("selu") { try $0.selu() },
      at("hardswish") { try $0.hardswish() }, at("hardsigmoid") { try $0.hardsigmoid() },
      at("logSigmoid") { try $0.logSigmoid() }, at("leakyRelu") { try $0.leakyRelu() },
      at("elu") { try $0.elu() }, at("celu") { try $0.celu(alpha: 2) },
      at("gelu") { try $0.gelu() }, at("gelu tanh") { try $0.gelu(approximate: true) },
      at("hardtanh") { try $0.hardtanh() }, at("softplus") { try $0.softplus() },
      at("softmax") { try $0.softmax(axis: 0) }, at("logSoftmax") { try $0.logSoftmax(axis: 0) },
      at("prelu") { try $0.prelu(vector(0.3)) }, at("glu") { try $0.glu() },
    ]
  }

  static let structural: [Differentiable] = [
    Differentiable("mean", shape: [2, 3]) { try $0.square().mean([1]) },
    Differentiable("variance", shape: [2, 3]) { try $0.variance([1]) },
    Differentiable("standardDeviation") { try $0.standardDeviation() },
    Differentiable("norm") { try $0.norm() },
    Differentiable("logSumExp", shape: [2, 3]) { try $0.logSumExp([1]) },
    Differentiable("product") { try $0.product() },
    Differentiable("cumulativeSum") { try $0.square().cumulativeSum(axis: 0) },
    Differentiable("matmul", shape: [3, 3]) { try $0.matmul($0.transpose()) },
    Differentiable("einsum", shape: [3, 3]) { try .einsum("ij,jk->ik", $0, $0) },
    Differentiable("outer") { try $0.outer($0) },
    Differentiable("inverse", shape: [2, 2]) { try ($0 + Tensor.eye(2, type: .float64)).inverse() },
    Differentiable("layerNorm", shape: [2, 4]) { try $0.layerNorm([4]) },
    Differentiable("groupNorm", shape: [2, 4, 2]) { try $0.groupNorm(groups: 2) },
    Differentiable("batchNorm", shape: [4, 2]) {
      try $0.batchNorm(runningMean: nil, runningVariance: nil, training: true)
    },
    Differentiable("convolution", shape: [1, 2, 4, 4]) {
      try $0.convolution(counting([2, 1, 3, 3]), padding: [1], groups: 2).square()
    },
    Differentiable("averagePool", shape: [1, 1, 4, 4]) { try $0.square().averagePool([2, 2]) },
    Differentiable("maxPool", shape: [1, 1, 4, 4]) { try $0.square().maxPool([2, 2]) },
    Differentiable("interpolate", shape: [1, 1, 2, 2]) {
      try $0.square().interpolate(to: [3, 3], .linear(alignCorners: true))
    },
    Differentiable("gather") { try $0.square().gather(axis: 0, Tensor([5, 5, 0])) },
    Differentiable("cat and slice") { try Tensor.cat([$0, $0.square()]).slice(axis: 0, step: 2) },
    Differentiable("crossEntropy", shape: [2, 3]) {
      try $0.crossEntropy(Tensor([0, 2]), labelSmoothing: 0.1)
    },
    Differentiable("meanSquaredError") { try $0.meanSquaredError($0.square()) },
    Differentiable("binaryCrossEntropyWithLogits") {
      try $0.binaryCrossEntropyWithLogits($0.zerosLike() + 0.3)
    },
  ]

  @Test(arguments: pointwise) func ofPoints(_ function: Differentiable) throws {
    try function.check()
  }
  @Test(arguments: activations) func ofActivations(_ function: Differentiable) throws {
    try function.check()
  }
  @Test(arguments: structural) func ofStructures(_ function: Differentiable) throws {
    try function.check()
  }
}
