// Weights that leave in sets: masks consist of whole sets, the least leave, counts are reached, masks compose.

import Execution
import Network
import Testing
import Training

@testable import Pruning

@Suite struct SetGranularityTests {
  static func granularity(
    _ name: String, _ settings: [String: String] = [:]
  ) throws -> any SetGranularity {
    let values = settings.mapValues(PartSettings.Value.text)
    return try #require(Granularity(named: name, PartSettings(values)).sets)
  }

  static func masks(
    _ network: Network, _ granularity: any SetGranularity, _ sparsity: Double,
    _ criterion: any Criterion = L1(), _ allocation: any Allocation = Uniform(),
    after earlier: ElementMasks = ElementMasks()
  ) throws -> ElementMasks {
    var pruner = Pruner(
      criterion: criterion, allocation: allocation,
      target: try Target(.sparsity, .fraction(sparsity)))
    pruner.granularity = granularity
    return try pruner.masks(for: network, after: earlier)
  }

  /// The set of each element of a weight, asked element by element.
  private func owner(_ name: String, _ shape: [Int], _ flat: Int) -> [Int] {
    let inner = shape.dropFirst().reduce(1, *)
    let places = shape.dropFirst(2).reduce(1, *)
    let (o, rest) = (flat / inner, flat % inner)
    switch name {
    case "kernel": return [o, rest / places]
    case "stripe": return [o, rest % places]
    default: return [o / 3, rest / 5]
    }
  }

  @Test(arguments: ["kernel", "stripe", "block"], [0.3, 0.77])
  func wholeSetsOfTheLeastScoresLeave(name: String, sparsity: Double) throws {
    let network = try Graphs.dense()
    let granularity = try Self.granularity(
      name, name == "block" ? ["rows": "3", "columns": "5"] : [:])
    let masks = try Self.masks(network, granularity, sparsity)
    // Linear layers have no kernels and no stripes.
    #expect((masks.kept["fc.weight"] == nil) == (name != "block"))
    for (weight, mask) in masks.kept {
      let shape = try #require(network.initializers[weight]).tensor.shape
      let values = try Graphs.elements(network, weight)
      var sets: [[Int]: (sum: Double, count: Int, stays: Set<Bool>)] = [:]
      for flat in mask.indices {
        let set = owner(name, shape, flat)
        sets[set, default: (0, 0, [])].sum += Double(abs(values[flat]))
        sets[set]?.count += 1
        sets[set]?.stays.insert(mask[flat])
      }
      #expect(sets.values.allSatisfy { $0.stays.count == 1 }, "\(weight)")
      func score(_ set: (sum: Double, count: Int, stays: Set<Bool>)) -> Double {
        name == "block" ? set.sum / Double(set.count) : set.sum
      }
      let left = sets.values.filter { $0.stays == [true] }.map(score)
      let gone = sets.values.filter { $0.stays == [false] }.map(score)
      #expect(try #require(gone.max()) <= #require(left.min()) + 1e-6, "\(weight)")
      // As near the sparsity as sets allow, in each layer.
      #expect(abs(Double(gone.count) / Double(sets.count) - sparsity) <= 1 / Double(sets.count))
    }
    let total = masks.kept.values.reduce(0) { $0 + $1.count }
    #expect(abs(masks.sparsity - sparsity) < 60 / Double(total), "\(masks.sparsity)")
  }

  /// One ranking over all layers: made comparable as filters are, by the mean of the layer.
  @Test func globalRanksSetsOverLayers() throws {
    let network = try Graphs.dense()
    let masks = try Self.masks(network, Stripe(), 0.5, L1(), Global())
    var (left, gone): ([Double], [Double]) = ([], [])
    for (weight, mask) in masks.kept {
      let shape = try #require(network.initializers[weight]).tensor.shape
      let values = try Graphs.elements(network, weight)
      var sums: [[Int]: Double] = [:]
      var stays: [[Int]: Bool] = [:]
      for flat in mask.indices {
        let set = owner("stripe", shape, flat)
        sums[set, default: 0] += Double(abs(values[flat]))
        stays[set] = mask[flat]
      }
      let mean = sums.values.reduce(0, +) / Double(sums.count)
      for (set, sum) in sums {
        if stays[set] == true { left.append(sum / mean) } else { gone.append(sum / mean) }
      }
    }
    #expect(abs(masks.sparsity - 0.5) < 0.02)
    #expect(try #require(gone.max()) <= #require(left.min()) + 1e-5)
    let shares = Set(masks.kept.values.map { $0.count { !$0 } * 1000 / $0.count })
    #expect(shares.count > 1)
  }

