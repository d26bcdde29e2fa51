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

  private static let runtime = try? ONNXRuntime.shared.get()

  @Test(arguments: seeds)
  func maskedEqualsCut(seed: UInt64) throws {
    let built = try RandomGraph.make(seed: seed, nodes: 10 + Int(seed % 50))
    let network = try Samples.randomized(built, seed: seed)
    let coupling = try network.coupling()
    #expect(coupling.barriers.isEmpty)
    #expect(!(coupling.groups + coupling.frozen).isEmpty)
    var random = SeededGenerator(state: seed &+ 100)
    try InvariantTests.check(network, InvariantTests.choice(coupling, &random))
    // Also what mixes: the network that is left must be sound, here and elsewhere.
    let kept = try InvariantTests.choice(coupling, &random, mixing: true)
    let cut = try network.cut(keeping: kept)
    try cut.validate()
    let x = try Samples.input(of: cut, batch: 2, seed: seed)
    let y = try withoutGradients { try Model(cut, type: .float64)(x) }
    #expect(try y.abs().max().scalar().isFinite)
    guard let runtime = Self.runtime else { return }
    let path = FileManager.default.temporaryDirectory
      .appending(path: "bonsai-graph-\(seed)-\(UInt64.random(in: 0 ... .max)).onnx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ONNXModel(cut).write(to: path)
    let check = try ExportCheck(path, in: runtime)
    #expect(check.holds, "\(check)")
  }
}
