// `bonsai data`: what is listed, where it is, and what it holds.

import Foundation
import Testing

@Suite struct DataTests {
  @Test func theCatalogueIsListed() throws {
    let rows = try Program.run(["data", "list", "--json"]).list()
    #expect(
      rows.compactMap { $0["name"] as? String }
        == ["mnist", "fashion-mnist", "cifar10", "imdb", "usps"])
    #expect(try Program.run(["data"]).output.contains("fashion-mnist"))
  }

  @Test func theProjectsOwnSetIsFoundAndDescribed() throws {
    let path = try Program.run(["data", "path", "mnist"])
    #expect(path.status == 0)
    #expect(path.output.hasSuffix("/mnist\n"))
    let run = try Program.run(["data", "show", "mnist", "--json"])
    let splits = try #require(try run.object()["splits"] as? [[String: Any]])
    #expect(splits.map { $0["count"] as? Int } == [60_000, 10_000])
    let classes = try #require(splits.last?["classes"] as? [String: Int])
    #expect(classes["0"] == 980 && classes["1"] == 1135)
    #expect((try run.object()["licence"] as? String)?.isEmpty == false)
  }

  @Test func aMissingSetSaysWhereItWasLookedForAndHowToGetIt() throws {
    let folder = try TestFolder()
    let run = try Program.run(
      ["data", "path", "cifar10"], in: folder,
      environment: ["XDG_CACHE_HOME": folder("cache"), "BONSAI_DATA": folder.path])
    #expect(run.status == 65)
    #expect(run.errors.contains(folder.path))
    #expect(run.errors.contains("bonsai data fetch cifar10"))
  }
}
