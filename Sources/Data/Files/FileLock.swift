// A lock that one process at a time can hold, and that goes with it however it ends.

import Foundation
import Synchronization

/// An advisory lock on a file made for it, held until `release`, the last reference, or the end of the
/// process. The file holds the process's number and is removed with the lock; one that a killed process
/// left behind locks nothing.
public final class FileLock: Sendable {
  private let path: String
  private let descriptor: Mutex<Int32?>

  /// Takes the lock.
  ///
  /// - Throws: `DataError.locked` if another process has it, `unwritable`.
  public init(_ path: String) throws(DataError) {
    self.path = path
    while true {
      let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw .unwritable(path: path, reason: FileBytes.errorText())
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let reason = errno
        var text = [UInt8](repeating: 0, count: 20)
        let count = max(0, pread(descriptor, &text, text.count, 0))
        close(descriptor)
        guard reason == EWOULDBLOCK else {
          throw .unwritable(path: path, reason: String(cString: strerror(reason)))
        }
        throw .locked(path: path, process: Int(String(decoding: text[..<count], as: UTF8.self)))
      }
      // The file may have been removed with an earlier lock between the two calls: this one would
      // then lock nothing.
      var (held, named) = (stat(), stat())
      guard fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino
      else {
        close(descriptor)
        continue
      }
      let number = Array("\(getpid())".utf8)
      ftruncate(descriptor, 0)
      // The number only helps to explain a refusal; the lock holds without it.
      _ = pwrite(descriptor, number, number.count, 0)
      self.descriptor = Mutex(descriptor)
      return
    }
  }

  deinit { release() }

  /// Gives the lock back; does nothing the second time.
  public func release() {
    let held = descriptor.withLock { descriptor in
      defer { descriptor = nil }
      return descriptor
    }
    guard let held else { return }
    unlink(path)
    close(held)
  }
}
