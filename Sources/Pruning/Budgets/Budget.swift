// Budget: the largest choice of units whose cost stays within a limit.

import Network

/// The search for the largest choice of units whose cost stays within a limit.
struct Budget {
  let network: Network
  let inference: Inference
  let before: Cost
  let coupling: Coupling
  /// The groups that may shrink.
  let groups: [Group]
  /// Those that could, were they not excluded.
  let excluded: [Group]
  let candidates: [Candidate]
  var pruner: Pruner
  private let prepared = Prepared()

  /// What serves all the choices that are looked at, worked out when the first one is.
  private final class Prepared {
    private var curve: ((Double) -> [Int])?
    private var forecast: CostForecast??

    func curve(_ budget: Budget) -> (Double) -> [Int] {
      if let curve { return curve }
      let made = budget.pruner.allocation.curve(of: budget.candidates)
      curve = made
      return made
    }

    /// `nil` where the cost does not follow from the counts alone.
    func forecast(_ budget: Budget) -> CostForecast? {
      if let forecast { return forecast }
      let measure = budget.pruner.target.measure
      let made = CostForecast(budget.network, budget.inference, groups: budget.groups) {
        measure($0) == measure($1)
      }
      forecast = .some(made)
      return made
    }
  }

  var rules: CountRules { CountRules(roundTo: pruner.roundTo, floor: pruner.floor) }
  var total: Int { groups.reduce(0) { $0 + $1.size } }
  private var limit: Double { pruner.limit(before: before) }

  /// How many units of each group stay, and what became of the budget.
  func solve() throws(PruningError) -> (counts: [Int], outcome: BudgetOutcome) {
    let (limit, total) = (limit, total)
    let all = groups.map(\.size)
    let dense = try cost(all)
    if dense <= limit {
      let reason: BudgetOutcome.Reason? = dense < Self.nearly * limit ? .alreadyMet : nil
      return (all, outcome(reached: dense, reason))
    }
    // The cost falls with the fraction removed: find the smallest fraction that is enough.
    var (enough, tooLittle) = (total, 0)
    let least = try cost(counts(removing: total, of: total))
    guard least <= limit else { throw try impossible(least) }
    while enough - tooLittle > 1 {
      let middle = (enough + tooLittle) / 2
      if try cost(counts(removing: middle, of: total)) <= limit {
        enough = middle
      } else {
        tooLittle = middle
      }
    }
    let found = counts(removing: enough, of: total)
    let next = counts(removing: tooLittle, of: total)
    // What is left of the budget lets every group have a little more than the allocation's next
    // larger choice, so that the proportions stay what they are.
    let most = zip(groups, next).map { group, count in
      let step = rules.step(of: group)
      return min(group.size, count + max(1, group.size / 50 / step) * step)
    }
    var filled = try fill(found, upTo: most, within: limit)
    // Where that leaves too much, the proportions give way, until no group can have a step more.
    var steps: [BudgetOutcome.NextStep] = []
    while try cost(filled) < Self.nearly * limit {
      filled = try grow(filled, upTo: all, within: limit, until: Self.nearly * limit)
      if try cost(filled) >= Self.nearly * limit { break }
      steps = try nextSteps(filled)
      // A step that fits is taken, should a cost not grow as `grow` relies on.
      guard let fitting = steps.filter({ $0.cost <= limit }).min(by: { $0.cost < $1.cost }),
        let index = groups.firstIndex(where: { $0.name == fitting.group })
      else { break }
      filled[index] = fitting.next
    }
    let reached = try cost(filled)
    let cheapest = steps.min { $0.cost < $1.cost }
    let reason = reached < Self.nearly * limit ? cheapest.map(BudgetOutcome.Reason.nextStep) : nil
    return (filled, outcome(reached: reached, reason))
  }

  /// The part of the limit that must be used up, or a reason given.
  private static let nearly = 1 - BudgetOutcome.tolerance

  private func outcome(
    reached: Double, _ reason: BudgetOutcome.Reason?
  ) -> BudgetOutcome {
    let start = pruner.amount(pruner.target.measure(before), pruner.overhead.before)
    return BudgetOutcome(
      target: pruner.target, before: start, asked: limit, reached: reached,
      achieved: pruner.target.reading(before: start, after: reached), measured: nil,
      reason: reason)
  }

  /// What the network would cost with one step more of each group that is not whole.
  private func nextSteps(_ counts: [Int]) throws(PruningError) -> [BudgetOutcome.NextStep] {
    var steps: [BudgetOutcome.NextStep] = []
    for (index, group) in groups.enumerated() where counts[index] < group.size {
      var larger = counts
      larger[index] = rules.next(above: counts[index], of: group)
      steps.append(
        BudgetOutcome.NextStep(
          group: group.name, kept: counts[index], next: larger[index], cost: try cost(larger),
          roundTo: pruner.roundTo, blocks: group.blocks))
    }
    return steps
  }

  /// Lets units come back while the limit holds: the same part of the way to `most` in every group,
  /// then step by step wherever one fits, the groups with the best next units first, until next to
  /// nothing of the budget is left.
  private func fill(
    _ counts: [Int], upTo most: [Int], within limit: Double
  ) throws(PruningError) -> [Int] {
    let parts = 16
    func mix(_ part: Int) -> [Int] {
      groups.indices.map { index in
        let (low, high, step) = (counts[index], most[index], rules.step(of: groups[index]))
        return part == parts ? high : low + (high - low) * part / parts / step * step
      }
    }
    var (fits, exceeds) = (0, parts + 1)
    while exceeds - fits > 1 {
      let middle = (fits + exceeds) / 2
      if try cost(mix(middle)) <= limit { fits = middle } else { exceeds = middle }
    }
    return try grow(mix(fits), upTo: most, within: limit, until: (1 - Self.slack) * limit)
  }

