// Real inputs of a binary layer: pixels of 8 bits as eight planes of bits, other numbers as they are.
//
// M. Courbariaux et al., "Binarized Neural Networks", 2016, section 1.6 and algorithm 5: an input x of 8
// bits is sum_n 2^n x_n, so that x . w = sum_n 2^n (x_n . w), each a product of bits; with bits b of 0 and
// 1, b . w = ((2 b - 1) . w + sum(w)) / 2. Where the paper is open: pixels reach the network scaled (over
// 255, and usually standardised), v = first + step b. Whether a batch is such is found out from its
// numbers; where it is not, the sums are taken in double precision.

import Foundation

/// Pixels of 8 bits behind scaled numbers: `x = first + step level`, level from 0 to 255.
struct BinaryPixels: Sendable {
  /// The bits of the levels, lowest first: +1 where one is set.
  let planes: [BinaryMatrix]
  let first: Double
  let step: Double

  /// The pixels behind `x`, a row after the other.
  ///
  /// - Returns: `nil` where the numbers are not 256 or fewer equally spaced ones.
  init?(_ x: [Float], rows: Int, columns: Int) {
    var distinct = Set<Float>()
    for value in x where distinct.insert(value).inserted {
      guard distinct.count <= 256, value.isFinite else { return nil }
    }
    let sorted = distinct.sorted().map(Double.init)
    guard let low = sorted.first, let high = sorted.last else { return nil }
    let gap = zip(sorted, sorted.dropFirst()).map { $1 - $0 }.min() ?? 1
    let count = max(1, ((high - low) / gap).rounded())
    guard count <= 255 else { return nil }
    let step = high > low ? (high - low) / count : 1
    var levels: [Float: UInt8] = [:]
    for (value, number) in zip(distinct.sorted(), sorted) {
      let place = (number - low) / step
      // Scaled in single precision, a level is off by less than a thousandth of a step.
      guard abs(place - place.rounded()) < 1e-3 else { return nil }
      levels[value] = UInt8(place.rounded())
    }
    let perRow = (columns + 63) / 64
    var words = [[UInt64]](
      repeating: [UInt64](repeating: 0, count: rows * perRow), count: 8)
    for row in 0..<rows {
      for column in 0..<columns {
        guard let level = levels[x[row * columns + column]], level != 0 else { continue }
        let place = row * perRow + column / 64
        for bit in 0..<8 where level >> UInt8(bit) & 1 == 1 {
          words[bit][place] |= 1 << UInt64(column % 64)
        }
      }
    }
    planes = words.map {
      BinaryMatrix(rows: rows, columns: columns, block: columns, words: $0)
    }
    (first, self.step) = (low, step)
  }

  /// The sums `x . w` of every row x with every row w of the weights; `nil` where they don't fit.
  func product(_ weights: BinaryMatrix) -> [Double]? {
    let totals = weights.rowSums
    var levels = [Int](repeating: 0, count: (planes.first?.rows ?? 0) * weights.rows)
    for (bit, plane) in planes.enumerated() {
      guard let products = plane.product(transposed: weights) else { return nil }
      for index in products.indices {
        levels[index] += (Int(products[index]) + totals[index % weights.rows]) / 2 * (1 << bit)
      }
    }
    return levels.indices.map {
      first * Double(totals[$0 % weights.rows]) + step * Double(levels[$0])
    }
  }
}

extension BinaryMatrix {
  /// The sum of each row.
  var rowSums: [Int] {
    (0..<rows).map { row in
      let set = words[row * wordsPerRow..<(row + 1) * wordsPerRow]
        .reduce(0) { $0 + $1.nonzeroBitCount }
      return 2 * set - columns
    }
  }

  /// The sums `x . w` of every row x of real numbers with every row w of this matrix; `nil` where they
  /// don't fit.
  func product(real x: [Float], rows count: Int) -> [Double]? {
    guard x.count == count * columns else { return nil }
    // Input after input: the sums of all units grow side by side.
    var weights = [Float](repeating: 0, count: rows * columns)
    for (index, value) in values.enumerated() {
      weights[index % columns * rows + index / columns] = value
    }
    var sums = [Double](repeating: 0, count: count * rows)
    weights.withUnsafeBufferPointer { weights in
      sums.withUnsafeMutableBufferPointer { sums in
        for row in 0..<count {
          for column in 0..<columns where x[row * columns + column] != 0 {
            let value = Double(x[row * columns + column])
            for unit in 0..<rows {
              sums[row &* rows &+ unit] += value * Double(weights[column &* rows &+ unit])
            }
          }
        }
      }
    }
    return sums
  }
}
