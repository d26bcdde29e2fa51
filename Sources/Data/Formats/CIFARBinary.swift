// The binary format of CIFAR-10.

/// Records of 3,073 bytes: a label byte (0 to 9), then 1,024 red, 1,024 green and 1,024 blue bytes,
/// each plane row by row.
public enum CIFARBinary {
  /// The bytes of one record.
  public static let recordSize = 3073
  /// Channels, rows and columns of a picture.
  public static let shape = [3, 32, 32]

  /// Reads files (plain or gzip-compressed) and joins their records in the order given.
  ///
  /// - Returns: pixels `[N, 3, 32, 32]` and N labels.
  /// - Throws: `DataError.malformed` if a file is not a whole number of records, `labelOutOfRange`,
  ///   `empty`, and what `Gzip.read` throws.
  public static func read(
    _ paths: [String]
  ) throws(DataError) -> (pixels: [UInt8], labels: [UInt8]) {
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    for path in paths {
      try append(Gzip.read(path), path: path, pixels: &pixels, labels: &labels)
    }
    guard !labels.isEmpty else { throw .empty(path: paths.first ?? "CIFAR-10") }
    return (pixels, labels)
  }

  /// Reads one split straight from the archive in which CIFAR-10 is published.
  ///
  /// - Throws: `DataError.missingEntry` if the archive lacks a batch, and what `read` throws.
  static func read(
    archive: String, _ split: Split
  ) throws(DataError) -> (pixels: [UInt8], labels: [UInt8]) {
    let bytes = try Gzip.read(archive, limit: 1 << 30)
    let entries = try Tar.entries(bytes, path: archive)
    let names = split == .test ? ["test_batch.bin"] : (1...5).map { "data_batch_\($0).bin" }
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    for name in names {
      guard let entry = entries.first(where: { $0.name.hasSuffix("/\(name)") || $0.name == name })
      else { throw .missingEntry(path: archive, name: name, present: entries.map(\.name)) }
      try append(
        Array(bytes[entry.range]), path: "\(archive):\(name)", pixels: &pixels, labels: &labels)
    }
    guard !labels.isEmpty else { throw .empty(path: archive) }
    return (pixels, labels)
  }

  /// Splits one file's bytes into records and appends them.
  public static func append(
    _ bytes: [UInt8], path: String, pixels: inout [UInt8], labels: inout [UInt8]
  ) throws(DataError) {
    guard bytes.count % recordSize == 0 else {
      throw .malformed(
        path: path, offset: bytes.count - bytes.count % recordSize,
        expected: "whole records of \(recordSize) bytes",
        found: "\(bytes.count % recordSize) bytes after record \(bytes.count / recordSize)")
    }
    let count = bytes.count / recordSize
    pixels.reserveCapacity(pixels.count + count * (recordSize - 1))
    labels.reserveCapacity(labels.count + count)
    for index in 0..<count {
      let start = index * recordSize
      guard bytes[start] < 10 else {
        throw .labelOutOfRange(path: path, index: index, label: Int(bytes[start]), classCount: 10)
      }
      labels.append(bytes[start])
      pixels.append(contentsOf: bytes[(start + 1)..<(start + recordSize)])
    }
  }
}
