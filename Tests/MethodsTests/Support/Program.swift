// The program itself, started as a process of its own.

import Foundation
import Testing

/// The built program, started once.
struct Program {
  private let process = Process()
  private let errors = Pipe()

  /// The program beside the tests; `nil` where it is not built.
  private static var url: URL? {
    let folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    guard let url = folder?.appendingPathComponent("bonsai"),
      FileManager.default.isExecutableFile(atPath: url.path)
    else { return nil }
    return url
  }

  /// Whether the program is there and carries recipes out.
  static var canApply: Bool {
    guard let program = try? Program(["apply", "--help"]) else { return false }
    return program.wait() == 0
  }

  /// Starts it.
  ///
  /// - Parameter fileLimit: the most that a file may grow to, in KiB: `ulimit -f`.
  init(_ arguments: [String], fileLimit: Int? = nil) throws {
    let program = try #require(Self.url)
    if let fileLimit {
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments =
        ["-c", "ulimit -f \(fileLimit); exec \"$0\" \"$@\"", program.path] + arguments
    } else {
      process.executableURL = program
      process.arguments = arguments
    }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
  }

  /// What it says on standard error until it ends.
  func complaint() -> String {
    String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }

  /// Whether it has not ended yet.
  var isRunning: Bool { process.isRunning }

  /// The status it ends with.
  func wait() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Ends it without warning; false where it had ended already.
  func kill() -> Bool {
    let ran = process.isRunning
    if ran { Foundation.kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return ran
  }
}
