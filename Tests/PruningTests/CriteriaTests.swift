// Scores against sums written out by hand.

import Network
import Testing

@testable import Pruning

@Suite struct CriteriaTests {
  private func scores(
    _ criterion: any Criterion, _ network: Network, _ group: String, seed: UInt64 = 0
  ) throws -> [Double] {
    let found = try network.coupling().group(named: group)
    return try criterion.unitScores(of: found, in: Subject(network, seed: seed))
  }

  private func agree(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }
  }

  /// The rows of weights whose first axis is the filter.
  private func rows(_ network: Network, _ name: String, of count: Int) throws -> [[Double]] {
    let elements = try Graphs.elements(network, name).map(Double.init)
    let width = elements.count / count
    return (0..<count).map { Array(elements[$0 * width..<($0 + 1) * width]) }
  }

  private func l1(_ values: [Double]) -> Double { values.reduce(0) { $0 + abs($1) } }
  private func l2(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test func coupledFiltersAreScoredTogether() throws {
    let network = try Graphs.residual()
    let (a, c) = (try rows(network, "a.weight", of: 6), try rows(network, "c.weight", of: 6))
    #expect(agree(try scores(L1(), network, "a"), (0..<6).map { l1(a[$0] + c[$0]) }))
    #expect(agree(try scores(L2(), network, "a"), (0..<6).map { l2(a[$0] + c[$0]) }))
    // Neither the bias nor what uses the units counts.
    let b = try rows(network, "b.weight", of: 4)
    #expect(agree(try scores(L2(), network, "b"), b.map(l2)))
  }

  @Test(arguments: [true, false])
  func matrixProductsAreScoredByOutput(transposed: Bool) throws {
    let network = try Graphs.product(transposed: transposed)
    let elements = try Graphs.elements(network, "a.weight").map(Double.init)
    var units = [[Double]](repeating: [], count: 5)
    for unit in 0..<5 {
      for input in 0..<3 {
        let position = transposed ? unit * 3 + input : input * 5 + unit
        units[unit].append(elements[position])
      }
    }
    #expect(agree(try scores(L1(), network, "a"), units.map(l1)))
    #expect(agree(try scores(L2(), network, "a"), units.map(l2)))
  }

  @Test func depthwiseFiltersBelongToTheirChannels() throws {
    let network = try Graphs.depthwise()
    let group = try network.coupling().group(named: "a")
    let (a, dw) = (try rows(network, "a.weight", of: 6), try rows(network, "dw.weight", of: 6))
    let counted = Set(group.producers.map(\.value))
    #expect(counted.contains("a.weight") && group.members.contains { $0.value == "dw.weight" })
    var units = a
    if counted.contains("dw.weight") { for unit in 0..<6 { units[unit] += dw[unit] } }
    #expect(agree(try scores(L1(), network, "a"), units.map(l1)))
  }

  /// Each block of a grouped convolution loses equally many, whichever they are.
  @Test func groupedConvolutionsAreScoredFilterByFilter() throws {
    let network = try Graphs.grouped()
    let coupling = try network.coupling()
    #expect(coupling.groups.map(\.name) == ["a", "g"])
    #expect(coupling.groups.map(\.size) == [8, 4] && coupling.groups.map(\.blocks) == [2, 2])
    for (name, count) in [("a", 8), ("g", 4)] {
      let rows = try rows(network, "\(name).weight", of: count)
      #expect(agree(try scores(L1(), network, name), rows.map(l1)))
    }
    let plan = try Pruner(criterion: L1(), target: Target(parsing: "params=0.5")).plan(for: network)
    for kept in plan.kept {
      let half = kept.group.size / 2
      #expect(kept.units.count { $0 < half } == kept.units.count { $0 >= half })
    }
  }

  /// Each element of each parameter that makes a unit, found by asking every element where it lies:
  /// for each unit the sum of the absolute values and that of the squares.
  private static func bruteForce(
    _ group: Group, in network: Network
  ) throws -> (ones: [Double], squares: [Double]) {
    var ones = [Double](repeating: 0, count: group.size)
    var squares = ones
    for member in group.producers where member.role == .parameter {
      let tensor = try #require(network.initializers[member.value]).tensor
      var owner = [Int?](repeating: nil, count: tensor.shape[member.axis])
      #expect(member.block == nil)
      for unit in member.units {
        for index in member.indices(of: unit) { owner[index] = unit }
      }
      let inner = tensor.shape[(member.axis + 1)...].reduce(1, *)
      for (flat, element) in try tensor.values(as: Float.self).enumerated() {
        guard let unit = owner[flat / inner % owner.count] else { continue }
        ones[unit] += Double(abs(element))
        squares[unit] += Double(element) * Double(element)
      }
    }
    return (ones, squares)
  }

  /// Shortcuts of option A tie every filter to one at another place, or to none.
  @Test(arguments: ["resnet-20", "resnet-20-b", "se-resnet-20", "dense"])
  func wholeNetworksAgreeWithBruteForce(name: String) throws {
    let network = try Graphs.named(name)
    let subject = Subject(network)
    for group in try network.coupling().groups {
      let (ones, squares) = try Self.bruteForce(group, in: network)
      #expect(ones.allSatisfy { $0 > 0 }, "\(group.name): a unit without weights")
      #expect(agree(try L1().unitScores(of: group, in: subject), ones), "\(group.name)")
      #expect(
        agree(try L2().unitScores(of: group, in: subject), squares.map { $0.squareRoot() }),
        "\(group.name)")
    }
  }

  @Test func elementsAreScoredByMagnitude() throws {
    let network = try Graphs.residual()
    let expected = try Graphs.elements(network, "a.weight").map { abs($0) }
    #expect(try L1().elementScores(of: "a.weight", in: Subject(network)) == expected)
    #expect(try L2().elementScores(of: "a.weight", in: Subject(network)) == expected)
  }

  @Test func randomScoresDependOnSeedAndNameOnly() throws {
    let network = try Graphs.residual()
    let first = try scores(Random(), network, "a", seed: 3)
    _ = try scores(Random(), network, "b", seed: 3)
    #expect(try scores(Random(), network, "a", seed: 3) == first)
    #expect(try scores(Random(), network, "a", seed: 4) != first)
    #expect(try scores(Random(), network, "b", seed: 3) != Array(first[..<4]))
    #expect(first.allSatisfy { (0..<1).contains($0) } && Set(first).count == 6)
    let elements = try Random().elementScores(of: "a.weight", in: Subject(network, seed: 3))
    #expect(elements.count == 6 * 27)
    #expect(try Random().elementScores(of: "a.weight", in: Subject(network, seed: 3)) == elements)
  }

  @Test func halfAndDoublePrecisionAreRead() throws {
    var network = try Graphs.residual()
    let floats = try Graphs.elements(network, "a.weight")
    let doubles = try TensorData(floats.map(Double.init), shape: [6, 3, 3, 3])
    network.initializers["a.weight"]?.tensor = doubles
    #expect(try L1().elementScores(of: "a.weight", in: Subject(network)) == floats.map { abs($0) })
    network.initializers["a.weight"]?.tensor = try TensorData(
      [Int64](repeating: 1, count: 162), shape: [6, 3, 3, 3])
    let error = #expect(throws: PruningError.self) {
      try L1().elementScores(of: "a.weight", in: Subject(network))
    }
    #expect("\(try #require(error))".contains("'a.weight'"))
  }

  @Test func weightsThatAreNoNumbersCannotBeRanked() throws {
    for wrong in [Float.nan, .infinity] {
      var network = try Graphs.residual()
      var floats = try Graphs.elements(network, "b.weight")
      floats[3] = wrong
      network.initializers["b.weight"]?.tensor = try TensorData(floats, shape: [4, 6, 1, 1])
      let pruner = Pruner(target: try Target(.params, .fraction(0.5)))
      let error = #expect(throws: PruningError.self) { try pruner.plan(for: network) }
      #expect("\(try #require(error))".contains("'b'"))
      let masker = Pruner(target: try Target(.sparsity, .fraction(0.5)))
      #expect(throws: PruningError.self) { try masker.masks(for: network) }
    }
  }

  @Test func everyCriterionHasItsName() throws {
    for type in Criteria.all { #expect(Swift.type(of: try Criteria.named(type.name)) == type) }
    for type in Allocations.all where type != PerLayer.self {
      #expect(Swift.type(of: try Allocations.named(type.name)) == type)
    }
    for word in ["l3", ""] {
      let error = #expect(throws: PruningError.self) { try Criteria.named(word) }
      #expect("\(try #require(error))".contains("l1, l2, fpgm"))
      #expect(throws: PruningError.self) { try Allocations.named(word) }
      #expect(throws: PruningError.self) { try Granularity(named: word) }
    }
  }
}
