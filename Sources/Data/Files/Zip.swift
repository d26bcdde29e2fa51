// Zip archives: reading stored and deflated entries (also zip64), writing stored ones.

import CZlib

/// The zip format, as far as archives of arrays need it.
enum Zip {
  /// A file in an archive.
  struct Entry: Equatable {
    let name: String
    fileprivate let method: UInt16
    fileprivate let checksum: UInt32
    fileprivate let compressedSize: Int
    fileprivate let size: Int
    fileprivate let headerOffset: Int
  }

  private static let localHeader: UInt32 = 0x0403_4b50
  private static let centralHeader: UInt32 = 0x0201_4b50
  private static let endOfDirectory: UInt32 = 0x0605_4b50
  private static let zip64End: UInt32 = 0x0606_4b50
  private static let zip64Locator: UInt32 = 0x0706_4b50

  // MARK: reading

  /// The entries of an archive in the order of its directory.
  static func entries(_ bytes: [UInt8], path: String) throws(DataError) -> [Entry] {
    var (count, offset) = try directory(bytes, path: path)
    var reader = ByteReader(bytes, path: path, offset: min(offset, bytes.count))
    var entries: [Entry] = []
    while count > 0 {
      try expect(centralHeader, "an entry of the archive's directory", &reader)
      try reader.skip(4)
      let flags = try reader.littleEndian(UInt16.self)
      let method = try reader.littleEndian(UInt16.self)
      try reader.skip(4)
      let checksum = try reader.littleEndian(UInt32.self)
      var compressed = UInt64(try reader.littleEndian(UInt32.self))
      var size = UInt64(try reader.littleEndian(UInt32.self))
      let nameLength = Int(try reader.littleEndian(UInt16.self))
      let extraLength = Int(try reader.littleEndian(UInt16.self))
      let commentLength = Int(try reader.littleEndian(UInt16.self))
      try reader.skip(8)
      var header = UInt64(try reader.littleEndian(UInt32.self))
      let name = String(decoding: try reader.read(nameLength), as: UTF8.self)
      var extra = ByteReader(Array(try reader.read(extraLength)), path: path)
      while extra.remaining >= 4 {
        let kind = try extra.littleEndian(UInt16.self)
        let length = Int(try extra.littleEndian(UInt16.self))
        var field = ByteReader(Array(try extra.read(length)), path: path)
        guard kind == 1 else { continue }
        // The zip64 field holds those of the three numbers that do not fit into 32 bits.
        let overflow = UInt64(UInt32.max)
        if size == overflow { size = try field.littleEndian(UInt64.self) }
        if compressed == overflow { compressed = try field.littleEndian(UInt64.self) }
        if header == overflow { header = try field.littleEndian(UInt64.self) }
      }
      try reader.skip(commentLength)
      guard flags & 1 == 0 else {
        throw .unsupported(path: path, what: "an encrypted archive", advice: "store it without")
      }
      guard let compressed = Int(exactly: compressed), let size = Int(exactly: size),
        let header = Int(exactly: header)
      else { throw reader.malformed("sizes that fit in memory", found: "larger ones") }
      entries.append(
        Entry(
          name: name, method: method, checksum: checksum, compressedSize: compressed, size: size,
          headerOffset: header))
      count -= 1
    }
    offset = reader.offset
    return entries
  }

  /// The bytes of an entry, decompressed and checked against its CRC.
  static func contents(
    of entry: Entry, in bytes: [UInt8], path: String, limit: Int
  ) throws(DataError) -> [UInt8] {
    guard entry.size <= limit else {
      throw .tooLarge(path: "\(path):\(entry.name)", size: entry.size, limit: limit)
    }
    var reader = ByteReader(bytes, path: path, offset: min(entry.headerOffset, bytes.count))
    try expect(localHeader, "entry '\(entry.name)'", &reader)
    try reader.skip(22)
    let nameLength = Int(try reader.littleEndian(UInt16.self))
    let extraLength = Int(try reader.littleEndian(UInt16.self))
    try reader.skip(nameLength + extraLength)
    let start = reader.offset
    let stored = Array(try reader.read(entry.compressedSize))
    let contents: [UInt8]
    switch entry.method {
    case 0: contents = stored
    case 8:
      contents = try Inflate.decompress(
        stored, container: .raw, path: "\(path):\(entry.name)", limit: entry.size, hint: entry.size
      ).bytes
    default:
      throw .unsupported(
        path: "\(path):\(entry.name)", what: "zip compression method \(entry.method)",
        advice: "store it with numpy.savez or numpy.savez_compressed")
    }
    guard contents.count == entry.size, checksum(contents) == entry.checksum else {
      throw .malformed(
        path: "\(path):\(entry.name)", offset: start,
        expected: "\(entry.size) bytes with CRC \(entry.checksum.bytes.hexadecimal)",
        found: "\(contents.count) bytes with CRC \(checksum(contents).bytes.hexadecimal)")
    }
    return contents
  }

