// Criteria that look at data, against finite differences and sums written out by hand.

import Data
import Execution
import Network
import Testing
import Torch

@testable import Pruning

@Suite struct DataCriteriaTests {
  private func scores(
    _ criterion: any Criterion, _ network: Network, _ calibration: Calibration
  ) throws -> [String: [Double]] {
    let groups = try network.coupling().groups
    let subject = try Subject(network, groups: groups, for: criterion, on: calibration)
    return try Dictionary(
      uniqueKeysWithValues: groups.map {
        ($0.name, try criterion.unitScores(of: $0, in: subject))
      })
  }

  /// The squared error of one example, averaged over its outputs.
  private func loss(_ network: Network, _ dataset: ArrayDataset, _ index: Int) throws -> Double {
    let batch = try dataset.batch([index])
    guard case .values(let x, let shape) = batch.inputs, case .values(let y, _) = batch.targets
    else { throw DataError.empty(path: "") }
    let input = try Tensor(x, shape: shape).to(type: .float64)
    let output = try withoutGradients { try Model(network)(input) }
    let found = try output.values(as: Double.self)
    return zip(found, y).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
      / Double(found.count)
  }

  /// The sheet's property: the score is the size of the derivative of each example's loss by a gate,
  /// over the positions. A gate where a unit is read is a factor on the weights that read it.
  @Test(arguments: [Extent.symbol("batch"), .unknown])
  func taylorIsTheDerivativeByAGate(batch: Extent) throws {
    var network = try Examples.precise(Graphs.residual())
    // Without a named batch examples go through one at a time.
    network.inputs[0].shape?[0] = batch
    let dataset = try Examples.make(4, [3, 5, 5], targets: [2, 5, 5])
    let found = try scores(Taylor(), network, Calibration(dataset, batchSize: 2))
    let step = 1e-5
    for (group, readers, positions) in [
      ("a", ["b.weight", "d.weight"], 50), ("b", ["c.weight"], 25),
    ] {
      let scores = try #require(found[group])
      for unit in scores.indices {
        var mean = 0.0
        for example in 0..<dataset.count {
          let changed = try [1 + step, 1 - step].map { factor in
            var changed = network
            for reader in readers {
              changed = try Examples.changing(changed, reader) { elements, shape in
                for row in 0..<shape[0] { elements[row * shape[1] + unit] *= factor }
              }
            }
            return try loss(changed, dataset, example)
          }
          mean += abs(changed[0] - changed[1]) / (2 * step) / Double(dataset.count * positions)
        }
        #expect(mean > 1e-6 && abs(scores[unit] - mean) < 1e-8, "\(group) \(unit)")
      }
    }
  }

  /// x -> a, two units -> b -> y.
  private func line(_ a: [Float], _ b: [Float]) throws -> Network {
    var network = try Graphs.product(transposed: true)
    network.inputs[0].shape = ["batch", 1]
    for (name, values, shape) in [
      ("a.weight", a, [2, 1]), ("a.bias", [0, 0], [2]), ("b.weight", b, [1, 2]),
    ] {
      network.initializers[name]?.tensor = try TensorData(values, shape: shape)
    }
    return network
  }

  private func arrays(_ x: [Float], _ y: [Float]?) throws -> ArrayDataset {
    try ArrayDataset(
      name: "made up", path: "made up", x: NDArray(x, shape: [x.count, 1]),
      y: y.map { try NDArray($0, shape: [$0.count, 1]) })
  }

  /// Derivatives of +1 and -1 do not cancel.
  @Test func theAbsoluteValueIsTakenForEachExample() throws {
    let network = try line([1, 0], [1, 1])
    let data = Calibration(try arrays([1, 1], [0.5, 1.5]), batchSize: 2)
    let found = try #require(scores(Taylor(), network, data)["a"])
    #expect(abs(found[0] - 1) < 1e-6 && found[1] == 0)
    let ranked = Taylor().comparable([3, 4, 0])
    #expect(ranked == [0.6, 0.8, 0] && Taylor().comparable([0, 0]) == [0, 0])
  }

  /// y = 2 x 3 = 6, target 5: dL/dy = 2; for a = 2: (2 x 3 x 1)(2) = 12, squared.
  @Test func taylorOfWeightsIsTheSquareOfWeightTimesGradient() throws {
    let network = try line([2, 0], [3, 7])
    let data = Calibration(try arrays([1], [5]), batchSize: 1)
    let found = try #require(scores(TaylorWeight(), network, data)["a"])
    #expect(abs(found[0] - 144) < 1e-3 && found[1] == 0)
    let subject = try Subject(network, groups: [], for: TaylorWeight(), on: data)
    #expect(try TaylorWeight().elementScores(of: "b.weight", in: subject) == [144, 0])
    #expect(TaylorWeight().comparable([1, 2]) == [1, 2])
  }

  /// Inputs 1, -3 and 2 through a = (1, -2) and relu: 1, 0, 2 and 0, 6, 0.
  @Test func activationsAreThoseThatTheNextLayerReads() throws {
    let network = try line([1, -2], [1, 1])
    let data = Calibration(try arrays([1, -3, 2], nil), batchSize: 3)
    #expect(try scores(Activation(), network, data)["a"] == [1, 2])
    let live = try #require(scores(APoZ(), network, data)["a"])
    #expect(abs(live[0] - 2.0 / 3) < 1e-12 && abs(live[1] - 1.0 / 3) < 1e-12)
  }

