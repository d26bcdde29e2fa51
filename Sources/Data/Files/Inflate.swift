// Decompressing deflate data through zlib, with a limit on what may come out.

import CZlib

/// The containers that zlib unwraps.
enum DeflateContainer: Int32 {
  /// Bare deflate data, as in a zip entry.
  case raw = -15
  /// A zlib header and Adler checksum, as in a PNG.
  case zlib = 15
  /// A gzip header and CRC.
  case gzip = 31
}

/// Decompresses deflate data held in memory.
enum Inflate {
  /// Decompresses the stream that starts at `start`; gzip files of several members are joined.
  ///
  /// - Parameters:
  ///   - limit: the most bytes that may come out.
  ///   - hint: the expected size, used to reserve memory (never more than the data could hold).
  /// - Returns: the bytes, and the offset after the last byte of the stream.
  /// - Throws: `malformed` with the offset where zlib stopped, `truncated`, or `tooLarge`.
  static func decompress(
    _ input: [UInt8], from start: Int = 0, container: DeflateContainer, path: String, limit: Int,
    hint: Int = 0
  ) throws(DataError) -> (bytes: [UInt8], end: Int) {
    var output: [UInt8] = []
    // Deflate expands at most 1032 times, so a larger hint is a lie.
    output.reserveCapacity(max(0, min(hint, limit, (input.count - start) * 1032)))
    var offset = start
    while true {
      offset = try member(
        of: input, from: offset, into: &output, container: container, path: path, limit: limit)
      guard container == .gzip, offset < input.count else { break }
      if input[offset] == 0x1f { continue }
      // gzip files may be padded with zeros; anything else after a member is damage.
      guard let stray = input[offset...].firstIndex(where: { $0 != 0 }) else { break }
      throw .malformed(
        path: path, offset: stray, expected: "the end of the gzip data",
        found: "byte \(input[stray])")
    }
    return (output, offset)
  }

  /// Decompresses one member and returns the offset after it.
  private static func member(
    of input: [UInt8], from start: Int, into output: inout [UInt8], container: DeflateContainer,
    path: String, limit: Int
  ) throws(DataError) -> Int {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, container.rawValue, ZLIB_VERSION, size) == Z_OK else {
      throw .unreadable(path: path, reason: "zlib could not be started")
    }
    defer { inflateEnd(&stream) }

    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var offset = start
    var status = Z_OK
    while status != Z_STREAM_END {
      let given = min(input.count - offset, Int(Int32.max))
      var used = 0
      var made = 0
      input.withUnsafeBufferPointer { source in
        chunk.withUnsafeMutableBufferPointer { target in
          stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0 + offset) }
          stream.avail_in = UInt32(given)
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          status = inflate(&stream, Z_NO_FLUSH)
          used = given - Int(stream.avail_in)
          made = target.count - Int(stream.avail_out)
        }
      }
      offset += used
      guard output.count + made <= limit else {
        throw .tooLarge(path: path, size: output.count + made, limit: limit)
      }
      output.append(contentsOf: chunk[..<made])
      switch status {
      case Z_OK, Z_STREAM_END: break
      case Z_BUF_ERROR:
        throw .truncated(path: path, offset: offset, needed: 1, available: 0)
      default:
        throw .malformed(
          path: path, offset: offset, expected: "deflate data",
          found: stream.msg.map { String(cString: $0) } ?? "zlib error \(status)")
      }
      if status == Z_OK, offset == input.count, made < chunk.count {
        throw .truncated(path: path, offset: offset, needed: 1, available: 0)
      }
    }
    return offset
  }
}
