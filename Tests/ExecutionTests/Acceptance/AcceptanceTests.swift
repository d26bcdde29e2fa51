// Every way in which units hang together, each cut and compared with a network built small.

import Testing

@Suite struct AcceptanceTests {
  @Test(arguments: ConvolutionCases.all.keys.sorted())
  func convolutions(name: String) throws {
    try #require(ConvolutionCases.all[name]).check()
  }
}
