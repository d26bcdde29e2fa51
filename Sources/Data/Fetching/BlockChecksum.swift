// What SHA-256 and MD5 have in common: the message comes in blocks of 64 bytes and ends with its length.

/// A checksum fed piece by piece.
protocol BlockChecksum {
  /// Bytes of a block that is not whole yet.
  var waiting: [UInt8] { get set }
  /// Bytes so far.
  var length: UInt64 { get set }
  /// The checksum of the blocks so far.
  var digest: [UInt8] { get }

  /// The number of bits in the byte order of this checksum.
  static func lengthBytes(_ bits: UInt64) -> [UInt8]
  /// Takes in `blocks` blocks of 64 bytes from `start` on.
  mutating func absorb(_ bytes: [UInt8], at start: Int, blocks: Int)
}

extension BlockChecksum {
  /// Takes in more bytes.
  mutating func update(_ bytes: [UInt8]) {
    length += UInt64(bytes.count)
    var start = 0
    if !waiting.isEmpty {
      start = min(64 - waiting.count, bytes.count)
      waiting += bytes[..<start]
      guard waiting.count == 64 else { return }
      absorb(waiting, at: 0, blocks: 1)
      waiting = []
    }
    let blocks = (bytes.count - start) / 64
    absorb(bytes, at: start, blocks: blocks)
    start += 64 * blocks
    waiting += bytes[start...]
  }

  /// The checksum in hexadecimal.
  mutating func finish() -> String {
    let bits = length * 8
    let padding = (119 - Int(length % 64)) % 64
    update([0x80] + [UInt8](repeating: 0, count: padding) + Self.lengthBytes(bits))
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
