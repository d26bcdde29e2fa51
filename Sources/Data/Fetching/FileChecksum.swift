// The checksum of a file, read piece by piece.

import Foundation

extension FileBytes {
  /// The SHA-256 of a file's bytes in hexadecimal.
  ///
  /// - Throws: `DataError.unreadable`.
  public static func sha256(of path: String) throws(DataError) -> String {
    try checksum(of: path, SHA256())
  }

  /// The SHA-256 of `bytes` in hexadecimal.
  public static func sha256(bytes: [UInt8]) -> String {
    var checksum = SHA256()
    checksum.update(bytes)
    return checksum.finish()
  }

  /// The MD5 of a file's bytes in hexadecimal.
  ///
  /// - Throws: `DataError.unreadable`.
  static func md5(of path: String) throws(DataError) -> String {
    try checksum(of: path, MD5())
  }

  private static func checksum<Checksum: BlockChecksum>(
    of path: String, _ empty: Checksum
  ) throws(DataError) -> String {
    guard let file = fopen(path, "rb") else {
      throw .unreadable(path: path, reason: errorText())
    }
    defer { fclose(file) }
    var checksum = empty
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = fread(&piece, 1, piece.count, file)
      checksum.update(count == piece.count ? piece : Array(piece[..<count]))
      if count < piece.count { break }
    }
    guard ferror(file) == 0 else { throw .unreadable(path: path, reason: errorText()) }
    return checksum.finish()
  }
}
