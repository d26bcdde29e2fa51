// The codec of Deep Compression: a table of shared values, relative indexes, Huffman codes for both.
//
// S. Han et al., "Deep Compression: Compressing Deep Neural Networks with Pruning, Trained Quantization
// and Huffman Coding", ICLR 2016. Of n weights sharing k values of b bits, numbers alone compress by
//   r = n b / (n log2 k + k b);
// pruned weights are stored sparsely, by the steps from one to the next, and Huffman codes shorten the
// numbers of frequent values and steps.
//
// Where the paper is open: the step's width is the one of 3 to 8 bits that takes the fewest bytes
// unless one is asked for; a filler has a symbol of its own in the code of the values; the background
// is the element that occurs most often, which in a pruned tensor is zero; and where storing every
// element without steps is shorter, that is done.

import Network

/// Shared values, relative indexes and Huffman codes for both (Han et al. 2016).
public struct DeepCompression: Codec {
  public static let name = "deep-compression"
  public static let summary =
    "shared values, relative indexes, Huffman codes for both (Han et al. 2016)"

  /// The bits of a step before Huffman coding, one of ``RelativeIndex/widths``; the one that takes the
  /// fewest bytes if `nil`.
  public let indexBits: Int?

  /// More different values are not shared ones.
  private static let mostValues = 1 << 16

  /// The codec.
  ///
  /// - Throws: ``CompressionError/setting(name:found:expected:)``.
  public init(indexBits: Int) throws(CompressionError) {
    guard RelativeIndex.widths.contains(indexBits) else {
      throw .setting(
        name: "index-bits", found: "\(indexBits)", expected: "a number from 3 to 8, or auto")
    }
    self.indexBits = indexBits
  }

  /// The codec that chooses the width of its steps itself.
  public init() { indexBits = nil }

  public func encode(_ tensor: TensorData) -> EncodedTensor? {
    guard let patterns = tensor.patterns, let palette = Palette(patterns, most: Self.mostValues)
    else { return nil }
    let dense = Dense(patterns, palette, bitWidth: tensor.type.bitWidth)
    let sparse = Sparse(patterns, palette, bitWidth: tensor.type.bitWidth)
    let widths = indexBits.map { [$0] } ?? Array(RelativeIndex.widths)
    let indexes = widths.map { RelativeIndex(of: sparse.positions, in: patterns.count, bits: $0) }
    guard let best = indexes.min(by: { sparse.bits(with: $0) < sparse.bits(with: $1) }) else {
      return nil
    }
    return sparse.bits(with: best) < dense.bits ? sparse.encoded(with: best) : dense.encoded()
  }

  public static func decode(
    _ bytes: ArraySlice<UInt8>, type: ElementType, shape: [Int]
  ) throws(DecodingFault) -> TensorData {
    guard [8, 16, 32].contains(type.bitWidth), let count = shape.elementCount, count < 1 << 48
    else {
      throw DecodingFault("no tensor of type \(type) and shape \(shape) is stored by shared values")
    }
    var bits = BitReader(bytes)
    let patterns =
      try bits.bit() == 1
      ? try Sparse.decode(&bits, count: count, bitWidth: type.bitWidth)
      : try Dense.decode(&bits, count: count, bitWidth: type.bitWidth)
    try bits.finish()
    return try TensorData(
      decoded: patterns.bytes(width: type.bitWidth / 8), type: type, shape: shape)
  }
}

/// The different elements of a tensor.
private struct Palette {
  /// The element that occurs most often, and of equally frequent ones the least.
  let background: UInt32
  /// The others, ascending, and the number of each.
  let values: [UInt32]
  let numbers: [UInt32: Int]

  /// The palette of `patterns`; `nil` where there are none, or more than `most` different ones.
  init?(_ patterns: [UInt32], most: Int) {
    var counts: [UInt32: Int] = [:]
    for pattern in patterns {
      counts[pattern, default: 0] += 1
      if counts.count > most { return nil }
    }
    guard let background = counts.min(by: { ($1.value, $0.key) < ($0.value, $1.key) })?.key else {
      return nil
    }
    self.background = background
    values = counts.keys.filter { $0 != background }.sorted()
    numbers = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, $0) })
  }
}

