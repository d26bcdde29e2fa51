// Budgets: never exceeded, nearly used up, and refused where they cannot be met.

import Network
import Testing

@testable import Pruning

@Suite struct BudgetTests {
  /// Targets of every quantity, as a fraction and as an amount.
  private static func targets(_ cost: Cost) throws -> [Target] {
    try ["macs=0.5", "params=0.2", "bytes=0.35", "sparsity=0.6"].map {
      try Target(parsing: $0)
    } + [
      Target(.params, .absolute((Double(cost.parameters) * 0.43).rounded())),
      Target(.macs, .absolute((Double(cost.macs) * 0.27).rounded())),
    ]
  }

  private static func counts(_ plan: Plan) -> [Int] { plan.kept.map(\.units.count) }

  /// The cost of keeping other numbers of units.
  private static func cost(
    _ network: Network, _ plan: Plan, _ counts: [Int], _ inference: Inference
  ) throws -> Double {
    let kept = try zip(plan.kept, counts).map { try Kept($0.group, units: $0.group.first($1)) }
    return plan.target.measure(try network.cost(keeping: kept, inference))
  }

  /// At most the budget; and less than 1 % below it, unless one step more exceeds it in every group,
  /// which the reason then says, with the cheapest.
  private static func check(_ network: Network, _ pruner: Pruner, _ plan: Plan) throws {
    let (limit, found) = (
      plan.target.limit(before: plan.before), plan.target.measure(plan.after)
    )
    #expect(found <= limit, "\(network.name) \(plan.target)")
    #expect(plan.outcome.asked == limit && plan.outcome.reached == found)
    if found >= 0.99 * limit {
      #expect(plan.outcome.reason == nil && plan.outcome.isUsedUp)
      return
    }
    guard case .nextStep(let step)? = plan.outcome.reason else {
      Issue.record("\(network.name) \(plan.target): \(found) of \(limit) for no reason")
      return
    }
    let inference = try network.infer()
    let rules = CountRules(roundTo: pruner.roundTo, floor: pruner.floor)
    let counts = counts(plan)
    var cheapest = Double.infinity
    for (index, kept) in plan.kept.enumerated() where counts[index] < kept.group.size {
      var larger = counts
      larger[index] = rules.next(above: counts[index], of: kept.group)
      let cost = try cost(network, plan, larger, inference)
      #expect(
        cost > limit,
        "\(network.name) \(plan.target): \(found), one step more of \(kept.group.name)")
      cheapest = min(cheapest, cost)
      if kept.group.name == step.group {
        #expect(step.kept == counts[index] && step.next == larger[index] && step.cost == cost)
      }
    }
    #expect(step.cost == cheapest)
    #expect(
      plan.outcome.reason.map { "\($0)" }?.contains("'\(step.group)' from \(step.kept)") == true)
  }

  @Test(arguments: Graphs.names, [Global() as any Allocation, Uniform()])
  func budgetsAreMetAndUsedUp(name: String, allocation: any Allocation) throws {
    let network = try Graphs.named(name)
    // Deep networks take two targets each, as planning takes its time without optimisation.
    let all = try Self.targets(network.cost().total)
    let isDeep = network.nodes.count > 40
    for target in isDeep ? (allocation is Global ? [all[0], all[4]] : [all[2], all[5]]) : all {
      let pruner = Pruner(criterion: Random(), allocation: allocation, target: target)
      let plan = try pruner.plan(for: network)
      try Self.check(network, pruner, plan)
      #expect(plan.achieved == target.reading(before: plan.before, after: plan.after))
    }
  }

  /// What a plan promises is what the cut network costs.
  @Test(arguments: Graphs.names)
  func costsAreThoseOfTheCutNetwork(name: String) throws {
    let network = try Graphs.named(name)
    let pruner = Pruner(criterion: Random(), target: try Target(parsing: "macs=0.4"))
    let plan = try pruner.plan(for: network)
    let cut = try network.cut(keeping: plan.kept)
    let cost = try cut.cost().total
    #expect(cost.parameters == plan.after.parameters && cost.macs == plan.after.macs)
    #expect(cost.weightBytes == plan.after.weightBytes)
    #expect(cost.parameters == cut.parameterCount)
    #expect(plan.before == (try network.cost().total))
    // Units are the best of their group.
    for kept in plan.kept {
      let scores = try Random().unitScores(of: kept.group, in: Subject(network))
      let worst = kept.units.map { scores[$0] }.min() ?? 0
      #expect(kept.removed.allSatisfy { scores[$0] <= worst }, "\(kept.group.name)")
    }
  }

  @Test func uniformTakesTheSameFractionOfEveryGroup() throws {
    let network = try Graphs.named("resnet-20")
    let plan = try Pruner(
      criterion: L1(), allocation: Uniform(), target: Target(parsing: "macs=0.4")
    ).plan(for: network)
    let fractions = plan.kept.map { Double($0.units.count) / Double($0.group.size) }
    let mean = fractions.reduce(0, +) / Double(fractions.count)
    for (kept, fraction) in zip(plan.kept, fractions) {
      #expect(abs(fraction - mean) <= 1.5 / Double(kept.group.size), "\(kept.group.name)")
    }
  }

  @Test func aBudgetThatIsMetAlreadyRemovesNothing() throws {
    let network = try Graphs.named("lenet-5")
    for text in ["macs=1", "params=1G", "sparsity=0"] {
      let plan = try Pruner(target: Target(parsing: text)).plan(for: network)
      #expect(plan.kept.allSatisfy { $0.removed.isEmpty } && plan.after == plan.before)
      #expect(!plan.mixes)
    }
  }

  @Test(arguments: ["lenet-5", "resnet-20", "dense"])
  func impossibleBudgetsSayTheLeast(name: String) throws {
    let network = try Graphs.named(name)
    let pruner = Pruner(target: try Target(parsing: "params=10"))
    let error = #expect(throws: PruningError.self) { try pruner.plan(for: network) }
    guard case .impossibleBudget(_, let least, let unit, _) = try #require(error) else {
      Issue.record("another error")
      return
    }
    let ones = try network.coupling().groups.map { try Kept($0, units: [0]) }
    #expect(least == Double(try network.cost(keeping: ones).parameters) && unit == "parameters")
    // Exactly the least can be had.
    let plan = try Pruner(target: Target(.params, .absolute(least))).plan(for: network)
    #expect(Double(plan.after.parameters) == least)
    #expect(throws: PruningError.self) {
      try Pruner(target: Target(.params, .absolute(least - 1))).plan(for: network)
    }
  }

  @Test(arguments: [3, 8, 1000])
  func floorsHold(floor: Int) throws {
    let network = try Graphs.named("resnet-20")
    let groups = try network.coupling().groups
    let kept = try groups.map { try Kept($0, units: $0.first(min(floor, $0.size))) }
    let least = Double(try network.cost(keeping: kept).parameters)
    let pruner = Pruner(
      target: try Target(.params, .absolute(max(least, 20_000))), floor: .units(floor))
    let plan = try pruner.plan(for: network)
    for kept in plan.kept { #expect(kept.units.count >= min(floor, kept.group.size)) }
    #expect(Double(plan.after.parameters) <= max(least, 20_000))
    #expect(throws: PruningError.self) {
      try Pruner(target: Target(.params, .absolute(least - 1)), floor: .units(floor)).plan(
        for: network)
    }
  }

  @Test(arguments: [4, 7, 16], ["global", "uniform"])
  func countsAreRoundedWithinTheBudget(multiple: Int, allocation: String) throws {
    for name in ["lenet-5", "resnet-20"] {
      let network = try Graphs.named(name)
      let pruner = Pruner(
        allocation: try Allocations.named(allocation), target: try Target(parsing: "macs=0.7"),
        roundTo: multiple)
      let plan = try pruner.plan(for: network)
      #expect(Double(plan.after.macs) <= 0.7 * Double(plan.before.macs))
      for kept in plan.kept {
        let count = kept.units.count
        #expect(
          count % multiple == 0 || count == kept.group.size, "\(kept.group.name): \(count)")
      }
    }
  }

  @Test func nothingToPruneSaysWhy() throws {
    let network = try Graphs.graph(
      input: ["batch", 3], parameters: [("a.weight", [2, 3])],
      [
        Node(
          "Gemm", name: "a", inputs: ["x", "a.weight"], outputs: ["y"],
          attributes: ["transB": .int(1)])
      ])
    let pruner = Pruner(target: try Target(parsing: "params=0.5"))
    let error = #expect(throws: PruningError.self) { try pruner.plan(for: network) }
    guard case .nothingToPrune(let reason) = try #require(error) else {
      Issue.record("another error")
      return
    }
    #expect(
      reason == "no layer's outputs are free to change (a: 'y' is an output of the network)")
  }

  @Test func plansAreTheSameEveryTime() throws {
    let network = try Graphs.named("resnet-20")
    func plan(_ criterion: any Criterion, seed: UInt64) throws -> [Kept] {
      try Pruner(criterion: criterion, target: Target(parsing: "macs=0.5"), seed: seed)
        .plan(for: network).kept
    }
    #expect(try plan(L2(), seed: 0) == plan(L2(), seed: 9))
    #expect(try plan(Random(), seed: 5) == plan(Random(), seed: 5))
    #expect(try plan(Random(), seed: 5) != plan(Random(), seed: 6))
  }
}
