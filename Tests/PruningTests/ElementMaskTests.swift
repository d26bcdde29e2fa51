// Masks of single weights: exact numbers, ties, earlier masks, and what they do to a network.

import Foundation
import Network
import Testing

@testable import Pruning

@Suite struct ElementMaskTests {
  private func pruner(
    _ sparsity: Double, _ criterion: any Criterion = L1(), _ allocation: any Allocation = Global(),
    exclude: [String] = []
  ) throws -> Pruner {
    Pruner(
      criterion: criterion, allocation: allocation,
      target: try Target(.sparsity, .fraction(sparsity)),
      exclusions: Exclusions(exclude))
  }

  private func zeros(_ masks: ElementMasks) -> Int {
    masks.kept.values.joined().count { !$0 }
  }

  @Test(arguments: [0, 0.1, 0.5, 0.876, 0.9, 0.999])
  func globalRemovesExactlyTheLeastMagnitudes(sparsity: Double) throws {
    let network = try Graphs.dense()
    let masks = try pruner(sparsity).masks(for: network)
    let names = ["stem", "conv1", "conv2", "conv3", "fc"].map { "\($0).weight" }
    #expect(Set(masks.kept.keys) == Set(names))
    let all = try names.flatMap { try Graphs.elements(network, $0) }
    let count = Int((sparsity * Double(all.count)).rounded())
    #expect(zeros(masks) == count)
    #expect(masks.sparsity == 1 - Double(all.count - count) / Double(all.count))
    let kept = names.flatMap { masks.kept[$0] ?? [] }
    let (stays, leaves) = (
      zip(all, kept).filter(\.1).map { abs($0.0) },
      zip(all, kept).filter { !$0.1 }.map { abs($0.0) }
    )
    if let most = leaves.max(), let least = stays.min() { #expect(most <= least) }
  }

  @Test func uniformRemovesTheSameFractionOfEveryWeight() throws {
    let network = try Graphs.dense()
    let masks = try pruner(0.7, L2(), Uniform()).masks(for: network)
    for (name, mask) in masks.kept {
      #expect(mask.count { !$0 } == Int((0.7 * Double(mask.count)).rounded()), "\(name)")
    }
  }

  @Test func tiesAreBrokenToTheExactCount() throws {
    var network = try Graphs.residual()
    for name in ["a.weight", "b.weight", "c.weight", "d.weight"] {
      let tensor = try #require(network.initializers[name]).tensor
      network.initializers[name]?.tensor = try TensorData(
        [Float](repeating: 0.25, count: tensor.count), shape: tensor.shape)
    }
    let total = 162 + 24 + 24 + 12
    for wanted in [1, 30, total / 2, total - 1] {
      let masks = try pruner(Double(wanted) / Double(total)).masks(for: network)
      #expect(zeros(masks) == wanted)
    }
  }

  @Test func whatIsGoneStaysGone() throws {
    let network = try Graphs.dense()
    let total = network.initializers.values.filter { $0.tensor.shape.count > 1 }
      .reduce(0) { $0 + $1.tensor.count }
    let first = try pruner(0.5).masks(for: network)
    // Another criterion would choose others; what is left of the choice is free.
    let second = try pruner(0.8, Random()).masks(for: network, after: first)
    for (name, mask) in first.kept {
      let later = try #require(second.kept[name])
      #expect(zip(mask, later).allSatisfy { $0 || !$1 }, "\(name)")
    }
    #expect(zeros(second) == Int((0.8 * Double(total)).rounded()))
    // Less than is gone already brings nothing back.
    let third = try pruner(0.2).masks(for: network, after: second)
    #expect(third == second)
  }

  @Test func excludedWeightsAreNotMasked() throws {
    let network = try Graphs.dense()
    let masks = try pruner(0.75, exclude: ["conv*", "fc"]).masks(for: network)
    #expect(Set(masks.kept.keys) == ["stem.weight"])
    #expect(masks.kept["stem.weight"]?.count { !$0 } == 8 * 27 * 3 / 4)
    let error = #expect(throws: PruningError.self) {
      try pruner(0.9, exclude: ["fc3"]).masks(for: network)
    }
    #expect("\(try #require(error))".contains("'fc3'"))
    #expect(throws: PruningError.self) { try pruner(0.9, exclude: ["*"]).masks(for: network) }
  }

