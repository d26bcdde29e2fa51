// Reads numbers of any width from bytes, the highest bit first, and never leaves them.

/// Reads numbers of any width from bytes, the highest bit first.
public struct BitReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  /// The bit that is read next, from the first of the bytes on.
  public private(set) var position = 0

  /// Begins at the first bit.
  public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// How many bits are left.
  public var left: Int { bytes.count * 8 - position }

  /// The next bit.
  public mutating func bit() throws(DecodingFault) -> UInt64 {
    guard position < bytes.count * 8 else {
      throw DecodingFault("its bits end at bit \(position), where another one was expected")
    }
    let byte = bytes[bytes.startIndex + position >> 3]
    let bit = byte >> (7 - UInt8(position & 7)) & 1
    position += 1
    return UInt64(bit)
  }

  /// The next `width` bits as a number; `width` is 0 to 64.
  public mutating func take(_ width: Int) throws(DecodingFault) -> UInt64 {
    guard width <= left else {
      throw DecodingFault("\(width) bits were expected at bit \(position), where \(left) are left")
    }
    var value: UInt64 = 0
    var wanted = width
    while wanted > 0 {
      let inByte = 8 - position & 7
      let taken = min(inByte, wanted)
      let byte = UInt64(bytes[bytes.startIndex + position >> 3])
      let part = byte >> UInt64(inByte - taken) & (1 << UInt64(taken) - 1)
      value = value << UInt64(taken) | part
      position += taken
      wanted -= taken
    }
    return value
  }

  /// The next `width` bits as a count; `width` is 0 to 62.
  public mutating func count(_ width: Int) throws(DecodingFault) -> Int { Int(try take(width)) }

  /// Checks that nothing but the filling of the last byte is left.
  public func finish() throws(DecodingFault) {
    guard left < 8 else { throw DecodingFault("\(left / 8) bytes are left over at its end") }
    var rest = self
    guard try rest.take(left) == 0 else {
      throw DecodingFault("the filling of its last byte is not zero")
    }
  }
}
