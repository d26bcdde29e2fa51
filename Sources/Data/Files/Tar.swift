// Reading the regular files of a tar archive.

/// The tar format (POSIX ustar): blocks of 512 bytes, a header before each file.
enum Tar {
  /// A regular file: its name and where its bytes lie in the archive.
  struct Entry: Equatable {
    let name: String
    let range: Range<Int>
  }

  private static let block = 512

  /// The regular files of an archive; folders, links and extension records are passed over.
  ///
  /// - Throws: `DataError.malformed` for a header whose checksum or size field is wrong, `truncated`.
  static func entries(_ bytes: [UInt8], path: String) throws(DataError) -> [Entry] {
    var reader = ByteReader(bytes, path: path)
    var entries: [Entry] = []
    while reader.remaining > 0 {
      let start = reader.offset
      let header = Array(try reader.read(block))
      if header.allSatisfy({ $0 == 0 }) { return entries }
      // The checksum is the sum of the header's bytes with the field itself read as spaces.
      let sum = header.indices.reduce(0) { $0 + Int((148..<156).contains($1) ? 32 : header[$1]) }
      guard octal(header[148..<156]) == sum, let size = octal(header[124..<136]) else {
        throw .malformed(
          path: path, offset: start, expected: "a tar header with checksum \(sum)",
          found: header[148..<156].hexadecimal)
      }
      if header[156] == UInt8(ascii: "0") || header[156] == 0 {
        let prefix = header[257..<262].elementsEqual("ustar".utf8) ? text(header[345..<500]) : ""
        let name = text(header[0..<100])
        entries.append(
          Entry(
            name: prefix.isEmpty ? name : "\(prefix)/\(name)",
            range: reader.offset..<reader.offset + size))
      }
      try reader.skip(size)
      try reader.skip(min(reader.remaining, (block - size % block) % block))
    }
    return entries
  }

  /// An octal field, padded with spaces or zeros; nil if it is none. Sizes stay below 2^36.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    Int(text(field).filter { $0 != " " }, radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The characters before the first zero byte.
  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}