  /// Lets groups grow up to `most`, step by step wherever one fits, the groups with the best next
  /// units first, until the cost is at least `enough`.
  private func grow(
    _ counts: [Int], upTo most: [Int], within limit: Double, until enough: Double
  ) throws(PruningError) -> [Int] {
    var filled = counts
    let next = groups.indices.map { group in
      filled[group] < most[group]
        ? candidates[group].scores.sorted(by: >)[filled[group]] : -Float.infinity
    }
    var open = groups.indices.filter { filled[$0] < most[$0] }.sorted {
      (next[$0], -$0) > (next[$1], -$1)
    }
    while !open.isEmpty, try cost(filled) < enough {
      // As many of the best groups as can grow together; the one after them never can again.
      func grown(_ count: Int) -> [Int] {
        var trial = filled
        for group in open[..<count] {
          trial[group] = min(most[group], rules.next(above: filled[group], of: groups[group]))
        }
        return trial
      }
      var (fits, exceeds) = (0, open.count + 1)
      while exceeds - fits > 1 {
        let middle = (fits + exceeds) / 2
        if try cost(grown(middle)) <= limit { fits = middle } else { exceeds = middle }
      }
      filled = grown(fits)
      open = (open.dropFirst(fits + 1) + open.prefix(fits)).filter { filled[$0] < most[$0] }
    }
    return filled
  }

  /// The part of the budget that need not be used up.
  private static let slack = 0.002

  /// The units that stay when each group keeps the given number.
  func kept(_ counts: [Int]) throws(PruningError) -> [Kept] {
    var kept: [Kept] = []
    for (index, group) in groups.enumerated() {
      let units = candidates[index].best(counts[index])
      kept.append(try Pruning.network { () throws(NetworkError) in try Kept(group, units: units) })
    }
    return kept
  }

  /// What the network costs with so many units of each group, in the target's quantity.
  func cost(_ counts: [Int]) throws(PruningError) -> Double {
    if let forecast = prepared.forecast(self) {
      let cost = pruner.target.measure(forecast.cost(keeping: counts))
      return pruner.amount(cost, pruner.overhead.after)
    }
    return try cost(of: groups, counts)
  }

  func cost(of groups: [Group], _ counts: [Int]) throws(PruningError) -> Double {
    var kept: [Kept] = []
    // The cost depends on how many units stay, not on which.
    for (group, count) in zip(groups, counts) {
      kept.append(
        try Pruning.network { () throws(NetworkError) in try Kept(group, units: group.first(count))
        })
    }
    let cost = try Pruning.network { () throws(NetworkError) in
      try network.cost(keeping: kept, inference)
    }
    return pruner.amount(pruner.target.measure(cost), pruner.overhead.after)
  }

  /// The allocation's counts, at least the floor, rounded up to the multiple.
  func counts(removing removed: Int, of total: Int) -> [Int] {
    let raw = prepared.curve(self)(Double(removed) / Double(total))
    return zip(groups, raw).map { rules.count($1, of: $0) }
  }

  // MARK: what cannot be

  /// The error of a budget under `least`, with what holds the least where it is: how little could be
  /// left without each of the constraints.
  private func impossible(_ least: Double) throws(PruningError) -> PruningError {
    .impossibleBudget(
      target: "\(pruner.target)", least: least, unit: pruner.target.quantity.unit,
      reason: try constraints { groups, rules throws(PruningError) in
        try cost(of: groups, groups.map { rules.least(of: $0) })
      })
  }

  /// What keeps the network from becoming smaller, each with the least that `cost` says without it.
  func constraints(
    _ cost: ([Group], CountRules) throws(PruningError) -> Double
  ) throws(PruningError) -> String {
    func least(_ groups: [Group], _ rules: CountRules) throws(PruningError) -> String {
      BudgetOutcome.number(try cost(groups, rules))
    }
    var held: [String] = []
    if pruner.floor != .units(1) {
      let without = try least(groups, CountRules(roundTo: pruner.roundTo, floor: .units(1)))
      held.append("the floor of \(pruner.floor) of each group (\(without) without it)")
    }
    if pruner.roundTo > 1 {
      let without = try least(groups, CountRules(roundTo: 1, floor: pruner.floor))
      held.append("rounding to \(pruner.roundTo) (\(without) without it)")
    }
    if !excluded.isEmpty {
      let without = try least(groups + excluded, rules)
      held.append("\(Self.listed(excluded)) excluded (\(without) with them)")
    }
    if let first = coupling.frozen.first {
      let why = first.frozen.first.map { ", '\(first.name)' because \($0)" } ?? ""
      held.append("\(Self.listed(coupling.frozen)) that must stay whole\(why)")
    }
    if pruner.allocation.most(of: candidates) < 1 {
      let without = try least(groups, rules)
      held.append("what \(type(of: pruner.allocation).name) states (\(without) without it)")
    }
    held.append("one unit of each of the \(groups.count) groups at the least")
    return "what holds it there: \(held.joined(separator: "; ")); ask for more, or allow more"
  }

  /// Groups by name, the first few of them.
  private static func listed(_ groups: [Group]) -> String {
    let names = groups.prefix(3).map { "'\($0.name)'" }.joined(separator: ", ")
    return "\(groups.count) \(groups.count == 1 ? "group" : "groups") (\(names)"
      + (groups.count > 3 ? ", ...)" : ")")
  }
}
