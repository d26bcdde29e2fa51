// The project's Python environment, the independent reader of what is written.

import Foundation
import Testing

/// The Python environment that `make` leaves in `.venv`.
enum Python {
  /// The package's folder.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let executable = root.appendingPathComponent(".venv/bin/python").path

  /// Whether the environment is there with ONNX and ONNX Runtime in it.
  static let isReady: Bool = {
    guard FileManager.default.isExecutableFile(atPath: executable) else { return false }
    return (try? run("import onnx, onnxruntime")) != nil
  }()

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs a program and gives what it prints.
  @discardableResult
  static func run(_ program: String, _ arguments: [String] = []) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = ["-c", program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(description: text) }
    return text
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test, and says why, where there is no Python environment to compare with.
  static var needsPython: Self {
    .enabled(
      if: Python.isReady,
      "ONNX Runtime is not installed in .venv; `make venv` installs it")
  }
}
