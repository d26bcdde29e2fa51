// The form of an archive: what stands where in the file, and what guards it.
//
//   signature      8 bytes: 89 42 4E 53 49 0D 0A 1A ("BNSI" between bytes that text tools damage)
//   version        2 bytes, 1; all numbers of fixed size are little-endian
//   sections       4 bytes: how many follow
//   length         8 bytes: of the whole file
//   checksum       4 bytes: CRC-32 of the 22 bytes before
//   each section:
//     length       LEB128: of what follows, checksum and all
//     checksum     4 bytes: CRC-32 of what follows
//     kind         1 byte: 1 graph, 2 tensor
//     graph:       LEB128 the bytes of the ONNX model, then those bytes, Huffman-coded where that is
//                  shorter; the model's packed tensors have no elements in it
//     tensor:      LEB128 length and text of the name; 1 byte its element type as ONNX numbers it;
//                  LEB128 rank and extents; LEB128 length and text of the codec's name; its bytes

/// The form of an archive.
enum ArchiveFormat {
  static let signature: [UInt8] = [0x89, 0x42, 0x4E, 0x53, 0x49, 0x0D, 0x0A, 0x1A]
  static let version = 1
  static let headerSize = 26

  /// What a section holds.
  enum Kind: UInt8 {
    case graph = 1
    case tensor = 2
  }

  /// A number in `count` bytes, the lowest first.
  static func fixed(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// The number in the bytes, the lowest first.
  static func number(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A text with its length before it.
  static func text(_ text: String) -> [UInt8] { LEB128.bytes(text.utf8.count) + Array(text.utf8) }

  /// A section with its length and checksum.
  static func section(_ kind: Kind, _ content: [UInt8]) -> [UInt8] {
    let body = [kind.rawValue] + content
    return LEB128.bytes(body.count + 4) + fixed(Int(CRC32.of(body)), 4) + body
  }

  /// The header of a file with `sections` sections of `size` bytes together.
  static func header(sections: Int, size: Int) -> [UInt8] {
    let header =
      signature + fixed(version, 2) + fixed(sections, 4) + fixed(headerSize + size, 8)
    return header + fixed(Int(CRC32.of(header)), 4)
  }
}
