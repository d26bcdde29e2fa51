// The lock that one process at a time can hold.

import Foundation
import Synchronization
import Testing

@testable import Data

@Suite struct FileLockTests {
  @Test func isHeldOnceAndLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/lock"
    let lock = try FileLock(path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(getpid())")
    #expect(throws: DataError.locked(path: path, process: Int(getpid()))) { try FileLock(path) }
    lock.release()
    lock.release()
    #expect(!FileBytes.exists(path))
    do {
      let again = try FileLock(path)
      #expect(throws: DataError.self) { try FileLock(path) }
      _ = again
    }
    #expect(throws: Never.self) { try FileLock(path) }
    #expect(throws: DataError.self) { try FileLock(folder.path + "/no/lock") }
  }

  @Test func ofManyAtOnceOneHasIt() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/lock"
    let room = Room()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<200 {
            guard let lock = try? FileLock(path) else { continue }
            #expect(room.enter() == 1)
            room.leave()
            lock.release()
          }
        }
      }
    }
  }
}

/// Counts who is inside.
private final class Room: Sendable {
  private let count = Mutex(0)

  /// How many are inside now, this one among them.
  func enter() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }

  func leave() { count.withLock { $0 -= 1 } }
}