/// The fields that both forms begin with.
private enum Field {
  /// The number of values, and the number of entries.
  static let (values, entries) = (17, 40)
}

/// Every element by the number of its value.
private struct Dense {
  private let symbols: [Int]
  private let values: [UInt32]
  private let code: HuffmanCode
  private let counts: [Int]
  private let bitWidth: Int
  /// The bits it takes, but for the lengths of the code.
  let bits: Int

  init(_ patterns: [UInt32], _ palette: Palette, bitWidth: Int) {
    // The background is the last value.
    symbols = patterns.map { palette.numbers[$0] ?? palette.values.count }
    values = palette.values + [palette.background]
    var counts = [Int](repeating: 0, count: values.count)
    for symbol in symbols { counts[symbol] += 1 }
    self.counts = counts
    self.bitWidth = bitWidth
    code = HuffmanCode(counts: counts)
    bits = 1 + Field.values + values.count * bitWidth + code.tableBits + code.bits(of: counts)
  }

  func encoded() -> EncodedTensor {
    var bits = BitWriter()
    bits.put(0, 1)
    bits.put(UInt64(values.count), Field.values)
    for value in values { bits.put(UInt64(value), bitWidth) }
    code.putLengths(to: &bits)
    for symbol in symbols { code.put(symbol, to: &bits) }
    return EncodedTensor(
      bits.bytes,
      spending: EncodedTensor.Spending(
        kept: symbols.count, values: values.count, weightBits: values.count.numberWidth,
        codedWeightBits: Double(code.bits(of: counts)) / Double(symbols.count),
        codebookBytes: values.count * bitWidth / 8))
  }

  static func decode(
    _ bits: inout BitReader, count: Int, bitWidth: Int
  ) throws(DecodingFault) -> [UInt32] {
    let values = try bits.values(bitWidth: bitWidth)
    let code = try HuffmanCode(symbols: values.count, from: &bits)
    guard count <= bits.left else {
      throw DecodingFault("\(count) elements were expected where \(bits.left) bits are left")
    }
    var patterns: [UInt32] = []
    patterns.reserveCapacity(count)
    for _ in 0..<count { patterns.append(values[try code.take(from: &bits)]) }
    return patterns
  }
}

/// The elements that are not the background, by their steps and the numbers of their values.
private struct Sparse {
  let positions: [Int]
  private let symbols: [Int]
  private let palette: Palette
  private let bitWidth: Int
  private let valueCounts: [Int]

  init(_ patterns: [UInt32], _ palette: Palette, bitWidth: Int) {
    positions = patterns.indices.filter { patterns[$0] != palette.background }
    symbols = positions.map { palette.numbers[patterns[$0]] ?? 0 }
    self.palette = palette
    self.bitWidth = bitWidth
    var counts = [Int](repeating: 0, count: palette.values.count)
    for symbol in symbols { counts[symbol] += 1 }
    valueCounts = counts
  }

  /// The codes of values (fillers last) and steps, with how often each occurs.
  private func codes(
    _ index: RelativeIndex
  ) -> (values: HuffmanCode, valueCounts: [Int], steps: HuffmanCode, stepCounts: [Int]) {
    let valueCounts = valueCounts + [index.fillers]
    var stepCounts = [Int](repeating: 0, count: 1 << index.bits)
    for step in index.steps { stepCounts[Int(step)] += 1 }
    return (
      HuffmanCode(counts: valueCounts), valueCounts, HuffmanCode(counts: stepCounts), stepCounts
    )
  }

  /// The bits it takes.
  func bits(with index: RelativeIndex) -> Int {
    let (values, valueCounts, steps, stepCounts) = codes(index)
    return 1 + bitWidth + Field.values + palette.values.count * bitWidth + 4 + Field.entries
      + values.tableBits + steps.tableBits + values.bits(of: valueCounts)
      + steps.bits(of: stepCounts)
  }

