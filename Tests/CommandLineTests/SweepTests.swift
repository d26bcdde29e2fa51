// `bonsai sweep` from outside: runs are made once, taken up, shown, and drawn.

import Foundation
import Testing

@Suite struct SweepTests {
  private static let source = """
    id: small
    title: Small <runs> & large
    seeds: [1, 2]
    network: lenet-300-100
    vary: {params: [0.5, 0.1]}
    runs:
      - id: magnitude
        stages: [{prune: {criterion: l1, target: {params: $params}}}]
      - id: chance
        stages: [{prune: {criterion: random, target: {params: $params}}}]
    """

  private func folder(_ change: (String) -> String = { $0 }) throws -> TestFolder {
    let folder = try TestFolder()
    try change(Self.source).write(toFile: folder("s.yaml"), atomically: true, encoding: .utf8)
    return folder
  }

  @Test func runsAreMadeOnceAndShown() throws {
    let folder = try folder()
    let first = try Program.run(
      [
        "sweep", "s.yaml", "--processes", "2", "--json", "s.json", "--svg", "s.svg", "--markdown",
        "s.md",
      ], in: folder)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("magnitude") && first.output.contains("params 0.1"))
    #expect(first.errors.contains("8 runs done, 0 were already"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder("s.json")))
    let json = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    let points = try #require(json["points"] as? [[String: Any]])
    #expect(points.count == 4 && points.allSatisfy { ($0["seeds"] as? [Int]) == [1, 2] })
    let page = try String(contentsOfFile: folder("s.md"), encoding: .utf8)
    #expect(
      page.contains("| params | 0.5 | 0.1 |") && page.contains("![Small <runs> & large](s.svg)"))

    let second = try Program.run(["sweep", "s.yaml", "--json", "-"], in: folder)
    #expect(second.status == 0 && !second.errors.contains("runs done"))
    #expect(try second.object()["points"] as? NSArray == points as NSArray)

    // What changes in the file is made anew, what is asked for alone.
    let changed = Self.source.replacing("criterion: random", with: "criterion: l2")
    try changed.write(toFile: folder("s.yaml"), atomically: true, encoding: .utf8)
    let dry = try Program.run(["sweep", "s.yaml", "--dry-run"], in: folder)
    #expect(dry.output.components(separatedBy: "to be made anew").count == 5)
    let third = try Program.run(
      ["sweep", "s.yaml", "--only", "chance", "--seeds", "2", "--vary", "params=0.1,0.5"],
      in: folder)
    #expect(third.status == 0 && third.errors.contains("2 runs done, 0 were already"))
  }

  @Test func failuresAreSaidAndTriedAgain() throws {
    let folder = try folder {
      $0.replacing(
        "params: $params}}}]\n  - id: chance",
        with: "params: $params}, exclude: [fc*]}}]\n  - id: chance")
    }
    let run = try Program.run(["sweep", "s.yaml", "--processes", "1", "--seeds", "2"], in: folder)
    #expect(run.status == 70)
    #expect(run.errors.contains("2 runs failed, the first: magnitude/params=0.5/seed-2"))
    #expect(run.output.contains("chance") && !run.output.contains("magnitude"))
  }

  @Test func wrongWordsAreRefused() throws {
    let folder = try folder()
    for (arguments, status, words) in [
      (["--only", "nobody"], Int32(64), "no run 'nobody'"),
      (["--seeds", "3"], 64, "seeds are [1, 2]"), (["--vary", "params"], 64, "name=a,b"),
      (["--vary", "density=0.1"], 65, "'density'"), (["--processes", "0"], 64, "at least 1"),
    ] {
      let run = try Program.run(["sweep", "s.yaml"] + arguments, in: folder)
      #expect(run.status == status && run.errors.contains(words), "\(run.errors)")
    }
    let missing = try Program.run(["sweep", "none.yaml"], in: folder)
    #expect(missing.status == 65 && missing.errors.contains("none.yaml"))
  }
}
