// Erdős–Rényi densities: the budget, the proportions, the layers that become dense.

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

  @Test(arguments: [0, 0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1])
  func theBudgetIsMetExactly(sparsity: Double) throws {
    for shapes in [Self.lenet300, [[64, 3, 3, 3], [64, 64, 3, 3], [128, 64, 3, 3], [10, 128]]] {
      let candidates = try candidates(shapes)
      let total = candidates.reduce(0) { $0 + $1.scores.count }
      for allocation in [ErdosRenyi(), ErdosRenyiKernel()] as [any Allocation] {
        let counts = allocation.counts(removing: sparsity, from: candidates)
        #expect(counts.reduce(0, +) == Int(((1 - sparsity) * Double(total)).rounded()))
        #expect(zip(counts, candidates).allSatisfy { 0 <= $0 && $0 <= $1.scores.count })
      }
    }
  }
}
