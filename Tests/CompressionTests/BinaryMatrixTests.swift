// Binary matrices: their product by counting bits is the float product, exactly.

import CBitCount
import Network
import Testing

@testable import Compression

@Suite struct BinaryMatrixTests {
  static func signs(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Bool.random(using: &generator) ? 1 : -1 }
  }

  /// Extents about the borders of words, and numbers of rows that are taken one by one, four at once, and
  /// woven together by eight.
  @Test(arguments: [1, 2, 63, 64, 65, 127, 128, 784, 1000], [(5, 7), (13, 19), (8, 8)])
  func popcountProductEqualsTheFloatProduct(k: Int, rows: (Int, Int)) throws {
    let (m, n) = rows
    let (x, y) = (Self.signs(m * k, seed: UInt64(k)), Self.signs(n * k, seed: UInt64(k) + 1000))
    var expected: [Float] = []
    for i in 0..<m {
      for j in 0..<n {
        expected.append((0..<k).reduce(0 as Float) { $0 + x[i * k + $1] * y[j * k + $1] })
      }
    }
    let a = try #require(BinaryMatrix(signsOf: x, rows: m, columns: k))
    let b = try #require(BinaryMatrix(signsOf: y, rows: n, columns: k))
    #expect(a.values == x && b.values == y)
    #expect(try #require(a.product(transposed: b)).map(Float.init) == expected)
  }

  /// Whatever the processor has for counting bits, it counts as plain C does.
  @Test(arguments: [(1, 1, 1), (3, 9, 2), (8, 8, 16), (21, 30, 13), (40, 17, 65)])
  func everyProcessorCountsTheSame(rows: Int, others: Int, words: Int) {
    var generator = SeededGenerator(seed: UInt64(rows))
    let a = (0..<rows * words).map { _ in UInt64.random(in: 0...UInt64.max, using: &generator) }
    let b = (0..<others * words).map { _ in UInt64.random(in: 0...UInt64.max, using: &generator) }
    var found = [Int32](repeating: 0, count: rows * others)
    var plain = found
    let columns = Int32(64 * words)
    xnor_product(a, rows, b, others, words, columns, &found)
    xnor_product_portably(a, rows, b, others, words, columns, &plain)
    #expect(found == plain)
    #expect(!BinaryMatrix.instructions.isEmpty)
  }

  @Test func extentsMustFit() throws {
    #expect(BinaryMatrix(signsOf: [1, 1, 1], rows: 2, columns: 2) == nil)
    let a = try #require(BinaryMatrix(signsOf: [1, -1], rows: 1, columns: 2))
    let b = try #require(BinaryMatrix(signsOf: [1, -1, 1], rows: 1, columns: 3))
    #expect(a.product(transposed: b) == nil)
  }

  @Test func binaryWeightsTakeABitEach() throws {
    let tensor = try TensorData(Self.signs(4096, seed: 3), shape: [64, 64])
    let encoded = try #require(DeepCompression().encode(tensor))
    #expect(encoded.bytes.count < 4096 / 8 + 20)
    let back = try DeepCompression.decode(encoded.bytes[...], type: .float32, shape: [64, 64])
    #expect(back == tensor)
  }
}
