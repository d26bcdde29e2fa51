// The forecast of a cut's cost is exactly what cutting costs, for all counts.

import Testing

@testable import Network

@Suite struct CostForecastTests {
  @Test(arguments: [
    "lenet-300-100", "lenet-5", "resnet-20", "se-resnet-20", "mobilenet-v1-cifar", "lstm",
  ])
  func forecastsAreExact(_ name: String) throws {
    let network = try Architectures.named(name).network(seed: nil)
    let inference = try network.infer()
    let groups = network.coupling(inference).groups
    let forecast = try #require(CostForecast(network, inference, groups: groups))
    var random = SeededGenerator(state: 7)
    for _ in 0..<4 {
      let counts = groups.map { group in
        Int.random(in: 1...group.size / group.blocks, using: &random) * group.blocks
      }
      let kept = try zip(groups, counts).map { try Kept($0, units: $0.first($1)) }
      #expect(forecast.cost(keeping: counts) == (try network.cost(keeping: kept, inference)))
    }
    #expect(forecast.cost(keeping: groups.map(\.size)).macs == network.cost(inference).total.macs)
  }

  /// A cost that does not follow from shapes must not be forecast: there is none in the catalogue, so
  /// the groups of another network stand in.
  @Test func whatDoesNotAgreeIsNotForecast() throws {
    let network = try Architectures.named("lenet-5").network(seed: nil)
    let other = try Architectures.named("resnet-20").network(seed: nil)
    let groups = try other.coupling().groups
    #expect(CostForecast(network, try network.infer(), groups: groups) == nil)
  }
}
