// Random deep graphs: masked against cut, every group cut, and the cut network run elsewhere.

import Foundation
import Network
import ONNX
import Runtimes
import Testing
import Torch

@testable import Execution

@Suite struct RandomGraphTests {
  /// A few that always run, and those that once failed. More with `BONSAI_RANDOM_GRAPHS=0-2000`.
  private static let seeds: [UInt64] = {
    let more = ProcessInfo.processInfo.environment["BONSAI_RANDOM_GRAPHS"] ?? ""
    let ends = more.split(separator: "-").compactMap { UInt64($0) }
    if ends.count == 2 { return Array(ends[0]..<ends[1]) }
    return Array(0..<16) + failed
  }()
  private static let failed: [UInt64] = []

  private static func network(_ seed: UInt64) throws -> Network {
    let built = try RandomGraph.make(seed: seed, nodes: 10 + Int(seed % 50))
    return try Samples.randomized(built, seed: seed)
  }

  /// The network cut, in what mixes too.
  private static func cut(_ network: Network, _ coupling: Coupling, _ seed: UInt64) throws
    -> Network
  {
    var random = SeededGenerator(state: seed &+ 200)
    let cut = try network.cut(
      keeping: InvariantTests.choice(coupling, &random, mixing: true))
    try cut.validate()
    return cut
  }

  @Test(arguments: seeds)
  func maskedEqualsCut(seed: UInt64) throws {
    let network = try Self.network(seed)
    let coupling = try network.coupling()
    #expect(coupling.barriers.isEmpty)
    #expect(!(coupling.groups + coupling.frozen).isEmpty)
    var random = SeededGenerator(state: seed &+ 100)
    try InvariantTests.check(network, InvariantTests.choice(coupling, &random))
    // Also what mixes: the network that is left must be sound.
    let cut = try Self.cut(network, coupling, seed)
    let x = try Samples.input(of: cut, batch: 2, seed: seed)
    let y = try withoutGradients { try Model(cut, type: .float64)(x) }
    #expect(try y.abs().max().scalar().isFinite)
  }

  @Test(.enabled(if: hasRuntime, whyNoRuntime), arguments: seeds)
  func cutRunsInTheRuntime(seed: UInt64) throws {
    let network = try Self.network(seed)
    let cut = try Self.cut(network, network.coupling(), seed)
    let path = FileManager.default.temporaryDirectory
      .appending(path: "bonsai-graph-\(seed)-\(UInt64.random(in: 0 ... .max)).onnx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ONNXModel(cut).write(to: path)
    let check = try ExportCheck(path, in: ONNXRuntime.shared.get())
    #expect(check.holds, "\(check)")
  }
}
