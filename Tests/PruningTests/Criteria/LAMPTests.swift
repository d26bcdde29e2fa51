// LAMP against its definition, and that no layer empties.

import Network
import Testing

@testable import Pruning

@Suite struct LAMPTests {
  @Test func aScoreIsASquareOverThoseThatAreNoSmaller() throws {
    let network = try SmallTraining.network()
    for name in ["conv.weight", "fc1.weight", "fc2.weight"] {
      let weights = try Graphs.elements(network, name).map(Double.init)
      let scores = try LAMP().elementScores(of: name, in: Subject(network))
      for (index, weight) in weights.enumerated() {
        let above = weights.enumerated().filter { other, value in
          abs(value) > abs(weight) || abs(value) == abs(weight) && other >= index
        }
        let expected = weight * weight / above.reduce(0) { $0 + $1.element * $1.element }
        #expect(abs(Double(scores[index]) - expected) < 1e-6 * max(expected, 1e-6))
      }
      #expect(scores.max() == 1)
    }
  }

  /// The largest weight of each layer scores 1, which no other weight does: where three are left of three
  /// layers, each has one. Plain magnitude empties the layer of small weights.
  @Test func everyLayerKeepsItsLargestWeight() throws {
    let network = try SmallTraining.network()
    let count = try Set(network.weightNames).reduce(0) {
      try $0 + Subject(network).weight($1).count
    }
    let target = try Target(.sparsity, .fraction(1 - 3.0 / Double(count)))
    func left(_ criterion: any Criterion) throws -> [Int] {
      let pruner = Pruner(criterion: criterion, allocation: Global(), target: target)
      return try pruner.masks(for: network).kept.values.map { $0.filter { $0 }.count }
    }
    #expect(try left(LAMP()) == [1, 1, 1])
    #expect(try left(L1()).contains(0))
  }
}