  /// A unit of a picture that is flattened has all its positions.
  @Test func flattenedUnitsKeepTheirPositions() throws {
    let network = try Graphs.named("lenet-5")
    let dataset = try Examples.make(6, [1, 28, 28], targets: nil)
    let found = try scores(Activation(), network, Calibration(dataset, batchSize: 3))
    let model = try Model(network)
    let coupling = try network.coupling()
    let group = try #require(coupling.groups.first { $0.members.contains { $0.width > 1 } })
    let reader = try #require(group.consumers.first { $0.width > 1 })
    let node = try #require(network.nodes.first { $0.inputs.contains(reader.value) })
    guard case .values(let x, let shape) = try dataset.batch(Array(0..<6)).inputs else { return }
    let seen = try model.run(
      [network.inputs[0].name: Tensor(x, shape: shape)], observing: [node.inputs[0]])
    let values = try #require(seen[node.inputs[0]])
    let means = try values.abs().reshape([6, group.size, reader.width]).mean([0, 2])
      .values(as: Float.self)
    let scores = try #require(found[group.name])
    #expect(zip(scores, means).allSatisfy { abs($0 - Double($1)) < 1e-5 })
  }

  /// A duplicated filter goes first, however large it is.
  @Test func duplicatesAreNearestToTheMedian() throws {
    var network = try Graphs.grouped()
    var rows = (0..<8).map { Graphs.numbers(3, seed: UInt64($0) + 50) }
    rows[2] = [3, 3, 3]
    rows[5] = [3, 3, 3]
    rows[7] = [3, 3, 3]
    network.initializers["a.weight"]?.tensor = try TensorData(
      rows.flatMap { $0 }, shape: [8, 3, 1, 1])
    let group = try network.coupling().group(named: "a")
    let found = try GeometricMedian().unitScores(of: group, in: Subject(network))
    for unit in 0..<8 {
      let expected = (0..<8).reduce(0.0) { sum, other in
        let squares = zip(rows[unit], rows[other]).map { Double($0 - $1) * Double($0 - $1) }
        return sum + squares.reduce(0, +).squareRoot() / 7
      }
      #expect(abs(found[unit] - expected) < 1e-6)
    }
    var many = rows
    for unit in [0, 2, 4, 5, 7] { many[unit] = [3, 3, 3] }
    network.initializers["a.weight"]?.tensor = try TensorData(
      many.flatMap { $0 }, shape: [8, 3, 1, 1])
    let again = try GeometricMedian().unitScores(of: group, in: Subject(network))
    let first = try #require(again.indices.min { again[$0] < again[$1] })
    #expect([0, 2, 4, 5, 7].contains(first))
  }

  // MARK: what is missing is said

  @Test func evidenceThatIsMissingIsOneClearError() throws {
    let network = try Graphs.product(transposed: true)
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    for name in ["taylor", "taylor-weight", "activation", "apoz"] {
      let pruner = Pruner(
        criterion: try Criteria.named(name), target: try Target(.macs, .fraction(0.5)))
      #expect(
        message { _ = try pruner.plan(for: network) }.hasPrefix(
          "the criterion \(name) looks at data: give --data"))
    }
    let unlabelled = Calibration(try Examples.make(4, [3], targets: nil))
    let taylor = Pruner(criterion: Taylor(), target: try Target(.macs, .fraction(0.5)))
    #expect(
      message { _ = try taylor.plan(for: network, on: unlabelled) }.contains("has no targets"))
    let elements = Pruner(criterion: Taylor(), target: try Target(.sparsity, .fraction(0.5)))
    let labelled = Calibration(try Examples.make(4, [3], targets: [2]))
    #expect(
      message { _ = try elements.masks(for: network, on: labelled) }.contains("not single weights"))
  }

  @Test func theSameSeedLooksAtTheSameExamples() throws {
    let network = try Graphs.named("lenet-300-100")
    let dataset = try Examples.make(40, [1, 28, 28], targets: [10])
    let pruner = Pruner(criterion: Taylor(), target: try Target(.macs, .fraction(0.5)))
    let plans = try [1, 1, 2].map { seed in
      try pruner.plan(
        for: network, on: Calibration(dataset, batchSize: 4, batches: 3, seed: seed)
      ).kept
    }
    #expect(plans[0] == plans[1] && plans[0] != plans[2])
    #expect(Calibration(dataset, batchSize: 16).count == 32)
    #expect(Calibration(dataset, batchSize: 64).count == 40)
  }

  @Test func taylorTakesTheCostOfAMapAway() throws {
    let network = try Graphs.residual()
    let group = try network.coupling().group(named: "b")
    var taylor = Taylor()
    try taylor.configure(PartSettings(["lambda": .text("10")]))
    let found = try taylor.comparable([3, 4, 0, 0], of: group, in: Subject(network))
    // 2 H W (C_in K^2 + 1) = 2 x 25 x 7.
    #expect(abs(found[0] - (0.6 - 10 * 350e-6)) < 1e-12 && abs(found[3] + 10 * 350e-6) < 1e-12)
    #expect(try Taylor().comparable([3, 4, 0, 0], of: group, in: Subject(network))[0] == 0.6)
  }
}
