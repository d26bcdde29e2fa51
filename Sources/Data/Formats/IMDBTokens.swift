// Film reviews stored as word numbers.

/// The tokenized IMDB reviews of one split. All numbers are little-endian, in this order: the four bytes
/// `IMDB`; 32-bit version 1, number of reviews N, number of tokens T; N label bytes (1 favourable);
/// N star bytes; N 16-bit review numbers; N + 1 32-bit offsets; T 16-bit tokens.
public struct IMDBTokens: Sendable, Equatable {
  /// 1 favourable, 0 not.
  public let labels: [UInt8]
  /// Review i is `tokens[offsets[i] ..< offsets[i + 1]]`.
  public let offsets: [Int]
  /// The word numbers of all reviews, one after the other.
  public let tokens: [UInt16]

  /// Reads a plain or gzip-compressed file.
  ///
  /// - Throws: `DataError.malformed`, `truncated`, `labelOutOfRange`, `empty`, and what `Gzip.read`
  ///   throws.
  public static func read(_ path: String) throws(DataError) -> IMDBTokens {
    try parse(Gzip.read(path), path: path)
  }

  /// Parses the bytes of an uncompressed file.
  public static func parse(_ bytes: [UInt8], path: String) throws(DataError) -> IMDBTokens {
    var reader = ByteReader(bytes, path: path)
    let magic = try reader.read(4)
    guard magic.elementsEqual("IMDB".utf8) else {
      throw reader.malformed("the four letters IMDB", found: magic.hexadecimal, back: 4)
    }
    let version = try reader.littleEndian(UInt32.self)
    guard version == 1 else {
      throw reader.malformed("format version 1", found: "version \(version)", back: 4)
    }
    let count = Int(try reader.littleEndian(UInt32.self))
    let tokenCount = Int(try reader.littleEndian(UInt32.self))
    let labels = Array(try reader.read(count))
    if let index = labels.firstIndex(where: { $0 > 1 }) {
      throw .labelOutOfRange(path: path, index: index, label: Int(labels[index]), classCount: 2)
    }
    try reader.skip(3 * count)

    let offsetBytes = try reader.read(4 * (count + 1))
    let offsets = (0...count).map { index in
      (0..<4).reduce(0) {
        $0 | Int(offsetBytes[offsetBytes.startIndex + 4 * index + $1]) << (8 * $1)
      }
    }
    guard offsets[0] == 0, offsets[count] == tokenCount,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw reader.malformed(
        "offsets that rise from 0 to \(tokenCount)",
        found: "offsets from \(offsets[0]) to \(offsets[count])", back: 4 * (count + 1))
    }
    let tokenBytes = try reader.read(2 * tokenCount)
    guard reader.remaining == 0 else {
      throw reader.malformed("the end of the file", found: "\(reader.remaining) more bytes")
    }
    guard count > 0 else { throw .empty(path: path) }
    let tokens = [UInt16](unsafeUninitializedCapacity: tokenCount) { buffer, initialized in
      tokenBytes.withUnsafeBytes { source in
        for index in 0..<tokenCount {
          buffer.initializeElement(
            at: index,
            to: UInt16(
              littleEndian: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
        }
      }
      initialized = tokenCount
    }
    return IMDBTokens(labels: labels, offsets: offsets, tokens: tokens)
  }
}
