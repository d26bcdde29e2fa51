// The IDX format of MNIST and its relatives.

/// An IDX file of unsigned bytes: a big-endian header (two zero bytes, type 0x08, rank, then one 32-bit
/// size an axis) and the elements in row-major order. May be gzip-compressed.
public struct IDX: Sendable, Equatable {
  /// The size of each axis; the first one counts the examples.
  public let shape: [Int]
  /// The elements, row-major.
  public let elements: [UInt8]

  /// Reads a file and checks that its rank and length are as expected.
  ///
  /// - Parameters:
  ///   - path: a plain or gzip-compressed file.
  ///   - rank: 3 for images (count, rows, columns), 1 for labels.
  /// - Throws: `DataError.malformed` for a wrong magic number, `truncated`, `inconsistent` for bytes
  ///   after the end, and what `Gzip.read` throws.
  public static func read(
    _ path: String, rank: Int, limit: Int = FileBytes.defaultLimit
  ) throws(DataError) -> IDX {
    try parse(Gzip.read(path, limit: limit), path: path, rank: rank)
  }

  /// Parses the bytes of an uncompressed file.
  public static func parse(_ bytes: [UInt8], path: String, rank: Int) throws(DataError) -> IDX {
    var reader = ByteReader(bytes, path: path)
    let magic = try reader.bigEndian(UInt32.self)
    guard magic == 0x0000_0800 | UInt32(rank) else {
      throw reader.malformed(
        "the magic number \((0x800 | UInt32(rank)).bytes.hexadecimal) of IDX bytes of rank \(rank)",
        found: magic.bytes.hexadecimal, back: 4)
    }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(Int(try reader.bigEndian(UInt32.self))) }
    guard let count = Int.product(shape) else {
      throw reader.malformed("sizes that fit in memory", found: "\(shape)", back: 4 * rank)
    }
    let elements = try reader.read(count)
    guard reader.remaining == 0 else {
      throw .inconsistent(
        path: path, expected: "\(count) bytes after the header for shape \(shape)",
        found: "\(count + reader.remaining)")
    }
    return IDX(shape: shape, elements: Array(elements))
  }
}

extension UInt32 {
  /// The four bytes, most significant first.
  var bytes: [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> UInt32($0)) }
  }
}
