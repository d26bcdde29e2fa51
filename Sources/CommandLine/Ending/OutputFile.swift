// A file that a verb is about to write: checked before the work, cleaned up when interrupted.

import Foundation
import Synchronization

/// A file that a verb is about to write.
struct OutputFile {
  /// Where it will be.
  let path: String

  /// Checks that a file can be made at `path`, so that no work is done in vain, and promises that
  /// Ctrl-C leaves no half-written one behind.
  ///
  /// - Throws: ``CommandError/unwritable(path:reason:)``.
  init(_ path: String) throws(CommandError) {
    self.path = path
    let folder = Self.folder(of: path)
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw .unwritable(path: path, reason: "the folder \(folder) does not exist; make it first")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .unwritable(path: path, reason: "\(folder) is not a folder")
    }
    guard access(folder, W_OK) == 0 else {
      throw .unwritable(path: path, reason: "\(folder): \(String(cString: strerror(errno)))")
    }
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw .unwritable(path: path, reason: "it is a folder; name a file")
      }
      // A finished file takes its name from whatever had it, even from a device.
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw .unwritable(path: path, reason: "it is a device or a pipe, not a file; name a file")
      }
    }
    Self.pending.withLock { $0.append(path) }
    Self.watch()
  }

  /// The size in bytes of the file that was written, with the data that ONNX may keep beside it.
  func size() throws -> Int {
    let beside = "\(path).data"
    var total = 0
    for file in [path, beside] where FileManager.default.fileExists(atPath: file) {
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
      total += size ?? 0
    }
    return total
  }

  /// The folder a path lies in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  // MARK: interruption

  private static let pending = Mutex<[String]>([])
  private static let isWatching = Mutex(false)

  /// From now on an interruption removes the temporary files of this process first.
  ///
  /// The signals are held back in this thread, and in those it starts, and a thread of their own
  /// waits for them: unlike a handler it may do whatever it needs, and none can be missed. What
  /// whoever started this process had ignored (nohup, a background job) stays ignored.
  private static func watch() {
    let isFirst = isWatching.withLock { watching in
      defer { watching = true }
      return !watching
    }
    guard isFirst else { return }
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      sigaction(number, nil, &action)
      if !isIgnored(action) { sigaddset(&signals, number) }
    }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let awaited = signals
    Thread.detachNewThread {
      var signals = awaited
      var number: Int32 = 0
      guard sigwait(&signals, &number) == 0 else { return }
      removeTemporaries()
      _exit(128 + number)
    }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    #if canImport(Darwin)
      unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
    #else
      unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    #endif
  }

  /// Removes the files beside the pending outputs that carry this process's number.
  static func removeTemporaries() {
    for path in pending.withLock({ $0 }) {
      let folder = folder(of: path)
      let name = path.split(separator: "/").last.map(String.init) ?? path
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for found in names where isTemporary(found, of: name) { unlink("\(folder)/\(found)") }
    }
  }

  /// Whether `found` is a temporary of this process for the output `name` or its data file.
  static func isTemporary(_ found: String, of name: String) -> Bool {
    (found.hasPrefix("\(name).") || found.hasPrefix(".\(name)."))
      && found.contains(".\(getpid()).") && found.hasSuffix(".tmp")
  }
}
