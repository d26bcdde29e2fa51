// Gradients of every order, and switching the recording off and on.

import Testing

@testable import Torch

@Suite struct GradientTests {
  /// A smooth function of two parameters with a full Hessian.
  private func loss(_ w: Tensor, _ x: Tensor) throws -> Tensor {
    try w.matmul(x).tanh().matmul(w).square().sum() + w.exp().mean()
  }

  private func parameters() throws -> (w: Tensor, x: Tensor, v: Tensor) {
    let generator = try Generator(seed: 11)
    let w = try Tensor.randn([3, 3], generator, type: .float64)
    let x = try Tensor.randn([3, 3], generator, type: .float64)
    let v = try Tensor.randn([3, 3], generator, type: .float64)
    return (w, x, v)
  }

  private func gradient(_ w: Tensor, _ x: Tensor) throws -> Tensor {
    let leaf = try w.detached().requireGradient()
    return try gradients(of: loss(leaf, x), with: [leaf])[0]
  }

  @Test func gradientOfAPolynomial() throws {
    let x = try vector(1, 2).requireGradient()
    #expect(x.isLeaf && x.requiresGradient)
    let y = try x.pow(3).sum()
    #expect(!y.isLeaf && y.requiresGradient)
    #expect(try gradients(of: y, with: [x])[0].values(as: Double.self) == [3, 12])
  }

  @Test func gradientsMatchFiniteDifferences() throws {
    let (w, x, v) = try parameters()
    let exact = try gradient(w, x).multiply(v).sum().scalar()
    let h = 1e-6
    let slope =
      try
      (loss(w.add(v, alpha: .double(h)), x).scalar()
      - loss(w.add(v, alpha: .double(-h)), x).scalar()) / (2 * h)
    #expect(abs(exact - slope) < 1e-6 * max(1, abs(exact)))
  }

  @Test func hessianVectorProductsMatchFiniteDifferences() throws {
    let (w, x, v) = try parameters()
    let leaf = try w.clone().requireGradient()
    let first = try gradients(of: loss(leaf, x), with: [leaf], createGraph: true)[0]
    #expect(first.requiresGradient)
    let product = try gradients(of: first.multiply(v).sum(), with: [leaf])[0]
    let h = 1e-5
    let ahead = try gradient(w.add(v, alpha: .double(h)), x)
    let behind = try gradient(w.add(v, alpha: .double(-h)), x)
    let difference = try (ahead - behind) / (2 * h)
    #expect(try product.isClose(to: difference, relative: 1e-6, absolute: 1e-6))
    // The Hessian is symmetric: <u, H v> = <v, H u>.
    let u = try Tensor.randn([3, 3], Generator(seed: 3), type: .float64)
    let again = try gradients(of: loss(leaf, x), with: [leaf], createGraph: true)[0]
    let other = try gradients(of: again.multiply(u).sum(), with: [leaf])[0]
    let left = try product.multiply(u).sum().scalar()
    #expect(abs(left - (try other.multiply(v).sum().scalar())) < 1e-9 * max(1, abs(left)))
  }

  @Test func thirdOrder() throws {
    let x = try vector(2).requireGradient()
    var y = try x.pow(4).sum()
    for expected in [32.0, 48, 48, 24] {
      y = try gradients(of: y, with: [x], createGraph: true)[0].sum()
      #expect(try y.scalar() == expected)
    }
  }

  @Test func weightsAndSeveralOutputs() throws {
    let x = try vector(1, 2).requireGradient()
    let outputs = try [x.square(), x * 3]
    let found = try gradients(of: outputs, with: [x], at: [vector(1, 10), vector(1, 1)])
    #expect(try found[0]?.values(as: Double.self) == [5, 43])
    #expect(throws: TorchError.self) { try gradients(of: outputs, with: [x], at: [vector(1, 1)]) }
  }

  @Test func unusedInputs() throws {
    let x = try vector(1).requireGradient()
    let unused = try vector(1).requireGradient()
    let y = try x.square().sum()
    #expect(throws: TorchError.self) {
      try gradients(of: y, with: [x, unused], keepGraph: true)
    }
    let found = try gradients(of: [y], with: [x, unused], keepGraph: true, allowUnused: true)
    #expect(found[0] != nil && found[1] == nil)
  }

  @Test func theGraphIsKeptOnlyOnRequest() throws {
    let x = try vector(3).requireGradient()
    let y = try x.square().sum()
    for _ in 0..<2 {
      #expect(try gradients(of: y, with: [x], keepGraph: true)[0].scalar() == 6)
    }
    _ = try gradients(of: y, with: [x])
    #expect(throws: TorchError.self) { try gradients(of: y, with: [x]) }
  }

  @Test func recordingIsSwitchedAndRestored() throws {
    struct Stop: Error {}
    let x = try vector(1).requireGradient()
    #expect(gradientsEnabled)
    try withoutGradients {
      #expect(!gradientsEnabled)
      #expect(try !x.square().requiresGradient)
      let inside = try withGradients { try x.square() }
      #expect(inside.requiresGradient)
      #expect(!gradientsEnabled)
    }
    #expect(throws: Stop.self) { try withoutGradients { () throws(Stop) in throw Stop() } }
    #expect(gradientsEnabled)
    #expect(try x.square().requiresGradient)
  }

  @Test func onlyFloatsAndLeavesCanChange() throws {
    #expect(throws: TorchError.self) { try Tensor([1, 2]).requireGradient() }
    let x = try vector(1).requireGradient()
    let y = try x.square()
    #expect(throws: TorchError.self) { try y.requireGradient(false) }
    #expect(try !y.detached().requiresGradient)
    #expect(throws: TorchError.self) { try x.addInPlace(1) }
    try withoutGradients { _ = try x.addInPlace(1) }
    #expect(try x.scalar() == 2)
    try x.requireGradient(false)
    #expect(!x.requiresGradient)
  }

  @Test func convolutionAndPoolingHaveGradients() throws {
    let generator = try Generator(seed: 2)
    let image = try Tensor.randn([2, 3, 8, 8], generator, type: .float64)
    let weight = try Tensor.randn([4, 3, 3, 3], generator, type: .float64)
    let direction = try Tensor.randn([4, 3, 3, 3], generator, type: .float64)
    func value(_ weight: Tensor) throws -> Tensor {
      let maps = try image.convolution(weight, padding: [1]).relu().maxPool([2, 2])
      return try maps.batchNorm(runningMean: nil, runningVariance: nil, training: true)
        .square().mean([0, 2]).multiply(counting([4, 4])).sum()
    }
    let leaf = try weight.clone().requireGradient()
    let slope = try gradients(of: value(leaf), with: [leaf])[0].multiply(direction).sum().scalar()
    let h = 1e-6
    let ahead = try value(weight.add(direction, alpha: .double(h))).scalar()
    let behind = try value(weight.add(direction, alpha: .double(-h))).scalar()
    #expect(abs(slope - (ahead - behind) / (2 * h)) < 1e-4 * max(1, abs(slope)))
  }
}
