// The search for a measured latency, on meters of the test's own: no clock, no machine's speed.

import Data
import Network
import Synchronization
import Testing

@testable import Pruning

/// A meter that makes latencies up from the network's cost, with seeded noise.
private final class MadeUpMeter: Meter, Sendable {
  private struct State {
    var random: RandomState
    var places: [MeterPlace] = []
    var efforts: [MeterEffort] = []
  }

  let noise: Double
  private let latency: @Sendable (Network) throws -> Double
  private let dense: Double
  private let state: Mutex<State>

  init(
    _ network: Network, noise: Double = 0, seed: UInt64 = 1,
    latency: @escaping @Sendable (Network) throws -> Double
  ) throws {
    self.noise = noise
    self.latency = latency
    dense = try latency(network)
    state = Mutex(State(random: RandomState(seed: seed)))
  }

  var places: [MeterPlace] { state.withLock { $0.places } }
  var efforts: [MeterEffort] { state.withLock { $0.efforts } }

  func measure(
    _ network: Network, _ effort: MeterEffort, _ place: MeterPlace
  ) throws(PruningError) -> MeterReading {
    let exact: Double
    do { exact = try latency(network) } catch { throw .measurement(reason: "\(error)") }
    // A longer measurement is more exact.
    let spread = noise * (effort == .search ? 1 : 0.4)
    let off = state.withLock { state in
      state.places.append(place)
      state.efforts.append(effort)
      return 1 + spread * (2 * state.random.uniform() - 1)
    }
    func around(_ value: Double) -> Measured {
      Measured(value, lower: value * (1 - spread), upper: value * (1 + spread))
    }
    return MeterReading(
      dense: around(dense), amount: around(exact * off), ratio: around(exact * off / dense))
  }
}

@Suite struct MeasuredBudgetTests {
  /// Seconds that grow with the work, over a constant part.
  private static func linear(_ network: Network) throws -> Double {
    0.001 + 1e-9 * Double(try network.cost().total.macs)
  }

  @Test(arguments: ["lenet-5", "dense", "resnet-20"], [0.4, 0.6, 0.9])
  func aLatencyIsMetFromBelow(name: String, fraction: Double) throws {
    let network = try Graphs.named(name)
    let whole = Double(try network.cost().total.macs)
    let meter = try MadeUpMeter(network) {
      0.1e-9 * whole + 1e-9 * Double(try $0.cost().total.macs)
    }
    let pruner = Pruner(target: try Target(.latency, .fraction(fraction)))
    let plan = try pruner.plan(for: network, meter: meter)
    let outcome = plan.outcome
    let cut = try network.cut(keeping: plan.kept)
    let macs = Double(try cut.cost().total.macs) / Double(plan.before.macs)
    #expect(abs(outcome.achieved - (0.1 + macs) / 1.1) < 1e-12)
    #expect(outcome.achieved <= fraction)
    #expect(outcome.isUsedUp || outcome.reason != nil)
    if !outcome.isUsedUp {
      guard case .nextChoice(let next)? = outcome.reason else {
        Issue.record("\(outcome)")
        return
      }
      #expect(next.value > fraction)
    }
    #expect(meter.places.count <= MeasuredBudget.most && meter.efforts.last == .decision)
    #expect(meter.places.map(\.number) == Array(1...meter.places.count))
    #expect(abs((meter.places.last?.macs ?? 0) - macs) < 1e-12)
  }

  /// Few measurements are enough where latency is nearly in proportion.
  @Test func fewMeasurementsAreMade() throws {
    let network = try Graphs.named("resnet-20")
    let meter = try MadeUpMeter(network, noise: 0.01, latency: Self.linear)
    let plan = try Pruner(target: Target(parsing: "latency=0.6")).plan(for: network, meter: meter)
    #expect(plan.outcome.achieved <= 0.6)
    #expect(meter.places.count <= 9, "\(meter.places.count)")
  }

  /// An absolute latency is held to in seconds.
  @Test func anAmountIsMetInSeconds() throws {
    let network = try Graphs.named("resnet-20")
    let meter = try MadeUpMeter(network, latency: Self.linear)
    let dense = try Self.linear(network)
    let limit = 0.55 * dense
    let plan = try Pruner(target: Target(.latency, .absolute(limit)))
      .plan(for: network, meter: meter)
    #expect(plan.outcome.reached <= limit)
    // A unit of the widest group is worth more than 1 %.
    if case .nextChoice(let next)? = plan.outcome.reason {
      #expect(next.value > limit)
    } else {
      #expect(plan.outcome.isUsedUp)
    }
    #expect(plan.outcome.achieved == plan.outcome.reached && plan.outcome.asked == limit)
    let easy = try Pruner(target: Target(.latency, .absolute(2 * dense)))
      .plan(for: network, meter: meter)
    #expect(easy.outcome.reason == .alreadyMet && easy.kept.allSatisfy { $0.removed.isEmpty })
  }

