// Reading files that may be gzip-compressed.

/// The gzip format (RFC 1952).
public enum Gzip {
  /// All bytes of a file, decompressed if it starts with gzip's magic number.
  ///
  /// - Parameter limit: the most bytes that may come out, whatever the file says.
  /// - Throws: `DataError.unreadable`, `malformed`, `truncated` or `tooLarge`.
  public static func read(
    _ path: String, limit: Int = FileBytes.defaultLimit
  ) throws(DataError) -> [UInt8] {
    let bytes = try FileBytes.read(path, limit: limit)
    guard isCompressed(bytes) else {
      guard !path.hasSuffix(".gz") else {
        throw .malformed(
          path: path, offset: 0, expected: "gzip's magic number 1f 8b",
          found: bytes.prefix(2).hexadecimal)
      }
      return bytes
    }
    return try decompress(bytes, path: path, limit: limit)
  }

  /// Decompresses gzip data held in memory.
  ///
  /// - Parameter path: the name used in errors.
  public static func decompress(
    _ bytes: [UInt8], path: String, limit: Int = FileBytes.defaultLimit
  ) throws(DataError) -> [UInt8] {
    // The last four bytes hold the size of the last member, modulo 2^32.
    let declared = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    return try Inflate.decompress(
      bytes, container: .gzip, path: path, limit: limit, hint: declared
    ).bytes
  }

  /// True if the bytes start with gzip's magic number.
  public static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1f, 0x8b]) }
}

extension Sequence<UInt8> {
  /// The bytes as pairs of hexadecimal digits, for messages.
  var hexadecimal: String {
    let pairs = map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return pairs.isEmpty ? "nothing" : pairs.joined(separator: " ")
  }
}