  @Test func onlyASparsityMakesSense() throws {
    for text in ["params=0.5", "macs=0.5", "bytes=1k"] {
      let pruner = Pruner(target: try Target(parsing: text))
      let error = #expect(throws: PruningError.self) {
        try pruner.masks(for: Graphs.residual())
      }
      #expect("\(try #require(error))".contains("granularity filter"))
    }
  }

  @Test func theMaskedNetworkIsZeroThereAndTheSameElsewhere() throws {
    let network = try Graphs.dense()
    let masks = try pruner(0.9).masks(for: network)
    let masked = try network.masked(by: masks)
    for (name, initializer) in network.initializers {
      let left = try #require(masked.initializers[name])
      guard let mask = masks.kept[name] else {
        #expect(left == initializer)
        continue
      }
      let pairs = zip(
        try initializer.tensor.values(as: Float.self), try left.tensor.values(as: Float.self))
      #expect(zip(pairs, mask).allSatisfy { pair, stays in stays ? pair.0 == pair.1 : pair.1 == 0 })
    }
    #expect(masked.weightSparsity == masks.sparsity)
    #expect(network.weightSparsity == 0)
    #expect(masked.sparsity(of: ["no-such-weight"]) == 0)
  }

  @Test func masksThatDoNotFitAreRefused() throws {
    let network = try Graphs.residual()
    #expect(throws: PruningError.self) {
      try network.masked(by: ElementMasks(kept: ["a.weight": [true]]))
    }
    #expect(throws: PruningError.self) {
      try network.masked(by: ElementMasks(kept: ["e.weight": [true]]))
    }
    #expect(throws: PruningError.self) {
      try pruner(0.5).masks(for: network, after: ElementMasks(kept: ["a.weight": [false]]))
    }
  }

  @Test(arguments: ["dense", "resnet-20", "lenet-5"])
  func masksAreCutWithTheirWeights(name: String) throws {
    let network = try Graphs.named(name)
    let masks = try pruner(0.6).masks(for: network)
    let masked = try network.masked(by: masks)
    let plan = try Pruner(target: Target(.params, .fraction(0.5))).plan(for: masked)
    let small = try masked.cut(keeping: plan.kept)
    let left = try masks.cut(keeping: plan.kept, of: masked)
    #expect(Set(left.kept.keys) == Set(masks.kept.keys))
    for (weight, mask) in left.kept {
      // No weight is zero but for its mask.
      #expect(try Graphs.elements(small, weight).map { $0 != 0 } == mask, "\(weight)")
    }
    #expect(try small.masked(by: left) == small)
  }

  @Test func nothingMaskedIsNoSparsity() {
    #expect(ElementMasks().sparsity == 0)
    #expect(ElementMasks(kept: ["a": [true, false, false, false]]).sparsity == 0.75)
  }

  /// The bias of an LSTM has two axes in ONNX and is no weight for that.
  @Test func biasesOfRecurrentLayersAreNoWeights() throws {
    let network = try Network.lstmClassifier(
      vocabulary: 12, embedding: 4, hidden: 3, steps: 5, seed: 2)
    #expect(
      network.weightNames == [
        "embedding.weight", "lstm.weight_ih", "lstm.weight_hh", "fc.weight",
      ])
    let masks = try pruner(0.5).masks(for: network)
    #expect(Set(masks.kept.keys) == Set(network.weightNames))
    #expect(try network.masked(by: masks).weightSparsity == masks.sparsity)
  }

  /// Held elements are what they are held at, the others zero; kept ones are not touched.
  @Test func removedElementsAreHeldWhereAskedFor() throws {
    let network = try Network.perceptron("p", hidden: [2], classes: 2, input: [1, 1, 2], seed: 1)
    let weight = try #require(network.initializers["fc1.weight"]).tensor.values(as: Float.self)
    let values: [Float] = [5, 6, 7, 8]
    let held = Bytes(values.withUnsafeBytes { Array($0) })
    let masks = ElementMasks(
      kept: ["fc1.weight": [true, false, false, true]], held: ["fc1.weight": held])
    let found = try #require(network.masked(by: masks).initializers["fc1.weight"])
    #expect(try found.tensor.values(as: Float.self) == [weight[0], 6, 7, weight[3]])
    let json = try JSONEncoder().encode(masks)
    #expect(try JSONDecoder().decode(ElementMasks.self, from: json) == masks)
    let wrong = ElementMasks(kept: masks.kept, held: ["fc1.weight": Bytes([1, 2])])
    #expect(throws: PruningError.self) { try network.masked(by: wrong) }
  }

  @Test func masksAreStoredInBits() throws {
    let masks = ElementMasks(kept: [
      "a": (0..<1003).map { $0 % 3 == 0 }, "b": [], "c": [true],
      "d": [Bool](repeating: true, count: 8),
    ])
    let json = try JSONEncoder().encode(masks)
    #expect(try JSONDecoder().decode(ElementMasks.self, from: json) == masks)
    #expect(json.count < 400)
    let wrong = String(decoding: json, as: UTF8.self).replacing("1003", with: "1011")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ElementMasks.self, from: Data(wrong.utf8))
    }
  }
}