  /// Kernels that take channels by sixteens make stairs, and odd counts slower than even ones: the
  /// latency taken is still one that was measured and meets the limit.
  @Test(arguments: 1...6) func stairsAndNoiseAreSurvived(seed: UInt64) throws {
    let network = try Graphs.named("resnet-20")
    let noise = 0.02
    @Sendable func latency(_ network: Network) throws -> Double {
      var seconds = 1e-4
      for initializer in network.initializers.values where initializer.tensor.shape.count == 4 {
        let shape = initializer.tensor.shape
        let steps = (shape[0] + 15) / 16 * 16 * ((shape[1] + 3) / 4 * 4)
        seconds += 1e-6 * Double(steps) * (shape[0] % 2 == 0 ? 1 : 1.1)
      }
      return seconds
    }
    let meter = try MadeUpMeter(network, noise: noise, seed: seed, latency: latency)
    let plan = try Pruner(
      criterion: Random(), allocation: seed % 2 == 0 ? Uniform() : Global(),
      target: Target(parsing: "latency=0.6"), seed: seed
    ).plan(for: network, meter: meter)
    let exact = try latency(network.cut(keeping: plan.kept)) / latency(network)
    let outcome = plan.outcome
    #expect(meter.places.count <= MeasuredBudget.most)
    // What is said is what was measured, within the noise of a longer measurement.
    #expect(abs(outcome.achieved - exact) <= exact * 0.4 * noise * 1.01)
    if case .exceeded? = outcome.reason {
      #expect(outcome.achieved > 0.6)
    } else {
      #expect(outcome.achieved <= 0.6)
      #expect(outcome.isUsedUp || outcome.reason != nil)
    }
  }

  /// Where most of the time does not shrink, the least that was measured is said.
  @Test func impossibleLatenciesSayTheLeast() throws {
    let network = try Graphs.named("lenet-5")
    let whole = Double(try network.cost().total.macs)
    let meter = try MadeUpMeter(network) { 0.7 + 0.3 * Double(try $0.cost().total.macs) / whole }
    let pruner = Pruner(target: try Target(parsing: "latency=0.5"), floor: 2)
    let error = #expect(throws: PruningError.self) { try pruner.plan(for: network, meter: meter) }
    guard case .impossibleBudget(_, let least, let unit, let reason) = try #require(error) else {
      Issue.record("another error")
      return
    }
    #expect(least > 0.7 && least < 0.71 && unit.contains("1000 ms"))
    #expect(reason.contains("the floor of 2 of each group"))
    // The same with less asked is possible.
    let easier = Pruner(target: try Target(parsing: "latency=0.9"), floor: 2)
    #expect(try easier.plan(for: network, meter: meter).outcome.isUsedUp)
  }

  @Test func roundingAndFloorsHoldForMeasuredPlans() throws {
    let network = try Graphs.named("resnet-20")
    let meter = try MadeUpMeter(network, noise: 0.01, latency: Self.linear)
    let plan = try Pruner(
      allocation: Uniform(), target: Target(parsing: "latency=0.6"), roundTo: 4,
      floor: .fraction(0.25)
    ).plan(for: network, meter: meter)
    for kept in plan.kept {
      #expect(kept.units.count.isMultiple(of: 4) || kept.removed.isEmpty)
      #expect(kept.units.count * 4 >= kept.group.size)
    }
  }

  @Test func aLatencyNeedsAMeter() throws {
    let network = try Graphs.named("lenet-5")
    let pruner = Pruner(target: try Target(parsing: "latency=0.5"))
    let error = #expect(throws: PruningError.self) { try pruner.plan(for: network) }
    #expect("\(try #require(error))".contains("meter"))
  }

  /// A meter that fails ends the search with its reason.
  @Test func aMeterThatFailsIsHeard() throws {
    struct Broken: Meter {
      func measure(
        _ network: Network, _ effort: MeterEffort, _ place: MeterPlace
      ) throws(PruningError) -> MeterReading {
        throw .measurement(reason: "no runtime")
      }
    }
    let network = try Graphs.named("lenet-5")
    let error = #expect(throws: PruningError.self) {
      try Pruner(target: Target(parsing: "latency=0.5")).plan(for: network, meter: Broken())
    }
    #expect("\(try #require(error))".contains("no runtime"))
  }
}
