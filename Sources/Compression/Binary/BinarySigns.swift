// The activations of a binary network: signs of examples, one bit each, zeros beside them.
//
// The paper's sign has no zero: x >= 0 is +1. ONNX's has one, and the graph that was trained and written
// computes ONNX's. So that both agree for every input, the rare example that holds a zero (a sum that lies
// on its unit's threshold to the last bit) carries a second word of bits saying where its signs are; its
// products leave the zeros out: x . y = valid - 2 popcount((x xor y) and valid).

/// Signs of examples, a row each.
struct BinarySigns: Sendable {
  /// The signs; the bits of zeros say nothing.
  let bits: BinaryMatrix
  /// Where signs are no zeros, of the rows that have some: the words of the row.
  let valid: [Int: [UInt64]]

  /// The signs of sums by the thresholds of their units, a row after the other.
  init(_ sums: [Int32], rows: Int, thresholds: [BinaryThreshold]) {
    self.init(rows: rows, columns: thresholds.count) { index, unit in
      thresholds[unit].sign(of: sums[index])
    }
  }

  /// The signs of sums that are no whole numbers, by the normalisation of their units.
  init(_ sums: [Double], rows: Int, norms: [BinaryNorm]) {
    self.init(rows: rows, columns: norms.count) { index, unit in norms[unit].sign(of: sums[index]) }
  }

  /// Signs that are packed already.
  init(bits: BinaryMatrix, valid: [Int: [UInt64]]) { (self.bits, self.valid) = (bits, valid) }

  private init(rows: Int, columns: Int, _ sign: (Int, Int) -> Int) {
    let perRow = (columns + 63) / 64
    var words: [UInt64] = []
    words.reserveCapacity(rows * perRow)
    var valid: [Int: [UInt64]] = [:]
    for row in 0..<rows {
      for start in stride(from: 0, to: columns, by: 64) {
        var (bits, zeros) = (0 as UInt64, 0 as UInt64)
        for column in start..<min(start + 64, columns) {
          let sign = sign(row * columns + column, column)
          if sign > 0 { bits |= 1 << UInt64(column - start) }
          if sign == 0 { zeros |= 1 << UInt64(column - start) }
        }
        words.append(bits)
        if zeros != 0 { valid[row, default: Self.all(columns)][start / 64] &= ~zeros }
      }
    }
    bits = BinaryMatrix(rows: rows, columns: columns, block: columns, words: words)
    self.valid = valid
  }

  /// The words that say of `count` signs that none is zero.
  static func all(_ count: Int) -> [UInt64] {
    var mask = [UInt64](repeating: .max, count: (count + 63) / 64)
    if count % 64 != 0 { mask[mask.count - 1] = (1 << UInt64(count % 64)) - 1 }
    return mask
  }

  /// The sums `x . w` of every row x with every row w of the weights; `nil` where they don't fit.
  func product(_ weights: BinaryMatrix) -> [Int32]? {
    guard var sums = bits.product(transposed: weights) else { return nil }
    let perRow = bits.wordsPerRow
    for (row, mask) in valid {
      let there = mask.reduce(0) { $0 + $1.nonzeroBitCount }
      for unit in 0..<weights.rows {
        var differing = 0
        for k in 0..<perRow {
          let differs = bits.words[row * perRow + k] ^ weights.words[unit * perRow + k]
          differing += (differs & mask[k]).nonzeroBitCount
        }
        sums[row * weights.rows + unit] = Int32(truncatingIfNeeded: there - 2 * differing)
      }
    }
    return sums
  }
}
