// A cursor over bytes whose every read is checked against the end.

/// Reads integers and runs of bytes in order; a read past the end throws `DataError.truncated` with the
/// file and the offset.
struct ByteReader {
  /// The bytes being read.
  let bytes: [UInt8]
  /// The file they came from, for messages.
  let path: String
  /// Where the next read starts.
  private(set) var offset: Int

  init(_ bytes: [UInt8], path: String, offset: Int = 0) {
    self.bytes = bytes
    self.path = path
    self.offset = offset
  }

  /// The number of bytes not yet read.
  var remaining: Int { bytes.count - offset }

  /// The next `count` bytes.
  mutating func read(_ count: Int) throws(DataError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else {
      throw .truncated(path: path, offset: offset, needed: count, available: max(remaining, 0))
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// The next byte.
  mutating func byte() throws(DataError) -> UInt8 {
    guard offset < bytes.count else {
      throw .truncated(path: path, offset: offset, needed: 1, available: 0)
    }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// Passes over `count` bytes.
  mutating func skip(_ count: Int) throws(DataError) { _ = try read(count) }

  mutating func bigEndian<Value: FixedWidthInteger>(_: Value.Type) throws(DataError) -> Value {
    try read(Value.bitWidth / 8).reduce(0) { ($0 << 8) | Value(truncatingIfNeeded: $1) }
  }

  mutating func littleEndian<Value: FixedWidthInteger>(_: Value.Type) throws(DataError) -> Value {
    try bigEndian(Value.self).byteSwapped
  }

  /// An error that names this place.
  func malformed(_ expected: String, found: String, back: Int = 0) -> DataError {
    .malformed(path: path, offset: offset - back, expected: expected, found: found)
  }
}

extension Int {
  /// The product of sizes, or nil if it does not fit or a size is negative.
  static func product(_ sizes: [Int]) -> Int? {
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      product = next
    }
    return product
  }
}
