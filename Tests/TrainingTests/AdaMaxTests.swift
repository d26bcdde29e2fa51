// AdaMax: its steps by hand, and by shifts only with powers of two.

import Foundation
import OrderedCollections
import Testing
import Torch

@testable import Training

@Suite struct AdaMaxTests {
  static let gradients: [[Double]] = [[0.3, -2, 0.01], [-0.1, 1, 0.2], [0.5, 0.25, -0.4]]

  /// What three steps lead to, in plain arithmetic.
  static func expected(shifts: Bool, rate: Double) -> [Double] {
    var (p, m, v) = ([1.0, -1, 0.5], [0.0, 0, 0], [0.0, 0, 0])
    func ap2(_ x: Double) -> Double { exp2(log2(abs(x)).rounded()) }
    for (index, g) in gradients.enumerated() {
      let corrected = rate / (1 - pow(0.9, Double(index + 1)))
      for i in 0..<3 {
        m[i] = 0.9 * m[i] + 0.1 * g[i]
        v[i] = max(0.999 * v[i], abs(g[i]))
        let inverse = 1 / (v[i] + 1e-8)
        p[i] -= (shifts ? ap2(corrected) * ap2(inverse) : corrected * inverse) * m[i]
      }
    }
    return p
  }

  @Test(arguments: [false, true])
  func stepsAreThoseOfThePaper(shifts: Bool) throws {
    let parameter = try Tensor([1.0, -1, 0.5])
    let optimizer = try AdaMax(shiftBased: shifts)
    for gradient in Self.gradients {
      try optimizer.step(
        ["p": parameter], gradients: ["p": try Tensor(gradient)], rate: 0.01)
    }
    let found = try parameter.values(as: Double.self)
    for (a, b) in zip(found, Self.expected(shifts: shifts, rate: 0.01)) {
      #expect(abs(a - b) < 1e-12)
    }
    #expect(Self.expected(shifts: true, rate: 0.01) != Self.expected(shifts: false, rate: 0.01))
  }

  @Test func wrongOptionsAreErrors() {
    #expect(throws: TrainingError.self) { try AdaMax(betas: (1, 0.9)) }
    #expect(throws: TrainingError.self) { try AdaMax(epsilon: 0) }
  }
}
