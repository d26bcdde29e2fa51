// Budget: the largest choice of units whose cost stays within a limit.

import Network

/// The search for the largest choice of units whose cost stays within a limit.
struct Budget {
  let network: Network
  let inference: Inference
  let before: Cost
  let groups: [Group]
  let candidates: [Candidate]
  let pruner: Pruner
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
      let made = CostForecast(budget.network, budget.inference, groups: budget.groups)
      forecast = .some(made)
      return made
    }
  }

  /// How many units of each group stay.
  func solve() throws(PruningError) -> [Int] {
    let limit = pruner.target.limit(before: before)
    if try cost(groups.map(\.size)) <= limit { return groups.map(\.size) }
    let total = groups.reduce(0) { $0 + $1.size }
    // The cost falls with the fraction removed: find the smallest fraction that is enough.
    var (enough, tooLittle) = (total, 0)
    guard try cost(counts(removing: total, of: total)) <= limit else {
      let least = try cost(counts(removing: total, of: total))
      throw .impossibleBudget(
        target: "\(pruner.target)", least: least, unit: pruner.target.quantity.unit,
        reason: "ask for more, allow more layers to change, or lower the floor of "
          + "\(pruner.floor) units a group")
    }
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
      let more = max(1, group.size / 50 / step(group)) * step(group)
      return min(group.size, count + more)
    }
    return try fill(found, upTo: most, within: limit)
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
        let (low, high, step) = (counts[index], most[index], step(groups[index]))
        return part == parts ? high : low + (high - low) * part / parts / step * step
      }
    }
    var (fits, exceeds) = (0, parts + 1)
    while exceeds - fits > 1 {
      let middle = (fits + exceeds) / 2
      if try cost(mix(middle)) <= limit { fits = middle } else { exceeds = middle }
    }
    var filled = mix(fits)
    let next = groups.indices.map { group in
      filled[group] < most[group]
        ? candidates[group].scores.sorted(by: >)[filled[group]] : -Float.infinity
    }
    var open = groups.indices.filter { filled[$0] < most[$0] }.sorted {
      (next[$0], -$0) > (next[$1], -$1)
    }
    while !open.isEmpty, try cost(filled) < (1 - Self.slack) * limit {
      // As many of the best groups as can grow together; the one after them never can again.
      func grown(_ count: Int) -> [Int] {
        var trial = filled
        for group in open[..<count] {
          trial[group] = min(most[group], filled[group] + step(groups[group]))
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

  private func cost(_ counts: [Int]) throws(PruningError) -> Double {
    if let forecast = prepared.forecast(self) {
      return pruner.target.measure(forecast.cost(keeping: counts))
    }
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
    return pruner.target.measure(cost)
  }

  /// The allocation's counts, at least the floor, rounded up to the multiple.
  private func counts(removing removed: Int, of total: Int) -> [Int] {
    let raw = prepared.curve(self)(Double(removed) / Double(total))
    return zip(groups, raw).map { group, count in
      let floor = min(pruner.floor, group.size)
      let wanted = max(count, floor)
      let step = step(group)
      return min(group.size, (wanted + step - 1) / step * step)
    }
  }

  /// The least number of units by which a group shrinks: a multiple of the rounding and of its blocks.
  private func step(_ group: Group) -> Int {
    var (a, b) = (pruner.roundTo, group.blocks)
    while b != 0 { (a, b) = (b, a % b) }
    return pruner.roundTo / a * group.blocks
  }
}
