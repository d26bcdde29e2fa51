// Masks over untrained weights: the criteria by their formulas, what is done with what they keep.

import Data
import Foundation
import Network
import ONNX
import Pruning
import Testing
import Training

@testable import Methods

@Suite struct SupermaskTests {
  private func values(_ network: Network, _ name: String) throws -> [Float] {
    try #require(network.initializers[name]).tensor.values(as: Float.self)
  }

  /// Each criterion keeps what its formula ranks first; sorting all weights of a layer is the oracle.
  @Test(arguments: [
    "large-final-same-sign", "small-final", "large-init", "small-init", "large-init-large-final",
    "small-init-small-final",
    "magnitude-increase", "movement",
  ])
  func masksKeepWhatTheFormulaRanksFirst(criterion: String) throws {
    let (start, end) = (try TinyRun.network(seed: 3), try TinyRun.network(seed: 4))
    var pruner = Pruner(
      criterion: try Criteria.named(criterion), allocation: Uniform(),
      target: try Target(.sparsity, .fraction(0.75)))
    pruner.marks = ["start": start]
    let masks = try pruner.masks(for: end)
    for name in ["fc1.weight", "fc2.weight", "fc3.weight"] {
      let pairs = Array(zip(try values(start, name), try values(end, name)))
      let scores = pairs.map { first, last -> Float in
        let (i, f) = (first.magnitude, last.magnitude)
        return switch criterion {
        case "large-final-same-sign": max(0, last * (first < 0 ? -1 : 1))
        case "small-final": -f
        case "large-init": i
        case "small-init": -i
        case "large-init-large-final": i < f ? i : f
        case "small-init-small-final": -(i > f ? i : f)
        case "magnitude-increase": f - i
        default: (last - first).magnitude
        }
      }
      let order = scores.indices.sorted { scores[$0] > scores[$1] }
      let kept = Set(order.prefix(scores.count / 4))
      #expect(masks.kept[name]?.indices.filter { masks.kept[name]?[$0] == true } == kept.sorted())
    }
  }

  @Test func aCriterionWithoutItsMarkSaysSo() throws {
    let pruner = Pruner(
      criterion: Movement(), target: try Target(.sparsity, .fraction(0.5)))
    let error = #expect(throws: PruningError.self) { try pruner.masks(for: TinyRun.network()) }
    #expect("\(try #require(error))".contains("no mark 'start'"))
  }

  private func after(_ recovery: String, _ tiny: TinyRun, in folder: String) throws -> Run {
    let source = """
      seed: 4
      stages:
        - train: {epochs: 3, batch: 8, optimizer: {adam: {rate: 0.01}}}
        - prune:
            granularity: element
            criterion: large-init-large-final
            allocation: uniform
            target: {sparsity: 0.6}
        - \(recovery)
      """
    var run = try tiny.run(source, in: folder)
    _ = try run.perform()
    return run
  }

  /// Kept weights have the sign of their first values and one magnitude a layer: its deviation.
  @Test func signedConstantsHaveTheSignsAndTheDeviationOfTheStart() throws {
    let tiny = try TinyRun()
    let run = try after("sign-constant", tiny, in: "run")
    let start = try TinyRun.network()
    for name in ["fc1.weight", "fc2.weight", "fc3.weight"] {
      let (first, now) = (try values(start, name), try values(run.network, name))
      let mask = try #require(run.masks.kept[name])
      let mean = first.map(Double.init).reduce(0, +) / Double(first.count)
      let squares = first.map { (Double($0) - mean) * (Double($0) - mean) }
      let deviation = (squares.reduce(0, +) / Double(first.count)).squareRoot()
      for index in first.indices {
        let expected = mask[index] ? (first[index] < 0 ? -deviation : deviation) : 0
        #expect(abs(Double(now[index]) - expected) < 1e-7)
      }
    }
    // Biases are the first ones.
    #expect(try values(run.network, "fc1.bias") == values(start, "fc1.bias"))
  }

