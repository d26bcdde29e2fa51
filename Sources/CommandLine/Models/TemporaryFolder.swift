// A folder for files that only this run needs.

import Foundation

/// A folder for files that only this run needs; it goes when the object goes.
final class TemporaryFolder {
  /// Where it is.
  let path: String

  /// Makes a new folder where the system keeps temporary files.
  init() throws(CommandError) {
    path = NSTemporaryDirectory() + "bonsai-\(getpid())-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of a file in it.
  func file(_ name: String) -> String { "\(path)/\(name)" }
}
