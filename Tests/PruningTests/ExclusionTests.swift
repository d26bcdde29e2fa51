// What must not be pruned, by name.

import Network
import Testing

@testable import Pruning

@Suite struct ExclusionTests {
  private func allowed(_ patterns: String..., of network: Network) throws -> [String] {
    try Exclusions(patterns).allowed(of: network.coupling()).map(\.name)
  }

  @Test func namesFitGroupsParametersAndLayers() throws {
    let network = try Graphs.residual()
    #expect(try allowed(of: network) == ["a", "b"])
    #expect(try allowed("a", of: network) == ["b"])
    #expect(try allowed("a.weight", of: network) == ["b"])
    // A layer that is not the one the group is named after.
    #expect(try allowed("c", of: network) == ["b"])
    #expect(try allowed("c.weight", of: network) == ["b"])
    #expect(try allowed("b", "c", of: network) == [])
  }

  @Test func starsStandForAnything() throws {
    let network = try Graphs.named("resnet-20", seed: nil)
    let all = try allowed(of: network)
    let rest = try allowed("*.conv1", of: network)
    #expect(rest.count < all.count && !rest.contains { $0.hasSuffix(".conv1") })
    #expect(try allowed("*", of: network) == [])
    #expect(try allowed("?", of: try Graphs.residual()) == [])
  }

  @Test func aPatternThatFitsNothingIsAnError() throws {
    let network = try Graphs.residual()
    for pattern in ["conv*", "A", "a.bias.weight", ""] {
      let error = #expect(throws: PruningError.self) { try allowed("a", pattern, of: network) }
      let text = "\(try #require(error))"
      #expect(text.contains("'\(pattern)'") && text.contains("a, b"))
    }
    // What stays anyway can be named.
    #expect(try allowed("d", of: network) == ["a", "b"])
  }

  @Test func excludedGroupsStayWhole() throws {
    let network = try Graphs.named("lenet-5")
    var pruner = Pruner(target: try Target(parsing: "params=0.3"))
    pruner.exclusions = Exclusions(["conv2"])
    let plan = try pruner.plan(for: network)
    #expect(!plan.kept.map(\.group.name).contains("conv2"))
    #expect(Double(plan.after.parameters) <= 0.3 * Double(plan.before.parameters))
    let small = try network.cut(keeping: plan.kept)
    #expect(small.initializers["conv2.weight"]?.tensor.shape[0] == 50)
    pruner.exclusions = Exclusions(["*"])
    let error = #expect(throws: PruningError.self) { try pruner.plan(for: network) }
    #expect("\(try #require(error))".contains("excluded"))
  }
}
