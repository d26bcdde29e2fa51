// Operations in place, on lists, and the fused optimizer steps against their formulas.

import Testing

@testable import Torch

@Suite struct InPlaceTests {
  static let cases: [Case] = [
    Case("add", [4, 6]) { try vector(1, 2).addInPlace(vector(3, 4)) },
    Case("add alpha", [7, 10]) { try vector(1, 2).addInPlace(vector(3, 4), alpha: 2) },
    Case("add number", [2]) { try vector(1).addInPlace(1) },
    Case("subtract", [-2]) { try vector(1).subtractInPlace(vector(3)) },
    Case("multiply", [3]) { try vector(1).multiplyInPlace(vector(3)) },
    Case("multiply number", [2]) { try vector(1).multiplyInPlace(2) },
    Case("divide", [0.5]) { try vector(1).divideInPlace(vector(2)) },
    Case("addcmul", [13]) { try vector(1).addcmulInPlace(vector(2), vector(3), value: 2) },
    Case("addcdiv", [5]) { try vector(1).addcdivInPlace(vector(6), vector(3), value: 2) },
    Case("lerp", [2.5]) { try vector(1).lerpInPlace(vector(4), weight: 0.5) },
    Case("sqrt", [3]) { try vector(9).sqrtInPlace() },
    Case("clamp", [0, 1]) { try vector(-9, 9).clampInPlace(min: 0, max: 1) },
    Case("copy", [3, 3]) { try vector(1, 2).copyInPlace(Tensor([3] as [Int32])) },
    Case("zero", [0]) { try vector(9).zeroInPlace() },
    Case("fill", [4]) { try vector(9).fillInPlace(4) },
    Case("maskedFill", [4, 8]) { try vector(9, 8).maskedFillInPlace(Tensor([true, false]), 4) },
    Case("indexCopy", [9, 4]) {
      try vector(9, 8).indexCopyInPlace(axis: 0, Tensor([1]), vector(4))
    },
  ]

  @Test(arguments: cases) func changes(_ example: Case) throws { try example.check() }

  @Test func viewsShareTheirElements() throws {
    let x = try counting([2, 2])
    let version = x.version
    try x.select(axis: 0, 1).fillInPlace(7)
    #expect(try x.values(as: Double.self) == [0, 1, 7, 7])
    #expect(x.version > version)
  }

  @Test func listsChangeAtOnce() throws {
    let a = try [vector(1, 2), vector(3)]
    let b = try [vector(10, 20), vector(30)]
    func numbers(_ list: [Tensor]) throws -> [Double] {
      try list.flatMap { try $0.values(as: Double.self) }
    }
    try Foreach.add(a, b, alpha: 0.5)
    #expect(try numbers(a) == [6, 12, 18])
    try Foreach.multiply(a, 2)
    #expect(try numbers(a) == [12, 24, 36])
    try Foreach.multiply(a, [vector(0.5), vector(0.5)])
    #expect(try numbers(a) == [6, 12, 18])
    try Foreach.addcmul(a, b, b, value: 0.1)
    #expect(try numbers(a) == [16, 52, 108])
    try Foreach.addcdiv(a, b, b, value: 2)
    #expect(try numbers(a) == [18, 54, 110])
    try Foreach.lerp(a, b, weight: 1)
    #expect(try numbers(a) == [10, 20, 30])
    #expect(try numbers(Foreach.norm([vector(3, 4), vector(-2)])) == [5, 2])
    #expect(try numbers(Foreach.sqrt([vector(9), vector(16)])) == [3, 4])
    try Foreach.copy(a, [vector(1, 1), vector(2)])
    #expect(try numbers(a) == [1, 1, 2])
    try Foreach.zero(a)
    #expect(try numbers(a) == [0, 0, 0])
  }

  @Test(arguments: [false, true]) func fusedSGDFollowsItsFormula(nesterov: Bool) throws {
    let (rate, momentum, decay) = (0.1, 0.9, 0.01)
    let p = try vector(1, -2)
    let m = try vector(0, 0)
    var expected = [1.0, -2.0]
    var velocity = [0.0, 0.0]
    for step in 0..<5 {
      let g = try vector(0.5, Double(step))
      try Foreach.fusedSGD(
        [p], gradients: [g], momenta: [m], rate: rate, momentum: momentum, weightDecay: decay,
        nesterov: nesterov, isFirstStep: step == 0)
      for (i, gradient) in [0.5, Double(step)].enumerated() {
        let decayed = gradient + decay * expected[i]
        velocity[i] = step == 0 ? decayed : momentum * velocity[i] + decayed
        expected[i] -= rate * (nesterov ? decayed + momentum * velocity[i] : velocity[i])
      }
      #expect(try p.isClose(to: Tensor(expected)))
    }
  }

  @Test func plainSGDNeedsNoMomenta() throws {
    let p = try vector(1)
    try Foreach.fusedSGD([p], gradients: [vector(2)], momenta: [], rate: 0.25)
    #expect(try p.scalar() == 0.5)
  }

  @Test(arguments: [false, true]) func fusedAdamFollowsItsFormula(decoupled: Bool) throws {
    let (rate, beta1, beta2, decay, epsilon) = (0.1, 0.9, 0.99, 0.1, 1e-8)
    let p = try vector(1)
    let (mean, square) = try (vector(0), vector(0))
    let step = try Tensor(Float(0))
    var (expected, m, v) = (1.0, 0.0, 0.0)
    for t in 1...4 {
      let gradient = 1 / Double(t)
      try step.addInPlace(1)
      try Foreach.fusedAdam(
        [p], gradients: [vector(gradient)], means: [mean], squares: [square], steps: [step],
        rate: rate, beta1: beta1, beta2: beta2, weightDecay: decay, epsilon: epsilon,
        decoupled: decoupled)
      if decoupled { expected *= 1 - rate * decay }
      let g = decoupled ? gradient : gradient + decay * expected
      m = beta1 * m + (1 - beta1) * g
      v = beta2 * v + (1 - beta2) * g * g
      var (first, second) = (1.0, 1.0)
      for _ in 0..<t { (first, second) = (first * beta1, second * beta2) }
      expected -= rate * (m / (1 - first)) / ((v / (1 - second)).squareRoot() + epsilon)
      #expect(try abs(p.scalar() - expected) < 1e-6)
    }
  }
}
