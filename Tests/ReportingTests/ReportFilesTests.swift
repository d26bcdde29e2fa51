// Tests of reading a run's folder and of writing the page.

import Foundation
import Testing

@testable import Reporting

@Suite("Files of a report")
struct ReportFilesTests {
  private func failure(_ run: SampleRun = .lenet, _ damage: (String) throws -> Void) throws
    -> String
  {
    try run.withFolder { folder in
      try damage(folder)
      let error = #expect(throws: ReportError.self) { try Report(runFolder: folder) }
      return "\(try #require(error))".replacing(folder, with: "RUN")
    }
  }

  private func write(_ text: String, _ path: String) throws {
    try Foundation.Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test func aFolderIsNeeded() throws {
    let error = #expect(throws: ReportError.self) { try Report(runFolder: "/no/such/run") }
    #expect(error == .notARun(folder: "/no/such/run"))
    #expect("\(try #require(error))".contains("give the folder of a run"))
  }

  @Test(arguments: ["result.json", "recipe.yaml"])
  func missingFilesAreNamed(_ name: String) throws {
    let text = try failure { try FileManager.default.removeItem(atPath: "\($0)/\(name)") }
    #expect(text.hasPrefix("RUN/\(name) is missing: it should hold"))
    #expect(text.contains("--resume"))
  }

  @Test func aFolderInPlaceOfAFile() throws {
    let text = try failure {
      try FileManager.default.removeItem(atPath: $0 + "/result.json")
      try FileManager.default.createDirectory(
        atPath: $0 + "/result.json", withIntermediateDirectories: false)
    }
    #expect(text.hasPrefix("cannot read RUN/result.json: it is not a regular file"))
  }

  @Test func aTruncatedResult() throws {
    let text = try failure { folder in
      let path = folder + "/result.json"
      let bytes = try Foundation.Data(contentsOf: URL(fileURLWithPath: path))
      try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
    }
    #expect(text.hasPrefix("RUN/result.json is damaged at its beginning: it is not valid JSON"))
  }

  @Test func theFieldAtFaultIsNamed() throws {
    var run = SampleRun.lenet
    run.result["macs"] = ["before": 3]
    #expect(try failure(run) { _ in }.contains("damaged at 'macs.after': it is missing"))
    run = .lenet
    run.result["groups"] = [["name": "a", "size": "many", "kept": 1]]
    #expect(try failure(run) { _ in }.contains("damaged at 'groups[0].size': it should be a value"))
  }

  @Test func theLineAtFaultIsNamed() throws {
    var run = SampleRun.lenet
    run.metrics?[3]["loss"] = nil
    #expect(try failure(run) { _ in }.contains("metrics.jsonl is damaged at line 4, 'loss'"))
    let text = try failure { folder in
      try write("\n{\"kind\":\"st", folder + "/metrics.jsonl")
    }
    #expect(text.contains("metrics.jsonl is damaged at line 2: it is not valid JSON"))
  }

  @Test func aRecipeMustBeText() throws {
    let text = try failure { folder in
      try Foundation.Data([0xFF, 0xFE, 0x00]).write(
        to: URL(fileURLWithPath: folder + "/recipe.yaml"))
    }
    #expect(text.contains("it is not text in UTF-8"))
  }

  @Test func aResultCutAnywhereIsRefusedNotTrapped() throws {
    try SampleRun.lenet.withFolder { folder in
      let url = URL(fileURLWithPath: folder + "/result.json")
      let bytes = try Foundation.Data(contentsOf: url)
      for count in stride(from: 0, to: bytes.count, by: 97) {
        try bytes.prefix(count).write(to: url)
        #expect(throws: ReportError.self) { try Report(runFolder: folder) }
      }
    }
  }

  @Test func emptyLinesAndASlashAreAllowed() throws {
    try SampleRun.lenet.withFolder { folder in
      try write("\n\r\n  \n", folder + "/metrics.jsonl")
      #expect(try Report(runFolder: folder + "/").metrics.isEmpty)
    }
  }

  @Test func thePageIsWrittenWhole() throws {
    try SampleRun.lenet.withFolder { folder in
      let report = try Report(runFolder: folder)
      let path = folder + "/report.html"
      try write("old", path)
      try report.write(to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == report.html())
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.sorted() == ["metrics.jsonl", "recipe.yaml", "report.html", "result.json"])
    }
  }

  @Test func aFailedWriteLeavesNothing() throws {
    try SampleRun.lenet.withFolder { folder in
      let report = try Report(runFolder: folder)
      let error = #expect(throws: ReportError.self) {
        try report.write(to: folder + "/no/such/report.html")
      }
      #expect("\(try #require(error))".hasPrefix("cannot write \(folder)/no/such/report.html"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 3)
    }
  }
}
