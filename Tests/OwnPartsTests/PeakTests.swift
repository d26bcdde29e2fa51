// The walk-through's criterion scores what its formula says; docs/extending/first-criterion.md shows this test.

import Bonsai
import Testing

@testable import OwnParts

@Test func peakIsTheLargestWeight() throws {
  let network = try Architectures.named("lenet-300-100").network(seed: 1)
  let subject = Subject(network)
  let group = try #require(network.coupling(network.infer()).groups.first { $0.size == 300 })
  let rows = try subject.elements(of: "fc1.weight")
  let slow = (0..<300).map { u in Double(rows[u * 784..<(u + 1) * 784].map(abs).max() ?? 0) }
  #expect(try Peak().unitScores(of: group, in: subject) == slow)
}
