// The built program, started as its users start it.

import Foundation
import Testing

/// What a run of the program left behind.
struct ProgramRun {
  let status: Int32
  let output: String
  let errors: String

  /// The standard output as a JSON object.
  func object() throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
  }

  /// The standard output as a JSON array of objects.
  func list() throws -> [[String: Any]] {
    try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
  }
}

/// The built program, started as its users start it.
enum Program {
  /// The executable beside the test binary.
  static let path: String = {
    let program = Bundle.main.executablePath ?? ""
    let here = URL(fileURLWithPath: program).resolvingSymlinksInPath().deletingLastPathComponent()
    return here.appendingPathComponent("bonsai").path
  }()

  /// A bridge that does not exist: what the program must do without when no tensor is needed.
  static let withoutTorch = ["BONSAI_TORCH_BRIDGE": "/nowhere/bridge.so"]
  /// A runtime that does not exist.
  static let withoutRuntime = ["BONSAI_ONNXRUNTIME": "/nowhere/libonnxruntime.so"]

  /// Starts the program, with its output going to files so that no pipe can fill up.
  static func start(
    _ arguments: [String], in folder: String, environment: [String: String] = [:], output: String,
    errors: String
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment
      .merging(["COLUMNS": "80"]) { _, new in new }.merging(environment) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try file(output)
    process.standardError = try file(errors)
    try process.run()
    return process
  }

  /// A file opened for writing, emptied if it is there.
  private static func file(_ path: String) throws -> FileHandle {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    try #require(descriptor >= 0, "cannot open \(path)")
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Runs the program to its end.
  static func run(
    _ arguments: [String], in folder: TestFolder? = nil, environment: [String: String] = [:]
  ) throws -> ProgramRun {
    let own = try TestFolder()
    let (output, errors) = (own("output"), own("errors"))
    let process = try start(
      arguments, in: (folder ?? own).path, environment: environment, output: output,
      errors: errors)
    process.waitUntilExit()
    return ProgramRun(
      status: process.terminationReason == .exit
        ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }
}
