// Effective targets: the fewest weights leave by which so many are on no path.

import Network
import Pruning
import Testing

@testable import Analysis

@Suite struct EffectiveTargetTests {
  /// The part of a perceptron's weights on no path from an input to an output, counted unit by unit.
  private func effective(_ network: Network) throws -> Double {
    let names = ["fc1.weight", "fc2.weight", "fc3.weight"]
    var layers: [[[Bool]]] = []
    for name in names {
      let tensor = try #require(network.initializers[name]).tensor
      let values = try tensor.values(as: Float.self)
      let width = tensor.shape[1]
      layers.append(
        (0..<tensor.shape[0]).map { row in (0..<width).map { values[row * width + $0] != 0 } })
    }
    var reached = [[Bool](repeating: true, count: layers[0][0].count)]
    for layer in layers {
      reached.append(
        layer.map { row in zip(row, reached[reached.count - 1]).contains { $0 && $1 } })
    }
    var wanted = [Bool](repeating: true, count: layers[2].count)
    var count = 0
    for (index, layer) in layers.enumerated().reversed() {
      var below = [Bool](repeating: false, count: layer[0].count)
      for (row, weights) in layer.enumerated() {
        for (column, isThere) in weights.enumerated()
        where isThere && wanted[row] && reached[index][column] {
          count += 1
          below[column] = true
        }
      }
      wanted = below
    }
    let all = layers.reduce(0) { $0 + $1.count * $1[0].count }
    return 1 - Double(count) / Double(all)
  }

  private func pruner(_ target: Target, _ allocation: any Allocation, seed: UInt64) -> Pruner {
    var pruner = Pruner(criterion: Random(), allocation: allocation, target: target, seed: seed)
    pruner.effective = EffectiveSparsity.ofPaths
    return pruner
  }

  /// With one weight fewer the target is missed, and with fewer still: no number below was left out.
  @Test(arguments: [0.8, 0.95])
  func theFewestWeightsLeaveThatReachTheTarget(sparsity: Double) throws {
    for seed in UInt64(1)...2 {
      let network = try Network.perceptron(
        "p", hidden: [5, 4], classes: 3, input: [1, 2, 3], seed: seed)
      let found = try pruner(
        Target(.effectiveSparsity, .fraction(sparsity)), Global(), seed: seed
      ).masks(for: network)
      let masked = try network.masked(by: found)
      #expect(try effective(masked) >= sparsity)
      #expect(try EffectiveSparsity.ofPaths(masked) == effective(masked))
      // What is on no path need not be removed.
      #expect(masked.weightSparsity < sparsity)
      let all = found.kept.values.reduce(0) { $0 + $1.count }
      let removed = Int((found.sparsity * Double(all)).rounded())
      for number in stride(from: removed - 1, through: 0, by: -7) {
        let fewer = try pruner(
          Target(.sparsity, .fraction(Double(number) / Double(all))), Global(), seed: seed
        ).masks(for: network)
        #expect(try effective(network.masked(by: fewer)) < sparsity)
      }
    }
  }

  @Test func somebodyHasToCountAndUnitsHaveNone() throws {
    let network = try Network.perceptron("p", hidden: [4], classes: 3, input: [1, 2, 2])
    let target = try Target(parsing: "effective-sparsity=0.9")
    #expect("\(target)" == "effective-sparsity=0.9")
    let alone = Pruner(target: target)
    let nobody = #expect(throws: PruningError.self) { try alone.masks(for: network) }
    #expect("\(try #require(nobody))".contains("Pruner.effective"))
    let units = #expect(throws: PruningError.self) {
      try pruner(target, Global(), seed: 0).plan(for: network)
    }
    #expect("\(try #require(units))".contains("granularity element"))
  }
}
