// What holds of every plan: the budget from below, floors, rounding, and more for a larger target.

import Network
import Testing

@testable import Pruning

@Suite struct PlanPropertyTests {
  /// One way of asking for a plan.
  struct Request: CustomTestStringConvertible, Sendable {
    let network: String
    let quantity: Target.Quantity
    let allocation: String
    let criterion: String
    let roundTo: Int
    let floor: Floor

    var testDescription: String {
      "\(network) \(quantity) \(allocation) \(criterion) round \(roundTo) floor \(floor)"
    }

    func pruner(_ fraction: Double) throws -> Pruner {
      Pruner(
        criterion: try Criteria.named(criterion), allocation: try Allocations.named(allocation),
        target: try Target(quantity, .fraction(quantity == .sparsity ? 1 - fraction : fraction)),
        roundTo: roundTo, floor: floor)
    }
  }

  /// Every network with every quantity; allocations, criteria, rounding and floors in turns, so that
  /// each meets each.
  static let requests: [Request] = {
    let quantities: [Target.Quantity] = [.params, .macs, .bytes, .sparsity]
    var requests: [Request] = []
    for (i, network) in ["lenet-300-100", "lenet-5", "dense", "resnet-20"].enumerated() {
      for (j, quantity) in quantities.enumerated() {
        for (k, allocation) in ["global", "uniform"].enumerated() {
          let turn = i + j + k
          requests.append(
            Request(
              network: network, quantity: quantity, allocation: allocation,
              criterion: ["l1", "l2", "random"][turn % 3], roundTo: [1, 2, 4, 8][(turn + k) % 4],
              floor: [.units(1), .fraction(0.1), .units(3)][(turn + j) % 3]))
        }
      }
    }
    return requests
  }()

  @Test(arguments: requests) func holds(_ request: Request) throws {
    let network = try Graphs.named(request.network)
    let inference = try network.infer()
    let rules = CountRules(roundTo: request.roundTo, floor: request.floor)
    var last = 0.0
    for fraction in [0.35, 0.5, 0.65, 0.8] {
      let plan: Plan
      let pruner = try request.pruner(fraction)
      do throws(PruningError) {
        plan = try pruner.plan(for: network)
      } catch .impossibleBudget(_, let least, _, _) {
        // Then it is so: what every group keeps at the least is too much.
        let groups = try network.coupling().groups
        let kept = try groups.map { try Kept($0, units: $0.first(rules.least(of: $0))) }
        let target = pruner.target
        #expect(target.measure(try network.cost(keeping: kept, inference)) == least)
        #expect(least > target.limit(before: try network.cost().total))
        continue
      }
      let outcome = plan.outcome
      #expect(outcome.reached <= outcome.asked)
      #expect(outcome.isUsedUp || outcome.reason != nil, "\(fraction)")
      #expect(outcome.reached == plan.target.measure(plan.after))
      // More is left of a larger target: they are further apart than a budget may be left unused.
      #expect(outcome.reached >= last, "\(fraction)")
      last = outcome.reached
      for kept in plan.kept {
        let (count, size) = (kept.units.count, kept.group.size)
        #expect(count >= request.floor.units(of: size), "\(kept.group.name)")
        #expect(count == size || count.isMultiple(of: rules.step(of: kept.group)))
      }
      guard case .nextStep? = outcome.reason else { continue }
      for (index, kept) in plan.kept.enumerated() where kept.units.count < kept.group.size {
        let larger = try plan.kept.enumerated().map { other, kept in
          let count = kept.units.count
          return try Kept(
            kept.group,
            units: kept.group.first(
              other == index ? rules.next(above: count, of: kept.group) : count))
        }
        let cost = plan.target.measure(try network.cost(keeping: larger, inference))
        #expect(cost > outcome.asked, "\(kept.group.name)")
      }
    }
  }

  /// What a file has beside its tensors counts for a target in bytes, and for no other.
  @Test func bytesAreThoseOfTheFile() throws {
    let network = try Graphs.named("lenet-5")
    let tensors = try network.cost().total.weightBytes
    var pruner = Pruner(target: try Target(parsing: "bytes=0.5"))
    pruner.overhead = FileOverhead(before: 100_000, after: 90_000)
    let outcome = try pruner.plan(for: network).outcome
    #expect(outcome.before == Double(tensors + 100_000))
    #expect(outcome.asked == outcome.before / 2 && outcome.isUsedUp)
    pruner.target = try Target(parsing: "params=0.5")
    #expect(try pruner.plan(for: network).outcome.asked == Double(network.parameterCount) / 2)
    // A file whose nodes and names alone are more than was asked cannot be had.
    pruner.target = try Target(parsing: "bytes=80kB")
    let error = #expect(throws: PruningError.self) { try pruner.plan(for: network) }
    guard case .impossibleBudget(_, let least, let unit, _) = try #require(error) else {
      Issue.record("another error")
      return
    }
    #expect(least > 90_000 && unit == "bytes")
    // An overhead that depends on the plan settles from below.
    var sizes: [Int] = []
    let (plan, small) = try Pruner(target: Target(parsing: "bytes=0.4")).plan(for: network) {
      let weights = try $0.cost().total.weightBytes
      sizes.append(weights + 5000 + weights / 997)
      return sizes[sizes.count - 1]
    }
    let size = Double(try small.cost().total.weightBytes) * (1 + 1 / 997) + 5000
    #expect(size <= 0.4 * Double(sizes[0]) && size >= 0.39 * Double(sizes[0]))
    #expect(plan.outcome.before == Double(sizes[0]))
  }

  /// A budget that cannot be met names what holds it.
  @Test func impossibleBudgetsNameTheConstraints() throws {
    let network = try Graphs.named("resnet-20")
    let pruner = Pruner(
      target: try Target(parsing: "params=0.001"), roundTo: 4, floor: .fraction(0.5))
    let names = try network.coupling().groups.map(\.name)
    let pattern = try #require(names.last)
    var excluding = pruner
    excluding.exclusions = Exclusions([pattern])
    let error = #expect(throws: PruningError.self) { try excluding.plan(for: network) }
    let text = "\(try #require(error))"
    for word in [
      "the floor of 0.5", "rounding to 4", "1 group ('\(pattern)') excluded", "without it",
    ] {
      #expect(text.contains(word), "\(text)")
    }
    let table = Pruner(
      allocation: PerLayer([(pattern, 0.5)]), target: try Target(parsing: "params=0.001"))
    let stated = #expect(throws: PruningError.self) { try table.plan(for: network) }
    #expect("\(try #require(stated))".contains("what per-layer states"))
  }
}