  /// The number of entries and where the directory starts.
  private static func directory(
    _ bytes: [UInt8], path: String
  ) throws(DataError) -> (count: Int, offset: Int) {
    // The end record has 22 bytes and a comment of at most 65,535.
    let first = max(0, bytes.count - 22 - 65_535)
    let signature: [UInt8] = [0x50, 0x4b, 0x05, 0x06]
    guard bytes.count >= 22,
      let end = (first...bytes.count - 22).last(where: {
        bytes[$0..<$0 + 4].elementsEqual(signature)
      })
    else {
      throw .malformed(
        path: path, offset: bytes.count, expected: "the end record of a zip archive",
        found: "none (the file may be cut short)")
    }
    var reader = ByteReader(bytes, path: path, offset: end + 10)
    let count = Int(try reader.littleEndian(UInt16.self))
    try reader.skip(4)
    let offset = Int(try reader.littleEndian(UInt32.self))
    guard count == 0xffff || offset == 0xffff_ffff, end >= 20 else { return (count, offset) }
    var locator = ByteReader(bytes, path: path, offset: end - 20)
    guard try locator.littleEndian(UInt32.self) == zip64Locator else { return (count, offset) }
    try locator.skip(4)
    let place = try locator.littleEndian(UInt64.self)
    var record = ByteReader(bytes, path: path, offset: Int(min(place, UInt64(bytes.count))))
    try expect(zip64End, "the zip64 end record", &record)
    try record.skip(28)
    let longCount = try record.littleEndian(UInt64.self)
    try record.skip(8)
    let longOffset = try record.littleEndian(UInt64.self)
    return (
      Int(min(longCount, UInt64(bytes.count))), Int(min(longOffset, UInt64(bytes.count)))
    )
  }

  private static func expect(
    _ signature: UInt32, _ what: String, _ reader: inout ByteReader
  ) throws(DataError) {
    let found = try reader.littleEndian(UInt32.self)
    guard found == signature else {
      throw reader.malformed(
        "\(what) (signature \(signature.bytes.hexadecimal))", found: found.bytes.hexadecimal,
        back: 4)
    }
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer {
      UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count))
    }
  }

  // MARK: writing

  /// An archive of stored entries. The same entries give the same bytes: every date is 1 January 1980.
  ///
  /// - Throws: `DataError.tooLarge` beyond 4 GiB, `invalidOption` for more than 65,534 entries or a
  ///   name that is too long.
  static func archive(
    _ entries: [(name: String, contents: [UInt8])], path: String
  ) throws(DataError) -> [UInt8] {
    let limit = Int(UInt32.max) - 1
    let total = entries.reduce(22) { $0 + $1.contents.count + 2 * $1.name.utf8.count + 76 }
    guard total <= limit else { throw .tooLarge(path: path, size: total, limit: limit) }
    guard entries.count < 0xffff, entries.allSatisfy({ $0.name.utf8.count < 0xffff }) else {
      throw .invalidOption(
        name: "entries of \(path)", value: "\(entries.count)",
        expected: "at most 65534, with names below 65535 bytes")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(total)
    var directory: [UInt8] = []
    for (name, contents) in entries {
      let offset = bytes.count
      // Version 2.0, names in UTF-8, stored, 00:00 on 1 January 1980.
      var shared: [UInt8] = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
      shared += checksum(contents).littleEndianBytes
      shared += UInt32(contents.count).littleEndianBytes + UInt32(contents.count).littleEndianBytes
      shared += UInt16(name.utf8.count).littleEndianBytes + [0, 0]
      bytes += localHeader.littleEndianBytes + shared + Array(name.utf8)
      bytes += contents
      directory += centralHeader.littleEndianBytes + [20, 0] + shared
      directory += [UInt8](repeating: 0, count: 10) + UInt32(offset).littleEndianBytes
      directory += Array(name.utf8)
    }
    let offset = bytes.count
    bytes += directory
    bytes += endOfDirectory.littleEndianBytes + [0, 0, 0, 0]
    bytes += UInt16(entries.count).littleEndianBytes + UInt16(entries.count).littleEndianBytes
    bytes += UInt32(directory.count).littleEndianBytes + UInt32(offset).littleEndianBytes + [0, 0]
    return bytes
  }
}

extension FixedWidthInteger {
  /// The bytes, least significant first.
  var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> Self(8 * $0)) }
  }
}
