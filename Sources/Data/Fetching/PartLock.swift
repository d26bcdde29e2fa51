// Two processes must not write the same partial download.

import Foundation

/// An advisory lock on a partial download, held until `release` or the end of the process.
struct PartLock {
  private let descriptor: Int32
  private let path: String

  /// Takes the lock.
  ///
  /// - Throws: `DataError.unwritable` if another process has it.
  init(_ part: String) throws(DataError) {
    path = "\(part).lock"
    descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .unwritable(path: part, reason: FileBytes.errorText()) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .unwritable(path: part, reason: "another process is fetching it")
    }
  }

  /// Gives the lock back.
  func release() {
    unlink(path)
    close(descriptor)
  }
}
