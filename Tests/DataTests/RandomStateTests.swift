// The generator of data loading: known values, saved state, fair distributions.

import Foundation
import Testing

@testable import Data

@Suite struct RandomStateTests {
  @Test func followsThePublishedAlgorithm() throws {
    // xoshiro256** from the state 1, 2, 3, 4; values of the authors' reference implementation.
    var random = try RandomState(words: [1, 2, 3, 4])
    #expect(
      (0..<4).map { _ in random.next() } == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
    // SplitMix64 from 0 gives these first words.
    #expect(
      RandomState(seed: 0).words.prefix(3) == [
        0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F,
      ])
  }

  @Test func savedStateGoesOn() throws {
    var random = RandomState(seed: 7, keys: 1, 2)
    for _ in 0..<10 { _ = random.next() }
    let saved = try JSONEncoder().encode(random)
    var restored = try JSONDecoder().decode(RandomState.self, from: saved)
    #expect(restored == random)
    #expect((0..<5).map { _ in restored.next() } == (0..<5).map { _ in random.next() })
  }

  @Test func refusesStatesThatCannotBe() {
    #expect(throws: DataError.self) { try RandomState(words: [0, 0, 0, 0]) }
    #expect(throws: DataError.self) { try RandomState(words: [1, 2, 3]) }
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(RandomState.self, from: Foundation.Data("[0,0,0,0]".utf8))
    }
  }

  @Test func keysMakeDifferentStreams() {
    var starts: Set<[UInt64]> = []
    for seed in 0..<8 as Range<UInt64> {
      for epoch in 0..<8 as Range<UInt64> {
        for index in 0..<8 as Range<UInt64> {
          starts.insert(RandomState(seed: seed, keys: epoch, index).words)
        }
      }
    }
    #expect(starts.count == 512)
  }

  @Test(arguments: [1, 2, 3, 7, 10])
  func integersAreFair(_ count: Int) {
    var random = RandomState(seed: 3, keys: UInt64(count))
    var seen = [Int](repeating: 0, count: count)
    for _ in 0..<count * 2000 { seen[random.uniform(in: -5...count - 6) + 5] += 1 }
    // Six standard deviations of a binomial count around 2000.
    #expect(seen.allSatisfy { abs($0 - 2000) < 270 })
  }

  @Test func extremeRangesWork() {
    var random = RandomState(seed: 1)
    #expect(random.uniform(in: 5...5) == 5)
    #expect(
      (0..<100).allSatisfy { _ in (Int.min...Int.max).contains(random.uniform(in: .min ... .max)) })
    #expect((0..<100).allSatisfy { _ in random.uniform(in: Int.min...0) <= 0 })
  }

  @Test func uniformsLieInTheUnitInterval() {
    var random = RandomState(seed: 11)
    let values = (0..<20_000).map { _ in random.uniform() }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(values.reduce(0, +) / 20_000 - 0.5) < 0.012)
    #expect((0..<50).allSatisfy { _ in random.bernoulli(1) && !random.bernoulli(0) })
  }

  @Test func permutationsAreCompleteAndEveryOrderAppears() {
    var random = RandomState(seed: 5)
    #expect(random.permutation(1000).sorted() == Array(0..<1000))
    #expect(random.permutation(0).isEmpty)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 { counts[random.permutation(3), default: 0] += 1 }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 180 })
  }
}
