// Walks the fields of a protobuf message without decoding what is inside them.

/// What is wrong with a message, and at which byte.
struct WireFault: Error {
  /// The offset, from the first byte of the file, at which reading stopped.
  let offset: Int
  /// What was found or expected there.
  let problem: String
}

/// One field of a message, as ranges of the bytes it was read from.
struct WireField {
  /// The field's number in its message.
  let number: Int
  /// The field's tag, without what follows.
  let tag: Range<Int>
  /// What follows: for a length-delimited field the bytes after the length.
  let payload: Range<Int>
  /// Whether the field carries its length, as messages, strings and bytes do.
  let isDelimited: Bool

  /// The whole field.
  var range: Range<Int> { tag.lowerBound..<payload.upperBound }
}

/// Walks the fields of one message; never leaves its bounds and never allocates.
struct WireReader {
  private let bytes: UnsafeRawBufferPointer
  private let end: Int
  private var position: Int

  /// Messages within messages that are followed before the input is refused, as in protobuf itself.
  static let deepest = 100

  /// A reader of the message that takes `range` of `bytes`.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field; `nil` at the end of the message.
  mutating func next(depth: Int = 0) throws(WireFault) -> WireField? {
    guard position < end else { return nil }
    let start = position
    let key = try varint()
    let tag = start..<position
    guard key >> 3 > 0, key >> 3 < 1 << 29 else {
      throw WireFault(offset: start, problem: "\(key >> 3) is not the number of a field")
    }
    let number = Int(key >> 3)
    switch key & 7 {
    case 0:
      let from = position
      _ = try varint()
      return WireField(number: number, tag: tag, payload: from..<position, isDelimited: false)
    case 1: return try fixed(8, number, tag)
    case 5: return try fixed(4, number, tag)
    case 2:
      let at = position
      let length = try varint()
      guard length <= UInt64(end - position) else {
        throw WireFault(
          offset: at,
          problem: "field \(number) claims \(length) bytes where only \(end - position) are left")
      }
      position += Int(length)
      return WireField(
        number: number, tag: tag, payload: position - Int(length)..<position, isDelimited: true)
    case 3:
      let from = position
      try skipGroup(number, depth: depth)
      return WireField(number: number, tag: tag, payload: from..<position, isDelimited: false)
    default:
      throw WireFault(
        offset: start, problem: "field \(number) has the unknown wire type \(key & 7)")
    }
  }

  private mutating func fixed(
    _ width: Int, _ number: Int, _ tag: Range<Int>
  ) throws(WireFault) -> WireField {
    guard end - position >= width else {
      throw WireFault(
        offset: position,
        problem: "field \(number) needs \(width) bytes where only \(end - position) are left")
    }
    position += width
    return WireField(
      number: number, tag: tag, payload: position - width..<position, isDelimited: false)
  }

  private mutating func skipGroup(_ number: Int, depth: Int) throws(WireFault) {
    guard depth < Self.deepest else {
      throw WireFault(offset: position, problem: "groups are nested deeper than \(Self.deepest)")
    }
    while position < end {
      let start = position
      let key = try varint()
      if key & 7 == 4 {
        guard key >> 3 == number else {
          throw WireFault(offset: start, problem: "group \(number) is closed by \(key >> 3)")
        }
        return
      }
      position = start
      _ = try next(depth: depth + 1)
    }
    throw WireFault(offset: position, problem: "group \(number) is never closed")
  }

  private mutating func varint() throws(WireFault) -> UInt64 {
    var value: UInt64 = 0
    let start = position
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else {
        throw WireFault(offset: start, problem: "a number is cut off")
      }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw WireFault(offset: start, problem: "a number has more than 10 bytes")
  }

  /// `value` as protobuf writes a length.
  static func varint(_ value: Int) -> [UInt8] {
    var rest = UInt64(value)
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    return bytes
  }
}
