// Matrices of -1 and +1, one bit an element, and their product by XNOR and the counting of bits.
//
// M. Courbariaux et al., "Binarized Neural Networks", 2016, section 4: with +1 as the bit 1 and -1 as the
// bit 0, elements that agree are those whose XNOR is 1, so that of two rows of k elements
//   x . y = (agreeing) - (differing) = k - 2 popcount(x XOR y),
// 64 products at a time. Sums are whole numbers: the product is the float product exactly, as long as
// k < 2^24, up to which float32 counts exactly.

import CBitCount

/// A matrix of -1 and +1, one bit an element.
public struct BinaryMatrix: Sendable, Hashable {
  /// The extents.
  public let rows: Int
  public let columns: Int
  /// How many elements follow each other before the next begins with a word of its own: those of a row,
  /// or, where a row holds the channels at several places of a map, those of one place.
  let block: Int
  /// The bits of each row, 64 a word, the first element lowest; what fills the last word of a block is 0.
  public let words: [UInt64]

  /// The words that a block and a row take.
  var wordsPerBlock: Int { (block + 63) / 64 }
  var wordsPerRow: Int { columns / max(1, block) * wordsPerBlock }

  /// The signs of `values`, a row after the other: -1 below 0, +1 from 0 on.
  ///
  /// - Returns: `nil` where there are not `rows * columns` values.
  public init?(signsOf values: [Float], rows: Int, columns: Int) {
    self.init(signsOf: values, rows: rows, columns: columns, block: columns)
  }

  /// The same in blocks.
  ///
  /// - Returns: `nil` where there are not `rows * columns` values, or the blocks are no part of a row.
  init?(signsOf values: [Float], rows: Int, columns: Int, block: Int) {
    guard rows >= 0, columns >= 0, values.count == rows * columns,
      block > 0 ? columns % block == 0 : columns == 0
    else { return nil }
    let perBlock = (block + 63) / 64
    let blocks = values.count / max(1, block)
    var words = [UInt64](repeating: 0, count: blocks * perBlock)
    values.withUnsafeBufferPointer { values in
      words.withUnsafeMutableBufferPointer { words in
        for start in 0..<blocks {
          for index in 0..<block where values[start &* block &+ index] >= 0 {
            words[start &* perBlock &+ index >> 6] |= 1 << UInt64(index & 63)
          }
        }
      }
    }
    self.init(rows: rows, columns: columns, block: block, words: words)
  }

  /// The elements as numbers, a row after the other.
  public var values: [Float] {
    (0..<rows * columns).map { index in
      let (start, place) = (index / block * wordsPerBlock, index % block)
      return words[start + place / 64] >> UInt64(place % 64) & 1 == 1 ? 1 : -1
    }
  }

  /// A matrix of bits that are packed already.
  init(rows: Int, columns: Int, block: Int, words: [UInt64]) {
    (self.rows, self.columns, self.block, self.words) = (rows, columns, block, words)
  }

  /// What counts bits on this machine: `AVX-512`, `AVX2`, `POPCNT` or `plain C`.
  public static var instructions: String { String(cString: xnor_instructions()) }

  /// The product with the transpose of `other`: `result[i, j] = sum_k self[i, k] other[j, k]`, a row
  /// after the other. This is a linear layer: examples in rows, and weights as [outputs, inputs]. It
  /// uses one thread.
  ///
  /// - Returns: `nil` where the columns differ.
  public func product(transposed other: BinaryMatrix) -> [Int32]? {
    guard columns == other.columns, block == other.block else { return nil }
    var result = [Int32](repeating: 0, count: rows * other.rows)
    words.withUnsafeBufferPointer { a in
      other.words.withUnsafeBufferPointer { b in
        result.withUnsafeMutableBufferPointer { result in
          guard let a = a.baseAddress, let b = b.baseAddress, let result = result.baseAddress else {
            return
          }
          xnor_product(a, rows, b, other.rows, wordsPerRow, Int32(clamping: columns), result)
        }
      }
    }
    return result
  }
}
