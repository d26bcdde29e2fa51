// How small zlib makes a file: what compressed sizes are compared with.

import CZlib

extension FileBytes {
  /// How many bytes zlib makes of the file at `path`, at the level that gzip uses; gzip's frame adds 12.
  ///
  /// - Throws: `DataError.unreadable`, or `tooLarge` for a file of 4 GiB or more.
  public static func deflatedSize(of path: String) throws(DataError) -> Int {
    let bytes = try read(path)
    var size = compressBound(uLong(bytes.count))
    var result = [UInt8](repeating: 0, count: Int(size))
    let status = compress2(&result, &size, bytes, uLong(bytes.count), 6)
    guard status == Z_OK else {
      throw .unreadable(path: path, reason: "zlib cannot compress it (\(status))")
    }
    return Int(size)
  }
}
