// Angular dissimilarity: what filters of known directions cost, and where its gradient points.

import Execution
import Testing
import Torch

@testable import Pruning

@Suite struct AngularTests {
  private let name = "conv.weight"

  /// A model whose eight filters of nine weights are `rows`, in double precision.
  private func model(_ rows: [[Double]]) throws -> Model {
    let model = try Model(SmallTraining.network(), type: .float64)
    try withoutGradients {
      let weight = try #require(model.parameters[name])
      _ = try weight.copyInPlace(Tensor(rows.flatMap { $0 }, shape: weight.shape))
    }
    return model
  }

  private func cost(
    _ rows: [[Double]], _ form: AngularDissimilarity.Form
  ) throws -> Double {
    let penalty = AngularDissimilarity(strength: 0.5, form: form, weights: [name])
    return try #require(try penalty.term(of: model(rows), observed: [:])).scalar()
  }

  private func unit(_ place: Int, _ size: Double = 1) -> [Double] {
    (0..<9).map { $0 == place ? size : 0 }
  }

  @Test func orthogonalFiltersCostNothingAndParallelOnesTheStrength() throws {
    let orthogonal: [[Double]] = (0..<8).map { unit($0, Double($0 + 1)) }
    let parallel: [[Double]] = (1...8).map { unit(3, Double($0)) }
    let opposite: [[Double]] = (0..<8).map { (row: Int) -> [Double] in
      unit(row / 2, row % 2 == 0 ? 1 : -2)
    }
    for form in AngularDissimilarity.Form.allCases {
      #expect(try cost(orthogonal, form) == 0)
      let cost = try cost(parallel, form)
      #expect(abs(cost - 0.5) < 1e-12)
    }
    #expect(try cost(opposite, .positive) == 0)
    // Four pairs of 28 are parallel, but for their sign.
    let squared = try cost(opposite, .squared)
    #expect(abs(squared - 2.0 / 28) < 1e-12)
  }

  @Test func itsGradientIsOrthogonalToEachFilterAndThatOfTheDefinition() throws {
    let numbers: [Double] = [-4, 3, 1, -2, 5, 6, -1, 2, -3, 4, 0]
    var rows: [[Double]] = []
    for row in 0..<8 { rows.append((0..<9).map { numbers[(row * 7 + $0 * 5) % 11] }) }
    // One filter is zero.
    rows[5] = unit(0, 0)
    let penalty = AngularDissimilarity(strength: 2, form: .squared, weights: [name])
    let model = try model(rows)
    let term = try #require(try penalty.term(of: model, observed: [:]))
    let weight = try #require(model.parameters[name])
    let gradient = try gradients(of: term, with: [weight])[0].values(as: Double.self)
    func dot(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).map { $0 * $1 }.reduce(0, +)
    }
    func cosine(_ a: [Double], _ b: [Double]) -> Double {
      let sizes = (dot(a, a) * dot(b, b)).squareRoot()
      return sizes == 0 ? 0 : dot(a, b) / sizes
    }
    func value(_ rows: [[Double]]) -> Double {
      var sum = 0.0
      for a in 0..<8 {
        for b in 0..<8 where a != b { sum += cosine(rows[a], rows[b]) * cosine(rows[a], rows[b]) }
      }
      return 2 * sum / 56
    }
    #expect(abs(try term.scalar() - value(rows)) < 1e-12)
    for row in 0..<8 {
      let own = Array(gradient[row * 9..<(row + 1) * 9])
      #expect(own.allSatisfy { $0.isFinite })
      #expect(abs(dot(own, rows[row])) < 1e-12)
      guard row != 5 else { continue }
      for place in 0..<9 {
        var (up, down) = (rows, rows)
        up[row][place] += 1e-6
        down[row][place] -= 1e-6
        let slope = (value(up) - value(down)) / 2e-6
        #expect(abs(gradient[row * 9 + place] - slope) < 1e-7)
      }
    }
  }

  @Test func filtersBecomeDifferentInTraining() throws {
    func cosine(_ penalties: [any Penalty]) throws -> Double {
      let model = try Model(SmallTraining.network())
      try SmallTraining.trainer(model, plugins: [Penalizing(penalties)]).run()
      let measures = try AngularDissimilarity(weights: [name]).measures(of: model)
      return try #require(measures["mean squared cosine"])
    }
    #expect(
      try cosine([AngularDissimilarity(strength: 1, weights: [name])]) < 0.7 * cosine([]))
  }
}