  func encoded(with index: RelativeIndex) -> EncodedTensor {
    let (values, valueCounts, steps, stepCounts) = codes(index)
    var bits = BitWriter()
    bits.put(1, 1)
    bits.put(UInt64(palette.background), bitWidth)
    bits.put(UInt64(palette.values.count), Field.values)
    for value in palette.values { bits.put(UInt64(value), bitWidth) }
    bits.put(UInt64(index.bits), 4)
    bits.put(UInt64(index.steps.count), Field.entries)
    values.putLengths(to: &bits)
    steps.putLengths(to: &bits)
    let filler = palette.values.count
    for (step, entry) in zip(index.steps, index.entries) {
      steps.put(Int(step), to: &bits)
      values.put(entry < 0 ? filler : symbols[entry], to: &bits)
    }
    let kept = Double(max(1, positions.count))
    return EncodedTensor(
      bits.bytes,
      spending: EncodedTensor.Spending(
        kept: positions.count, values: palette.values.count,
        weightBits: palette.values.count.numberWidth,
        codedWeightBits: Double(values.bits(of: valueCounts)) / kept, indexBits: index.bits,
        codedIndexBits: Double(steps.bits(of: stepCounts)) / kept,
        codebookBytes: palette.values.count * bitWidth / 8))
  }

  static func decode(
    _ bits: inout BitReader, count: Int, bitWidth: Int
  ) throws(DecodingFault) -> [UInt32] {
    let background = UInt32(truncatingIfNeeded: try bits.take(bitWidth))
    let values = try bits.values(bitWidth: bitWidth)
    let width = try bits.count(4)
    guard RelativeIndex.widths.contains(width) else {
      throw DecodingFault("steps have \(width) bits, where 3 to 8 were expected")
    }
    let entries = try bits.count(Field.entries)
    let code = try HuffmanCode(symbols: values.count + 1, from: &bits)
    let steps = try HuffmanCode(symbols: 1 << width, from: &bits)
    // Each entry takes two bits at least and reaches over 2^width elements at most; fewer than that
    // many elements follow the last one.
    guard entries <= bits.left / 2, count <= (entries + 1) << width else {
      throw DecodingFault(
        "\(count) elements cannot be reached by \(entries) entries in \(bits.left) bits")
    }
    var patterns = [UInt32](repeating: background, count: count)
    var next = 0
    for _ in 0..<entries {
      let position = next + (try steps.take(from: &bits))
      let symbol = try code.take(from: &bits)
      guard position < count else {
        throw DecodingFault("an entry stands at \(position), of \(count) elements")
      }
      if symbol < values.count { patterns[position] = values[symbol] }
      next = position + 1
    }
    return patterns
  }
}

extension BitReader {
  /// A table of values with their number before it.
  fileprivate mutating func values(bitWidth: Int) throws(DecodingFault) -> [UInt32] {
    let count = try count(Field.values)
    guard count * bitWidth <= left else {
      throw DecodingFault("\(count) values were expected where \(left) bits are left")
    }
    var values: [UInt32] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(UInt32(truncatingIfNeeded: try take(bitWidth))) }
    return values
  }
}

extension HuffmanCode {
  /// The bits of the lengths as ``putLengths(to:)`` writes them.
  fileprivate var tableBits: Int {
    var bits = BitWriter()
    putLengths(to: &bits)
    return bits.count
  }
}

extension Int {
  /// The bits that the numbers below this one take.
  fileprivate var numberWidth: Int { self <= 1 ? 0 : Int.bitWidth - (self - 1).leadingZeroBitCount }
}

extension TensorData {
  /// The elements as they are stored; `nil` where an element is no run of one, two or four bytes.
  fileprivate var patterns: [UInt32]? {
    guard type != .string, count > 0 else { return nil }
    return bytes.withUnsafeBytes { raw in
      switch type.bitWidth {
      case 8: raw.map { UInt32($0) }
      case 16:
        (0..<count).map {
          UInt32(UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)))
        }
      case 32:
        (0..<count).map {
          UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
        }
      default: nil
      }
    }
  }
}

extension [UInt32] {
  /// The lowest `width` bytes of each, lowest first.
  fileprivate func bytes(width: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * width)
    for pattern in self {
      for place in 0..<width {
        bytes.append(UInt8(truncatingIfNeeded: pattern >> UInt32(8 * place)))
      }
    }
    return bytes
  }
}
