// Every way in which units hang together, each cut and compared with a network built small.

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
}
