// Every way in which units hang together, each cut and compared with a network built small.

import Network
import Testing

@Suite struct AcceptanceTests {
  @Test(arguments: ConvolutionCases.all.keys.sorted())
  func convolutions(name: String) throws {
    try #require(ConvolutionCases.all[name]).check()
  }

  @Test(arguments: AttentionCases.all.keys.sorted())
  func attention(name: String) throws {
    try #require(AttentionCases.all[name]).check()
  }

  @Test(arguments: SequenceCases.all.keys.sorted())
  func sequences(name: String) throws {
    try #require(SequenceCases.all[name]).check()
  }

  @Test(arguments: SelectionCases.all.keys.sorted())
  func selections(name: String) throws {
    try #require(SelectionCases.all[name]).check()
  }

  @Test("Random deep networks, any part of every group cut", arguments: 0..<60)
  func randomNetworks(seed: UInt64) throws {
    let built = try RandomNetwork.make(seed: seed, layers: 8 + Int(seed % 12))
    let network = try Samples.randomized(built, seed: seed)
    let coupling = try network.coupling()
    #expect(coupling.groups.flatMap(\.mixing) == [])
    #expect(coupling.barriers.isEmpty)
    #expect(!coupling.groups.isEmpty)
    var random = SeededGenerator(state: seed &+ 100)
    for _ in 0..<2 {
      try InvariantTests.check(network, InvariantTests.choice(coupling, &random))
    }
  }
}