  @Test func blocksAreRankedByTheirMeanOrTheirLargestWeight() throws {
    var network = try Graphs.product(transposed: true)
    network.initializers["a.weight"]?.tensor = try TensorData(
      [9, 0, 1, /**/ 0, 0, 1, /**/ 4, 4, 1, /**/ 4, 4, 1, /**/ 1, 1, 1] as [Float], shape: [5, 3])
    for (pooling, kept) in [("average", [6, 7, 9, 10]), ("max", [0, 1, 3, 4])] {
      let granularity = try Self.granularity(
        "block", ["rows": "2", "columns": "2", "pooling": pooling])
      var pruner = Pruner(
        criterion: L1(), allocation: Uniform(), target: try Target(.sparsity, .fraction(11.0 / 15)),
        exclusions: Exclusions(["b"]))
      pruner.granularity = granularity
      let mask = try #require(try pruner.masks(for: network).kept["a.weight"])
      #expect(mask.indices.filter { mask[$0] } == kept, "\(pooling)")
    }
  }

  // MARK: N of M

  /// Every choice of `keep` of the group's elements, to find the one that keeps most.
  private func best(_ group: [Float], _ keep: Int) -> Float {
    var most: Float = 0
    for choice in 0..<1 << group.count where choice.nonzeroBitCount <= keep {
      most = max(most, group.indices.reduce(0) { $0 + (choice >> $1 & 1 == 1 ? group[$1] : 0) })
    }
    return most
  }

  @Test(arguments: [(2, 4), (1, 4), (3, 8), (1, 2)])
  func ofMInputsTheNOfMostMagnitudeStay(keep: Int, of: Int) throws {
    let granularity = try Self.granularity("n-of-m", ["keep": "\(keep)", "of": "\(of)"])
    for network in [
      try Graphs.dense(), try Graphs.product(transposed: true),
      try Graphs.product(transposed: false), try Architectures.named("lenet-5").network(seed: 3),
    ] {
      let most = 1 - Double(keep) / Double(of)
      let masks = try Self.masks(network, granularity, most)
      for (weight, mask) in masks.kept {
        let shape = try #require(network.initializers[weight]).tensor.shape
        let values = try Graphs.elements(network, weight).map { abs($0) }
        let axis = try #require(network.layerAxis(of: weight, .inputs)).axis
        let step = shape[(axis + 1)...].reduce(1, *)
        for flat in mask.indices where flat / step % shape[axis] % of == 0 {
          let last = min(of, shape[axis] - flat / step % shape[axis])
          let group = (0..<last).map { flat + $0 * step }
          #expect(group.count { mask[$0] } == min(keep, last), "\(weight)")
          let kept = group.reduce(0) { $0 + (mask[$1] ? values[$1] : 0) }
          #expect(abs(kept - best(group.map { values[$0] }, keep)) < 1e-6)
        }
      }
      // A layer of one input has nothing to choose from.
      #expect(masks.kept["conv1.weight"] == nil || network.name == "dense")
      #expect(masks.sparsity <= most)
    }
  }

  @Test func lessThanAllGroupsMayLoseTheirs() throws {
    let network = try Graphs.dense()
    let masks = try Self.masks(network, NOfM(), 0.2)
    #expect(abs(masks.sparsity - 0.2) < 0.02)
    let mask = try #require(masks.kept["conv2.weight"])
    let places = 9
    let groups = (0..<6).flatMap { o in
      (0..<places).map { place in (0..<4).map { o * 14 * places + $0 * places + place } }
    }
    // Two leave of a group, or none.
    #expect(Set(groups.map { $0.count { !mask[$0] } }) == [0, 2])
  }

