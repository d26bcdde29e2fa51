// What every verb says of itself, held to stored texts.
//
// After a change of words: BONSAI_UPDATE_SNAPSHOTS=1 swift test --filter HelpTests, then read the diff.

import Foundation
import Testing

@Suite struct HelpTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Snapshots")

  /// Every verb and verb of a verb, as the program itself lists them.
  static func verbs() throws -> [[String]] {
    let dump = try Program.run(["--experimental-dump-help"]).object()
    let root = try #require(dump["command"] as? [String: Any])
    func walk(_ command: [String: Any], _ path: [String]) -> [[String]] {
      let children = (command["subcommands"] as? [[String: Any]]) ?? []
      return [path]
        + children.flatMap { child -> [[String]] in
          let name = child["commandName"] as? String ?? ""
          return name == "help" ? [] : walk(child, path + [name])
        }
    }
    return walk(root, [])
  }

  @Test func everyVerbIsAsStored() throws {
    let updates = ProcessInfo.processInfo.environment["BONSAI_UPDATE_SNAPSHOTS"] == "1"
    var names: Set<String> = []
    for verb in try Self.verbs() {
      let name = (["bonsai"] + verb).joined(separator: "-") + ".txt"
      names.insert(name)
      let run = try Program.run(verb + ["--help"], environment: Program.withoutTorch)
      #expect(run.status == 0)
      #expect(run.errors == "")
      let file = Self.folder.appendingPathComponent(name)
      if updates { try run.output.write(to: file, atomically: true, encoding: .utf8) }
      let stored = try? String(contentsOf: file, encoding: .utf8)
      #expect(
        run.output == stored,
        "\(name) differs; BONSAI_UPDATE_SNAPSHOTS=1 swift test --filter HelpTests stores it anew")
    }
    let stored = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(stored) == names, "a stored text belongs to no verb")
  }

  @Test func everyVerbHasAnAbstractAndExamples() throws {
    for verb in try Self.verbs() where !verb.isEmpty {
      let text = try Program.run(verb + ["--help"]).output
      #expect(text.hasPrefix("OVERVIEW: "), "\(verb)")
      #expect(text.contains("bonsai \(verb[0])"), "\(verb)")
      #expect(text.contains("Examples:"), "\(verb)")
      // Examples are to be copied: none may be broken over two lines by the page's width.
      for line in text.split(separator: "\n") where line.hasPrefix("  bonsai ") {
        #expect(line.count <= 80, "\(line)")
      }
    }
  }

  @Test func startingIsQuick() throws {
    _ = try Program.run(["--help"])
    var times: [Duration] = []
    for _ in 0..<5 {
      times.append(try ContinuousClock().measure { _ = try Program.run(["--help"]) })
    }
    // Opening libtorch alone takes 0.23 s.
    #expect(try #require(times.min()) < .milliseconds(200))
  }

  @Test func versionIsPrinted() throws {
    let run = try Program.run(["--version"])
    #expect(run.status == 0)
    #expect(run.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }
}
