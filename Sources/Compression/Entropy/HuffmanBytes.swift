// Runs of bytes with a Huffman code of their own, or as they are where that is no longer.

/// Runs of bytes with a Huffman code of their own, or as they are where that is no longer.
enum HuffmanBytes {
  private static let asTheyAre: UInt8 = 0
  private static let coded: UInt8 = 1

  /// The bytes that stand for `bytes`: which form, and for a coded one its length.
  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var counts = [Int](repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    let code = HuffmanCode(counts: counts)
    var bits = BitWriter()
    code.putLengths(to: &bits)
    let size = (bits.count + code.bits(of: counts) + 7) / 8
    let head = LEB128.bytes(size)
    guard head.count + size < bytes.count else { return [asTheyAre] + bytes }
    for byte in bytes { code.put(Int(byte), to: &bits) }
    return [coded] + head + bits.bytes
  }

  /// The `count` bytes that the beginning of `source` stands for, which is taken off.
  static func decode(
    _ source: inout ArraySlice<UInt8>, count: Int
  ) throws(DecodingFault) -> [UInt8] {
    switch source.popFirst() {
    case asTheyAre:
      guard source.count >= count else {
        throw DecodingFault("\(count) bytes were expected where \(source.count) are left")
      }
      defer { source = source.dropFirst(count) }
      return Array(source.prefix(count))
    case coded:
      let size = try LEB128.take(from: &source)
      guard size <= source.count else {
        throw DecodingFault("\(size) bytes were expected where \(source.count) are left")
      }
      var bits = BitReader(source.prefix(size))
      source = source.dropFirst(size)
      let code = try HuffmanCode(symbols: 256, from: &bits)
      guard count <= bits.left else {
        throw DecodingFault("\(count) symbols were expected where \(bits.left) bits are left")
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count)
      for _ in 0..<count { bytes.append(UInt8(try code.take(from: &bits))) }
      try bits.finish()
      return bytes
    case let form?: throw DecodingFault("bytes have the unknown form \(form)")
    case nil: throw DecodingFault("it ends where a run of bytes was expected")
    }
  }
}

/// Numbers of any size, seven bits a byte, the lowest first; the highest bit says that more follow.
enum LEB128 {
  /// A number of 0 or more as bytes.
  static func bytes(_ number: Int) -> [UInt8] {
    var rest = UInt64(max(0, number))
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// The number at the beginning of `source`, which is taken off.
  static func take(from source: inout ArraySlice<UInt8>) throws(DecodingFault) -> Int {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard let byte = source.popFirst() else { throw DecodingFault("a number is cut off") }
      number |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 {
        guard number <= UInt64(Int.max) else { break }
        return Int(number)
      }
    }
    throw DecodingFault("a number is too large")
  }
}
