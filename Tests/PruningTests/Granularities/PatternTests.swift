// Patterns inside kernels: one count everywhere, few shapes, the best of them, and a library near the best one.

import Network
import Testing

@testable import Pruning

@Suite struct PatternTests {
  /// One convolution of kernels of 3 by 3, masked by patterns.
  private func masked(
    _ values: [Float], keep: Int, patterns: Int
  ) throws -> (kernels: [[Float]], masks: [[Bool]], library: [[Int]]) {
    let shape = [values.count / 36, 4, 3, 3]
    var network = try Graphs.graph(
      input: ["batch", 4, 8, 8], parameters: [("a.weight", shape)],
      [Node("Conv", name: "a", inputs: ["x", "a.weight"], outputs: ["y"])])
    network.initializers["a.weight"]?.tensor = try TensorData(values, shape: shape)
    let granularity = try #require(
      try SetGranularityTests.granularity(
        "pattern", ["keep": "\(keep)", "patterns": "\(patterns)"]) as? Pattern)
    let mask = try #require(
      try SetGranularityTests.masks(network, granularity, 0.95).kept["a.weight"])
    let library = granularity.library(
      of: ScoredWeight(
        name: "a.weight", shape: shape, inputAxis: 1, isConvolution: true,
        scores: values.map { abs($0) }))
    return (
      stride(from: 0, to: values.count, by: 9).map { Array(values[$0..<$0 + 9]) },
      stride(from: 0, to: values.count, by: 9).map { Array(mask[$0..<$0 + 9]) }, library
    )
  }

  private func kept(_ kernel: [Float], _ pattern: [Int]) -> Double {
    pattern.reduce(0) { $0 + Double(kernel[$1]) * Double(kernel[$1]) }
  }

  @Test(arguments: [(4, 8), (2, 3), (1, 2)])
  func everyKernelKeepsTheBestOfAFewPatterns(keep: Int, patterns: Int) throws {
    let (kernels, masks, library) = try masked(
      Graphs.numbers(36 * 20, seed: UInt64(keep)), keep: keep, patterns: patterns)
    #expect(masks.allSatisfy { $0.count { $0 } == keep })
    #expect(Set(masks).count <= patterns && library.count == patterns)
    for (kernel, mask) in zip(kernels, masks) {
      let own = kept(kernel, mask.indices.filter { mask[$0] })
      for pattern in library { #expect(kept(kernel, pattern) <= own + 1e-9) }
    }
  }

  @Test func withAllPatternsEachKernelKeepsItsLargest() throws {
    let (kernels, masks, _) = try masked(
      Graphs.numbers(36 * 60, seed: 8), keep: 2, patterns: 36)
    for (kernel, mask) in zip(kernels, masks) {
      let largest = Set(kernel.indices.sorted { abs(kernel[$0]) > abs(kernel[$1]) }.prefix(2))
      #expect(Set(mask.indices.filter { mask[$0] }) == largest)
    }
  }

  /// Against all 630 pairs of the 36 patterns of two places.
  @Test(arguments: 0..<3)
  func theLibraryIsNearTheBestOneThereIs(seed: Int) throws {
    let values = Graphs.numbers(36 * 12, seed: UInt64(40 + seed))
    let (kernels, _, library) = try masked(values, keep: 2, patterns: 2)
    let all = (0..<9).flatMap { a in (a + 1..<9).map { [a, $0] } }
    func value(_ library: [[Int]]) -> Double {
      kernels.reduce(0) { sum, kernel in sum + (library.map { kept(kernel, $0) }.max() ?? 0) }
    }
    var best = 0.0
    for (index, first) in all.enumerated() {
      for second in all[(index + 1)...] { best = max(best, value([first, second])) }
    }
    #expect(all.count == 36 && value(library) <= best + 1e-9)
    #expect(value(library) >= (1 - 1 / 2.718281828) * best)
    let (_, _, three) = try masked(values, keep: 2, patterns: 3)
    #expect(value(three) >= value(library))
  }

  @Test func plantedPatternsAreFound() throws {
    let planted = [[0, 1, 2, 4], [1, 4, 5, 7], [3, 4, 6, 8], [0, 2, 6, 8]]
    let noise = Graphs.numbers(36 * 16, seed: 5)
    var values = noise.map { $0 * 0.01 }
    for kernel in 0..<64 {
      for place in planted[kernel % 4] { values[kernel * 9 + place] += kernel % 3 == 0 ? -1 : 1 }
    }
    let (_, masks, library) = try masked(values, keep: 4, patterns: 4)
    #expect(Set(library) == Set(planted))
    for (kernel, mask) in masks.enumerated() {
      #expect(mask.indices.filter { mask[$0] } == planted[kernel % 4])
    }
  }
}
