// Windows over a map of signs: what a binary convolution and a pooling see at each place.
//
// A map lies in memory place after place, the signs of a place's channels in words of their own, so that
// the window of a convolution is a handful of words copied behind each other, and its sums are a product
// of matrices as those of a linear layer are. Places beyond the edge are zeros to ONNX, which a bit cannot
// be: their bits say -1, and the sum of the weights there, which that took away, is added again.

/// Which places of a map each place of the next one sees.
struct BinaryWindows: Sendable {
  /// The extents of the next map.
  let height: Int
  let width: Int
  /// How many places a window holds.
  let area: Int
  /// For each place of the next map the places of its window, row by row; `nil` beyond the edge.
  let places: [Int?]

  /// How many places the next map has.
  var count: Int { height * width }

  /// The most extents of a map, and the most places of all windows together.
  private static let (longest, largest) = (1 << 16, 1 << 22)

  /// The windows of a kernel over a map of `height` by `width`; `pads` are top, left, bottom, right.
  ///
  /// - Returns: `nil` where no window fits, or there are too many for a computer's memory.
  init?(height: Int, width: Int, kernel: [Int], strides: [Int], pads: [Int]) {
    guard kernel.count == 2, strides.count == 2, pads.count == 4, kernel.allSatisfy({ $0 > 0 }),
      strides.allSatisfy({ $0 > 0 }), pads.allSatisfy({ $0 >= 0 }),
      ([height, width] + kernel + strides + pads).allSatisfy({ $0 <= Self.longest }),
      height + pads[0] + pads[2] >= kernel[0], width + pads[1] + pads[3] >= kernel[1]
    else { return nil }
    self.height = (height + pads[0] + pads[2] - kernel[0]) / strides[0] + 1
    self.width = (width + pads[1] + pads[3] - kernel[1]) / strides[1] + 1
    area = kernel[0] * kernel[1]
    guard self.height * self.width <= Self.largest / area else { return nil }
    var places: [Int?] = []
    for y in 0..<self.height {
      for x in 0..<self.width {
        for ky in 0..<kernel[0] {
          for kx in 0..<kernel[1] {
            let (row, column) = (y * strides[0] + ky - pads[0], x * strides[1] + kx - pads[1])
            let isInside = 0..<height ~= row && 0..<width ~= column
            places.append(isInside ? row * width + column : nil)
          }
        }
      }
    }
    self.places = places
  }

  /// The window of the place `index` of the next map.
  subscript(_ index: Int) -> ArraySlice<Int?> { places[index * area..<(index + 1) * area] }

  /// What the windows of `examples` maps see, each of `inputs` places: a row for each place of the next
  /// maps, in it the channels of each place of the window.
  func patches(of signs: BinarySigns, examples: Int, inputs: Int) -> BinarySigns {
    let (channels, per) = (signs.bits.columns, signs.bits.wordsPerRow)
    var words = [UInt64](repeating: 0, count: examples * count * area * per)
    var valid: [Int: [UInt64]] = [:]
    for row in 0..<examples * count {
      let (start, window) = (row / count * inputs, self[row % count])
      for (offset, place) in window.enumerated() {
        guard let place else { continue }
        for k in 0..<per {
          words[(row * area + offset) * per + k] = signs.bits.words[(start + place) * per + k]
        }
      }
      guard !signs.valid.isEmpty,
        window.contains(where: { $0.map { signs.valid[start + $0] != nil } ?? false })
      else { continue }
      valid[row] = window.flatMap { place in
        guard let place else { return [UInt64](repeating: 0, count: per) }
        return signs.valid[start + place] ?? BinarySigns.all(channels)
      }
    }
    let bits = BinaryMatrix(
      rows: examples * count, columns: area * channels, block: channels, words: words)
    return BinarySigns(bits: bits, valid: valid)
  }

  /// What the windows see of `examples` maps of numbers, which lie channel after channel: rows as those
  /// of signs, with zeros beyond the edge.
  func patches(of x: [Float], examples: Int, channels: Int, inputs: Int) -> [Float] {
    var rows = [Float](repeating: 0, count: examples * places.count * channels)
    var index = 0
    for example in 0..<examples {
      for place in places {
        if let place {
          for channel in 0..<channels {
            rows[index + channel] = x[(example * channels + channel) * inputs + place]
          }
        }
        index += channels
      }
    }
    return rows
  }

  /// What bits of -1 beyond the edge have taken from the sums of each place and unit.
  func edges(_ weights: BinaryMatrix) -> [Int32] {
    let sums = weights.blockSums
    return (0..<count).flatMap { index in
      (0..<weights.rows).map { unit in
        var missing = 0
        for (offset, place) in self[index].enumerated() where place == nil {
          missing += sums[unit * area + offset]
        }
        return Int32(clamping: missing)
      }
    }
  }

  /// The largest of each unit's sums in each window; places beyond the edge don't count.
  func largest<Sum: Comparable>(_ sums: [Sum], examples: Int, units: Int, inputs: Int) -> [Sum]? {
    var result: [Sum] = []
    result.reserveCapacity(examples * count * units)
    for example in 0..<examples {
      for index in 0..<count {
        let end = result.count
        for place in self[index] {
          guard let place else { continue }
          let start = (example * inputs + place) * units
          if result.count == end {
            result.append(contentsOf: sums[start..<start + units])
            continue
          }
          for unit in 0..<units where sums[start + unit] > result[end + unit] {
            result[end + unit] = sums[start + unit]
          }
        }
        guard result.count == end + units else { return nil }
      }
    }
    return result
  }
}

extension BinaryMatrix {
  /// The sum of each block of each row.
  var blockSums: [Int] {
    (0..<rows * columns / max(1, block)).map { start in
      let set = words[start * wordsPerBlock..<(start + 1) * wordsPerBlock]
      return 2 * set.reduce(0) { $0 + $1.nonzeroBitCount } - block
    }
  }
}

extension BinarySigns {
  /// The maps of `examples` as a row each: place after place.
  func flattened(_ examples: Int) -> BinarySigns {
    guard examples > 0, bits.rows != examples else { return self }
    let (places, channels) = (bits.rows / examples, bits.columns)
    var valid: [Int: [UInt64]] = [:]
    for example in Set(self.valid.keys.map { $0 / places }) {
      valid[example] = (0..<places).flatMap {
        self.valid[example * places + $0] ?? Self.all(channels)
      }
    }
    let rows = BinaryMatrix(
      rows: examples, columns: places * channels, block: channels, words: bits.words)
    return BinarySigns(bits: rows, valid: valid)
  }
}