  @Test func reshufflingMovesFirstValuesAmongTheKept() throws {
    let tiny = try TinyRun()
    let (free, signed) = (
      try after("reshuffle", tiny, in: "a"), try after("reshuffle: {signs: true}", tiny, in: "b")
    )
    let start = try TinyRun.network()
    var moved = 0
    for name in ["fc1.weight", "fc2.weight", "fc3.weight"] {
      let first = try values(start, name)
      let mask = try #require(free.masks.kept[name])
      let kept = first.indices.filter { mask[$0] }
      let now = try values(free.network, name)
      #expect(kept.map { now[$0] }.sorted() == kept.map { first[$0] }.sorted())
      #expect(now.indices.allSatisfy { mask[$0] || now[$0] == 0 })
      moved += kept.count { now[$0] != first[$0] }
      let other = try values(signed.network, name)
      #expect(kept.allSatisfy { (other[$0] < 0) == (first[$0] < 0) })
      #expect(
        kept.map { other[$0].magnitude }.sorted() == kept.map { first[$0].magnitude }.sorted())
    }
    #expect(moved > 50)
  }

  private static let frozen = """
    id: tiny-frozen
    seed: 4
    stages:
      - train:
          epochs: 3
          batch: 8
          optimizer: {adam: {rate: 0.01}}
          marks: {trained: {epoch: 3}}
      - prune:
          granularity: element
          criterion: l1
          allocation: uniform
          target: {sparsity: 0.6}
          recover: {rewind: {to: start}, freeze: {at: start, grown-by: trained}}
      - train: {epochs: 2, batch: 8, optimizer: {adam: {rate: 0.01}}}
    """

  /// Pruned weights have their first values, bit for bit, where training had made them larger, and zero
  /// where smaller, before and after the training that follows; the others are trained.
  @Test func frozenWeightsKeepTheirFirstBits() throws {
    let tiny = try TinyRun()
    var run = try tiny.run(Self.frozen)
    _ = try run.perform()
    let start = try TinyRun.network()
    let trained = try ONNXModel(path: tiny("run/1-train.onnx")).network
    let (before, after) = (try ONNXModel(path: tiny("run/2-prune.onnx")).network, run.network)
    var (held, zeros, moved) = (0, 0, 0)
    for name in ["fc1.weight", "fc2.weight", "fc3.weight"] {
      let (first, last) = (try values(start, name), try values(trained, name))
      let mask = try #require(run.masks.kept[name])
      let (rewound, now) = (try values(before, name), try values(after, name))
      for index in first.indices {
        if mask[index] {
          #expect(rewound[index] == first[index])
          moved += now[index] == first[index] ? 0 : 1
        } else {
          let isLarger = last[index].magnitude >= first[index].magnitude
          let expected = isLarger ? first[index] : 0
          #expect(rewound[index].bitPattern == expected.bitPattern)
          #expect(now[index].bitPattern == expected.bitPattern)
          held += isLarger ? 1 : 0
          zeros += isLarger ? 0 : 1
        }
      }
    }
    #expect(held > 10 && zeros > 10 && moved > 50)
  }

  @Test func freezingWithoutAComparisonHoldsAllThatLeft() throws {
    let tiny = try TinyRun()
    let run = try after("freeze: {at: start}", tiny, in: "run")
    let start = try TinyRun.network()
    for (name, mask) in run.masks.kept {
      let (first, now) = (try values(start, name), try values(run.network, name))
      #expect(mask.indices.allSatisfy { mask[$0] || now[$0] == first[$0] })
      #expect(mask.indices.contains { mask[$0] && now[$0] != first[$0] })
    }
  }

  /// The paper's finding in small: a mask over the untrained network is far above chance, the untrained
  /// network itself is not, and the mask of the small final weights is not.
  @Test func untrainedWeightsUnderAMaskClassify() throws {
    let tiny = try TinyRun()
    var b = NetworkBuilder("wide", input: ["batch", 6], seed: 3)
    b.initialization = .glorotNormal
    let x = try b.relu(b.linear("fc2", b.relu(b.linear("fc1", b.input, 120)), 60))
    try ONNXModel(b.finish(b.linear("fc3", x, 3))).write(to: tiny("wide.onnx"))
    func accuracy(_ criterion: String) throws -> Double {
      let source = """
        seed: 4
        stages:
          - train: {epochs: 3, batch: 8, optimizer: {adam: {rate: 0.01}}}
          - prune:
              granularity: element
              criterion: \(criterion)
              allocation: uniform
              target: {sparsity: 0.7}
          - sign-constant
        """
      var run = try tiny.run(source, in: criterion, model: "wide.onnx")
      return try #require(try run.perform().accuracy).after
    }
    let masked = try accuracy("large-final-same-sign")
    #expect(masked > 0.6, "\(masked)")
    // A control has its lesser mask; chance is one in three.
    let control = try accuracy("small-final")
    #expect(masked > control + 0.15, "\(masked) \(control)")
  }
}