  // MARK: composition

  @Test func masksCompose() throws {
    let network = try Graphs.dense()
    var pruner = Pruner(criterion: L1(), target: try Target(.sparsity, .fraction(0.3)))
    let single = try pruner.masks(for: network)
    let stripes = try Self.masks(network, Stripe(), 0.5, after: single)
    let half = try Self.masks(network, NOfM(), 0.7, after: stripes)
    let patterns = try Self.masks(
      network, Self.granularity("pattern", ["keep": "3"]), 0.9, after: half)
    pruner.target = try Target(.sparsity, .fraction(0.9))
    let last = try pruner.masks(for: network, after: patterns)
    let chain = [single, stripes, half, patterns, last]
    for (before, after) in zip(chain, chain.dropFirst()) {
      for (name, mask) in before.kept {
        let later = try #require(after.kept[name])
        #expect(zip(mask, later).allSatisfy { $0 || !$1 }, "\(name): something came back")
      }
      #expect(after.sparsity > before.sparsity)
    }
    // What the rules say holds of all that is left, whatever left before.
    let conv = try #require(last.kept["conv3.weight"])
    for kernel in 0..<conv.count / 9 {
      #expect(conv[kernel * 9..<kernel * 9 + 9].count { $0 } <= 3)
    }
    for o in 0..<6 {
      for place in 0..<9 {
        for first in stride(from: 0, to: 20, by: 4) {
          #expect((first..<first + 4).count { conv[(o * 20 + $0) * 9 + place] } <= 2)
        }
      }
    }
    #expect(abs(last.sparsity - 0.9) < 0.01)
  }

  @Test func whatOtherWeightsHaveLostStaysLost() throws {
    let network = try Graphs.dense()
    let first = try Pruner(target: Target(.sparsity, .fraction(0.5))).masks(for: network)
    // No stripes in a linear layer, and an excluded layer: both keep their masks.
    var pruner = Pruner(
      target: try Target(.sparsity, .fraction(0.8)), exclusions: Exclusions(["stem"]))
    pruner.granularity = Stripe()
    let second = try pruner.masks(for: network, after: first)
    for name in ["fc.weight", "stem.weight"] { #expect(second.kept[name] == first.kept[name]) }
    #expect(second.kept["conv1.weight"] != first.kept["conv1.weight"])
  }

  @Test func setsLeaveInTraining() throws {
    var pruner = Pruner(
      criterion: L1(), allocation: Uniform(), target: try Target(.sparsity, .fraction(0.75)))
    pruner.granularity = try Self.granularity("block", ["rows": "2", "columns": "3"])
    let schedule = try PruningSchedules.named("cubic", PartSettings(["steps": .text("4")]))
    let model = try Model(SmallTraining.network())
    try SmallTraining.trainer(
      model, plugins: [try GradualPruning(pruner, schedule: schedule, begin: 5, every: 4)]
    ).run()
    let masks = try model.elementMasks()
    #expect(abs(masks.sparsity - 0.75) < 0.01)
    let fc = try #require(masks.kept["fc1.weight"])
    let width = fc.count / 12
    for row in stride(from: 0, to: 12, by: 2) {
      for column in stride(from: 0, to: width, by: 3) {
        var states: Set<Bool> = []
        for r in row..<row + 2 {
          states.formUnion(fc[r * width + column..<r * width + min(width, column + 3)])
        }
        #expect(states.count == 1)
      }
    }
  }

  @Test func whatCannotBeIsSaid() throws {
    let linear = try Graphs.product(transposed: true)
    let error = #expect(throws: PruningError.self) { try Self.masks(linear, Stripe(), 0.5) }
    #expect("\(try #require(error))".contains("granularity stripe"))
    for (name, settings) in [
      ("n-of-m", ["keep": "4", "of": "4"]), ("n-of-m", ["of": "1"]), ("block", ["rows": "0"]),
      ("block", ["pooling": "sum"]), ("pattern", ["keep": "0"]), ("cell", [:]),
    ] {
      #expect(throws: PruningError.self) { try Self.granularity(name, settings) }
    }
  }
}
