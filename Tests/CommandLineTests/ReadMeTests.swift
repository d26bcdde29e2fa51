// The examples of the README work as they are printed.

import Foundation
import Testing

@Suite struct ReadMeTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The first block of code in `language` after `heading`.
  private func block(_ language: String, after heading: String) throws -> String {
    let text = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let section = try #require(text.range(of: "\n## \(heading)\n"), "no section '\(heading)'")
    let start = try #require(
      text.range(of: "\n```\(language)\n", range: section.upperBound..<text.endIndex))
    let end = try #require(text.range(of: "\n```", range: start.upperBound..<text.endIndex))
    return String(text[start.upperBound..<end.lowerBound])
  }

  /// Runs a program beside the tests, or a shell script, in `folder`.
  private func run(_ program: String, _ arguments: [String], in folder: TestFolder) throws {
    let beside = URL(fileURLWithPath: Program.path).deletingLastPathComponent().path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    process.environment = ProcessInfo.processInfo.environment
      .merging(["PATH": "\(beside):\(path)"]) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program) \(arguments) failed")
  }

  @Test func theSwiftExampleIsTheOneThatIsBuiltAndItRuns() throws {
    let example = try String(
      contentsOf: Self.root.appendingPathComponent("Examples/FirstCut/main.swift"), encoding: .utf8)
    let code = example.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
      .joined(separator: "\n").trimmingCharacters(in: .newlines)
    #expect(try block("swift", after: "In Swift") == code)
    #expect(code.split(separator: "\n").count <= 15)

    let folder = try TestFolder()
    let beside = URL(fileURLWithPath: Program.path).deletingLastPathComponent()
    try run(beside.appendingPathComponent("FirstCut").path, [], in: folder)
    #expect(FileManager.default.fileExists(atPath: folder("small.onnx")))
  }

  @Test func theCommandsWork() throws {
    let script = try block("sh", after: "On the command line")
    #expect(script.split(separator: "\n").count == 5)
    let folder = try TestFolder()
    try run("/bin/sh", ["-e", "-c", script], in: folder)
    for file in ["first/model.onnx", "first/result.json", "first/report.html", "half.onnx"] {
      #expect(FileManager.default.fileExists(atPath: folder(file)), "\(file) is missing")
    }
  }
}
