// Reading whole files, and writing them so that a half-written one is never seen.

import Foundation

/// Whole files as bytes.
public enum FileBytes {
  /// The most that a reader accepts unless it is told otherwise: 4 GiB.
  public static let defaultLimit = 1 << 32

  /// All bytes of a file.
  ///
  /// - Throws: `DataError.unreadable`, or `tooLarge` if the file is longer than `limit`.
  public static func read(_ path: String, limit: Int = defaultLimit) throws(DataError) -> [UInt8] {
    let size = try self.size(of: path)
    guard size <= limit else { throw .tooLarge(path: path, size: size, limit: limit) }
    guard let file = fopen(path, "rb") else {
      throw .unreadable(path: path, reason: errorText())
    }
    defer { fclose(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = fread(buffer.baseAddress, 1, size, file)
    }
    guard bytes.count == size else {
      throw .unreadable(path: path, reason: "only \(bytes.count) of \(size) bytes could be read")
    }
    return bytes
  }

  /// The length of a regular file in bytes.
  ///
  /// - Throws: `DataError.unreadable` if there is no such file or it is a folder.
  public static func size(of path: String) throws(DataError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .unreadable(path: path, reason: errorText())
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "it is not a regular file")
    }
    return Int(status.st_size)
  }

  /// Replaces a file atomically: the bytes go to a temporary file beside it, are flushed to the disk,
  /// and then take the final name in one step. After a failure the old file, if any, is untouched.
  ///
  /// - Throws: `DataError.unwritable`.
  public static func write(_ bytes: [UInt8], to path: String) throws(DataError) {
    let temporary = "\(path).\(getpid()).tmp"
    guard let file = fopen(temporary, "wb") else {
      throw .unwritable(path: path, reason: errorText())
    }
    let written = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
    let flushed = written == bytes.count && fflush(file) == 0 && fsync(fileno(file)) == 0
    let reason = errorText()
    guard fclose(file) == 0, flushed else {
      unlink(temporary)
      throw .unwritable(path: path, reason: reason)
    }
    try rename(temporary, to: path)
  }

  /// Gives a finished file its final name and flushes the folder's entry.
  ///
  /// - Throws: `DataError.unwritable`, also where a device or a pipe has the name: it keeps it.
  static func rename(_ temporary: String, to path: String) throws(DataError) {
    var status = stat()
    if stat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
      unlink(temporary)
      throw .unwritable(path: path, reason: "it is a device or a pipe, not a file")
    }
    guard Foundation.rename(temporary, path) == 0 else {
      let reason = errorText()
      unlink(temporary)
      throw .unwritable(path: path, reason: reason)
    }
    // Foundation's own function for this traps on a path of one character.
    let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let folder = open(parent, O_RDONLY)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// True if a regular file is there.
  static func exists(_ path: String) -> Bool { (try? size(of: path)) != nil }

  /// True if a folder is there.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, sorted; hidden ones left out.
  static func names(in folder: String) throws(DataError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") }.sorted()
    } catch {
      throw .unreadable(path: folder, reason: "the folder cannot be listed")
    }
  }

  /// What the last failed system call said.
  static func errorText() -> String { String(cString: strerror(errno)) }
}
