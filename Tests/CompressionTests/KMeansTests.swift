// k-means: its objective never grows, and what it shares stays what it was otherwise.

import Foundation
import Network
import Testing

@testable import Compression

@Suite struct KMeansTests {
  static func numbers(_ count: Int, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      // Two humps, as pruned weights have.
      let size = 0.05 + abs(Double.random(in: -0.1...0.1, using: &generator))
      return Bool.random(using: &generator) ? size : -size
    }
  }

  @Test(arguments: KMeans.Start.allCases)
  func objectiveNeverIncreases(start: KMeans.Start) {
    for seed in 0..<6 as Range<UInt64> {
      for count in [2, 7, 32] {
        let numbers = Self.numbers(400, seed: seed)
        // The objective after so many rounds, by its definition: every number to its nearest centroid.
        var last = Double.infinity
        for rounds in 0..<12 {
          let means = KMeans(numbers, count: count, start: start, seed: seed, rounds: rounds)
          let objective = numbers.reduce(0) { sum, number in
            sum + (means.centroids.map { ($0 - number) * ($0 - number) }.min() ?? 0)
          }
          // Rounding of sums; a step that ascends is far larger.
          #expect(objective <= last + 1e-12)
          #expect(abs(objective - (means.objectives.last ?? 0)) < 1e-10)
          last = objective
        }
        let whole = KMeans(numbers, count: count, start: start, seed: seed)
        #expect(zip(whole.objectives, whole.objectives.dropFirst()).allSatisfy { $1 <= $0 + 1e-12 })
      }
    }
  }

  @Test func theEndIsAFixedPoint() {
    let numbers = Self.numbers(1000, seed: 9)
    let means = KMeans(numbers, count: 16)
    var members = [[Double]](repeating: [], count: means.centroids.count)
    for number in numbers {
      let distances = means.centroids.map { abs($0 - number) }
      let nearest = means.nearest(to: number)
      #expect(distances[nearest] == distances.min())
      members[nearest].append(number)
    }
    for (centroid, members) in zip(means.centroids, members) {
      #expect(!members.isEmpty)
      #expect(abs(centroid - members.reduce(0, +) / Double(members.count)) < 1e-12)
    }
  }

  @Test func linearStartReachesTheLargestWeights() {
    // One large weight among many small ones: only the linear start begins beside it.
    let numbers = (0..<1000).map { Double($0) * 1e-5 } + [5]
    let (linear, density) = (
      KMeans(numbers, count: 4, start: .linear, rounds: 0),
      KMeans(numbers, count: 4, start: .density, rounds: 0)
    )
    #expect(linear.centroids.last == 5)
    #expect((density.centroids.last ?? 9) < 0.1)
    #expect(KMeans(numbers, count: 2).objectives.last.map { $0 < 1 } == true)
  }

  @Test func degenerateNumbers() {
    #expect(KMeans([], count: 4).centroids.isEmpty)
    #expect(KMeans([2, 2, 2], count: 4).centroids == [2])
    #expect(KMeans([1, 3], count: 1).centroids == [2])
    #expect(KMeans([1, 3], count: 8, start: .forgy).centroids == [1, 3])
  }

  @Test func sharingKeepsZerosAndCountsValues() throws {
    let network = try Samples.pruned()
    let bits = try SharingBits(parsing: "conv=3,fc=2")
    let (shared, layers) = try network.sharing(bits)
    #expect(layers.map(\.name) == ["conv.weight", "fc.weight"])
    for (name, most) in [("conv.weight", 8), ("fc.weight", 4)] {
      let before = try #require(network.initializers[name]?.tensor.reals)
      let after = try #require(shared.initializers[name]?.tensor.reals)
      #expect(zip(before, after).allSatisfy { ($0 == 0) == ($1 == 0) })
      #expect(Set(after.filter { $0 != 0 }).count <= most)
    }
    // What is no weight of a layer, and what has so few values already, stays bit for bit.
    #expect(shared.initializers["fc.bias"] == network.initializers["fc.bias"])
    #expect(try shared.sharing(bits).network == shared)
  }

  @Test func settingsAreRead() throws {
    #expect(try SharingBits(parsing: "4").description == "conv=4,fc=4")
    #expect(try SharingBits(parsing: "fc=6,a.weight=2").description == "conv=8,fc=6,a.weight=2")
    for wrong in ["", "conv", "conv=0", "fc=17", "conv=x"] {
      #expect(throws: CompressionError.self) { try SharingBits(parsing: wrong) }
    }
    #expect(throws: CompressionError.self) {
      try Samples.pruned().sharing(SharingBits(parsing: "nobody.weight=3"))
    }
  }
}
