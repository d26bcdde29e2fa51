// Huffman codes: within one bit of the entropy, no longer than any other, and back again.

import Foundation
import Network
import Testing

@testable import Compression

@Suite struct HuffmanTests {
  /// Counts of different kinds: even, skewed, with gaps, of Fibonacci numbers (the deepest trees).
  static func samples() -> [[Int]] {
    var generator = SeededGenerator(seed: 8)
    var samples: [[Int]] = [[1, 1], [1, 1_000_000], [0, 3, 0, 0, 5, 7], [5, 5, 5, 5]]
    for count in [3, 17, 33, 256, 1000] {
      samples.append((0..<count).map { _ in Int.random(in: 0...50, using: &generator) })
      samples.append(
        (0..<count).map { _ in Int(exp(Double.random(in: 0...12, using: &generator))) })
    }
    var fibonacci = [1, 1]
    while fibonacci.count < 40 { fibonacci.append(fibonacci.suffix(2).reduce(0, +)) }
    return samples + [fibonacci, fibonacci.reversed()]
  }

  @Test(arguments: samples())
  func lengthIsWithinOneBitOfTheEntropy(counts: [Int]) {
    let code = HuffmanCode(counts: counts)
    let total = Double(counts.reduce(0, +))
    let mean = Double(code.bits(of: counts)) / total
    // The entropy, term by term.
    var entropy = 0.0
    for count in counts where count > 0 {
      entropy += Double(count) / total * log2(total / Double(count))
    }
    #expect(mean >= entropy - 1e-9)
    #expect(mean < entropy + 1)
    #expect(abs(Compression.entropy(of: counts) - entropy) < 1e-9)
    // The codes fill the tree exactly.
    let kraft = code.lengths.filter { $0 > 0 }.reduce(0.0) { $0 + exp2(-Double($1)) }
    #expect(abs(kraft - 1) < 1e-12)
  }

  /// The fewest bits over all prefix codes of up to five symbols, found by trying every sequence of
  /// lengths that Kraft's inequality allows.
  static func fewestBits(_ counts: [Int]) -> Int {
    var best = Int.max
    func choose(_ lengths: [Int]) {
      guard lengths.count < counts.count else {
        let kraft = lengths.reduce(0.0) { $0 + exp2(-Double($1)) }
        if kraft <= 1 { best = min(best, zip(lengths, counts).reduce(0) { $0 + $1.0 * $1.1 }) }
        return
      }
      for length in 1...counts.count { choose(lengths + [length]) }
    }
    choose([])
    return best
  }

  @Test func noPrefixCodeIsShorter() {
    var generator = SeededGenerator(seed: 3)
    for count in 2...5 {
      for _ in 0..<20 {
        let counts = (0..<count).map { _ in Int.random(in: 1...30, using: &generator) }
        #expect(HuffmanCode(counts: counts).bits(of: counts) == Self.fewestBits(counts))
      }
    }
  }

  @Test(arguments: samples())
  func symbolsComeBackFromLengthsAlone(counts: [Int]) throws {
    var generator = SeededGenerator(seed: 5)
    let used = counts.indices.filter { counts[$0] > 0 }
    let symbols = (0..<500).map { _ in used[Int.random(in: 0..<used.count, using: &generator)] }
    let code = HuffmanCode(counts: counts)
    var bits = BitWriter()
    code.putLengths(to: &bits)
    for symbol in symbols { code.put(symbol, to: &bits) }
    var reader = BitReader(bits.bytes[...])
    let read = try HuffmanCode(symbols: counts.count, from: &reader)
    #expect(read == code)
    for symbol in symbols { #expect(try read.take(from: &reader) == symbol) }
    try reader.finish()
  }

  @Test func aSingleSymbolTakesOneBit() throws {
    let code = HuffmanCode(counts: [0, 9, 0])
    #expect(code.lengths == [0, 1, 0])
    var bits = BitWriter()
    code.put(1, to: &bits)
    var reader = BitReader(bits.bytes[...])
    #expect(try code.take(from: &reader) == 1)
  }

  @Test func impossibleLengthsAreRefused() {
    for lengths in [[1, 1, 1], [2, 2, 2], [1, 2], [2], [57]] {
      #expect(throws: DecodingFault.self) { try HuffmanCode(lengths: lengths) }
    }
    #expect(throws: Never.self) { try HuffmanCode(lengths: [1, 2, 3, 3]) }
  }

  @Test func bitsComeBackInAnyWidth() throws {
    var generator = SeededGenerator(seed: 1)
    let numbers = (0..<2000).map { _ -> (UInt64, Int) in
      let width = Int.random(in: 0...56, using: &generator)
      return (UInt64.random(in: 0..<(1 << UInt64(width)), using: &generator), width)
    }
    var bits = BitWriter()
    for (value, width) in numbers { bits.put(value, width) }
    #expect(bits.count == numbers.reduce(0) { $0 + $1.1 })
    var reader = BitReader(bits.bytes[...])
    for (value, width) in numbers { #expect(try reader.take(width) == value) }
    #expect(throws: DecodingFault.self) { try reader.take(8) }
  }

  @Test func theChecksumIsTheUsualOne() {
    #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.of([]) == 0)
  }

  @Test func stepsReachEveryEntry() {
    // Figure 2 of the paper: entries at 1, 4 and 15 of sixteen elements, steps of 3 bits.
    let index = RelativeIndex(of: [1, 4, 15], in: 16, bits: 3)
    #expect(index.steps == [1, 2, 7, 2])
    #expect(index.entries == [0, 1, -1, 2])
    var generator = SeededGenerator(seed: 2)
    for bits in 3...8 {
      let positions = (0..<3000).filter { _ in Int.random(in: 0..<90, using: &generator) == 0 }
      let index = RelativeIndex(of: positions, in: 3000, bits: bits)
      var (next, found): (Int, [Int]) = (0, [])
      for (step, entry) in zip(index.steps, index.entries) {
        next += Int(step) + 1
        if entry >= 0 { found.append(next - 1) }
      }
      #expect(found == positions)
      #expect(3000 - next < 1 << bits)
    }
  }
}
