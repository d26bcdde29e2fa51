// Densities by the sizes of layers: the budget, the proportions, the layers that become dense.

import Testing

@testable import Pruning

@Suite struct DensityTests {
  private func candidates(_ shapes: [[Int]]) throws -> [Candidate] {
    try shapes.enumerated().map { index, shape in
      try Candidate(
        name: "\(index)", scores: [Float](repeating: 1, count: shape.reduce(1, *)), shape: shape,
        removed: [])
    }
  }

  private static let lenet300 = [[300, 784], [100, 300], [10, 100]]

  @Test func narrowLayersBecomeDenseAndTheOthersShareTheRest() throws {
    // r n: 1084, 400, 110; the last would have a density of 1.84.
    let counts = try ErdosRenyiKernel().counts(
      removing: 0.9, from: candidates(Self.lenet300))
    #expect(counts == [18714, 6906, 1000])
  }

  @Test func kernelsCountInOneFormOnly() throws {
    let shapes = [[16, 8, 3, 3], [32, 16, 1, 1], [64, 32, 5, 5]]
    let (er, erk) = (
      try ErdosRenyi().counts(removing: 0.98, from: candidates(shapes)),
      try ErdosRenyiKernel().counts(removing: 0.98, from: candidates(shapes))
    )
    func ratios(_ counts: [Int], _ weight: ([Int]) -> Double) -> [Double] {
      zip(counts, shapes).map { count, shape in
        Double(count) / Double(shape.reduce(1, *)) / weight(shape)
      }
    }
    // None is dense here: the densities are proportional to r.
    let plain = ratios(er) { Double($0[0] + $0[1]) / Double($0[0] * $0[1]) }
    let kernel = ratios(erk) { Double($0.reduce(0, +)) / Double($0.reduce(1, *)) }
    for list in [plain, kernel] {
      #expect(list.allSatisfy { abs($0 / list[0] - 1) < 0.01 }, "\(list)")
    }
    #expect(er != erk)
  }

  /// One force presses all layers: (1 / d - 1) / n is the same for each, whatever its size.
  @Test(arguments: [0.3, 0.8, 0.98])
  func gasUnderOneForceKeepsItsQuotas(sparsity: Double) throws {
    let shapes = [[300, 784], [100, 300], [10, 100], [64, 32, 5, 5]]
    let counts = try IdealGas().counts(removing: sparsity, from: candidates(shapes))
    let sizes = shapes.map { Double($0.reduce(1, *)) }
    let densities = zip(counts, sizes).map { Double($0) / $1 }
    // The force from the largest layer, where rounding matters least.
    let force = (1 / densities[0] - 1) / sizes[0]
    for (density, size) in zip(densities, sizes) {
      let exact = 1 / (force * size + 1)
      #expect(abs(density - exact) * size < 1.01, "\(density) \(exact)")
    }
    // The larger, the sparser; none is empty or whole.
    let bySize = zip(sizes, densities).sorted { $0.0 < $1.0 }.map(\.1)
    #expect(zip(bySize, bySize.dropFirst()).allSatisfy { $0 > $1 })
    #expect(zip(counts, sizes).allSatisfy { 0 < $0 && Double($0) < $1 })
  }

  @Test(arguments: [0, 0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1])
  func theBudgetIsMetExactly(sparsity: Double) throws {
    for shapes in [Self.lenet300, [[64, 3, 3, 3], [64, 64, 3, 3], [128, 64, 3, 3], [10, 128]]] {
      let candidates = try candidates(shapes)
      let total = candidates.reduce(0) { $0 + $1.scores.count }
      for allocation in [ErdosRenyi(), ErdosRenyiKernel(), IdealGas()] as [any Allocation] {
        let counts = allocation.counts(removing: sparsity, from: candidates)
        #expect(counts.reduce(0, +) == Int(((1 - sparsity) * Double(total)).rounded()))
        #expect(zip(counts, candidates).allSatisfy { 0 <= $0 && $0 <= $1.scores.count })
      }
    }
  }
}
