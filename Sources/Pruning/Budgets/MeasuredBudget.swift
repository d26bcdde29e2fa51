// Measured budget: the choice of units whose measured latency meets a limit, in few measurements.
//
// Latency is no sum: it has steps where a runtime's kernels have them, it need not fall with every
// unit, and every number of it is noisy. So nothing is taken from a model of it but the order in which
// choices are tried. The allocation's choices form one line, from everything to the least; on it the
// search keeps two measured ends, one that exceeds the limit and one that meets it, and measures
// between them where a straight line in multiply-accumulates says the limit is (the secant's guess,
// kept off the ends, and halving where it does not move). The invariant of the two ends needs no
// monotone cost: somewhere between them the limit is crossed. A choice is only taken after it was
// measured again, longer, as the best of several noisy numbers is too good by choice.

import Network

/// The search for the choice whose measured latency meets a limit.
struct MeasuredBudget {
  let budget: Budget
  let meter: any Meter

  /// The most measurements that are made.
  static let most = 16

  /// A choice on the line, as it was measured.
  private struct Point {
    /// How many units the allocation removed.
    let removed: Int
    let counts: [Int]
    /// The multiply-accumulates kept, as a fraction of the network's.
    let macs: Double
    /// The latency over the limit, with its interval.
    let reading: MeterReading
    let relative: Measured
  }

  /// How many units of each group stay, and what became of the budget.
  func solve() throws(PruningError) -> (counts: [Int], outcome: BudgetOutcome) {
    var search = Search(total: budget.total)
    let whole = try measure(0, .search, &search)
    // That it meets the limit as it is must be sure.
    guard whole.relative.value > 1 else {
      let sure = try measure(0, .decision, &search)
      if sure.relative.value <= 1 {
        return conclude(sure, sure.relative.value < Self.nearly ? .alreadyMet : nil)
      }
      search.slow = sure
      return try narrow(&search)
    }
    search.slow = whole
    return try narrow(&search)
  }

  private static let nearly = 1 - BudgetOutcome.tolerance

  /// The state of the search.
  private struct Search {
    let total: Int
    /// The last choice that exceeded the limit.
    var slow: Point?
    /// Choices that met it, each smaller than those after it.
    var fast: [Point] = []
    /// Measurements made.
    var count = 0
    /// How often in a row the same end moved.
    var sameEnd = 0

    init(total: Int) { self.total = total }
  }

  private func narrow(
    _ search: inout Search
  ) throws(PruningError) -> (counts: [Int], outcome: BudgetOutcome) {
    var best: Point?
    while search.count < Self.most {
      guard let candidate = try advance(&search) else { continue }
      let sure = try measure(candidate.removed, .decision, &search)
      if sure.relative.value <= 1 {
        search.fast[search.fast.count - 1] = sure
        let isLast = try next(search) == nil
        if isNear(sure) || isLast { return conclude(sure, reason(of: sure, search)) }
        // Measured longer it is further off than it seemed: there is room above it.
        search.sameEnd = 0
        continue
      }
      // Met in the search, exceeded in the decision: it is an end that exceeds.
      if sure.relative.value < best?.relative.value ?? .infinity { best = sure }
      search.fast.removeLast()
      search.slow = sure
      search.sameEnd = 0
    }
    if let met = search.fast.last {
      return conclude(met, .outOfMeasurements(count: search.count, smallestAbove: above(search)))
    }
    if best == nil { best = try measure(search.total, .decision, &search) }
    guard let best else { throw .measurement(reason: "nothing was measured") }
    return conclude(best, .exceeded(terms(best)))
  }

  /// Measures one choice more; the one to decide on, once it is near enough or nothing is between the
  /// ends.
  private func advance(_ search: inout Search) throws(PruningError) -> Point? {
    guard let slow = search.slow else { return nil }
    if let fast = search.fast.last, isNear(fast) { return fast }
    guard let removed = try next(search) else {
      if let fast = search.fast.last { return fast }
      // Nothing smaller than what exceeds the limit.
      throw try impossible(slow)
    }
    let point = try measure(removed, .search, &search)
    if point.relative.value <= 1 {
      search.sameEnd = max(1, search.sameEnd + 1)
      search.fast.append(point)
      return isNear(point) ? point : nil
    }
    search.sameEnd = min(-1, search.sameEnd - 1)
    search.slow = point
    return nil
  }

  /// Whether a choice that meets the limit is as near it as can be told.
  private func isNear(_ point: Point) -> Bool {
    point.relative.value >= 1 - max(BudgetOutcome.tolerance, point.relative.noise)
  }

  /// Where to measure next: a number of units between the ends whose choice is neither's; `nil` where
  /// there is none.
  private func next(_ search: Search) throws(PruningError) -> Int? {
    guard let slow = search.slow else { return nil }
    // A little below the limit, so that noise leaves it met.
    let aim = 1 - BudgetOutcome.tolerance / 2
    let fast = search.fast.last
    let end = fast?.removed ?? search.total
    // Choices change little by little along the line: first those that are still the slow end's.
    let low = first(in: slow.removed + 1..<end + 1) { counts($0) != slow.counts }
    // The smallest choice may be measured too, as long as none is known to meet the limit.
    let high =
      fast.map { fast in first(in: low..<max(low, end)) { counts($0) == fast.counts } } ?? end + 1
    guard low < high else { return nil }
    let wanted: Double
    if let fast {
      let part = (slow.relative.value - aim) / (slow.relative.value - fast.relative.value)
      let halves = abs(search.sameEnd) >= 2
      let clamped = halves ? 0.5 : min(0.9, max(0.1, part))
      wanted = slow.macs + clamped * (fast.macs - slow.macs)
    } else {
      // As if latency were in proportion to the work; it falls less, so this is short of the limit
      // more often than not, and from the third time on the end is asked.
      wanted = search.sameEnd <= -3 ? 0 : slow.macs * aim / slow.relative.value
    }
    let found = try first(in: low..<high) { removed throws(PruningError) in
      try macs(counts(removed)) <= wanted
    }
    return min(found, high - 1)
  }

  /// The first number in `range` for which `holds`, which then holds for all after it; the range's
  /// end where there is none.
  private func first<E: Error>(
    in range: Range<Int>, where holds: (Int) throws(E) -> Bool
  ) throws(E) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if try holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func counts(_ removed: Int) -> [Int] {
    budget.counts(removing: removed, of: budget.total)
  }

  /// The multiply-accumulates kept, as a fraction of the network's.
  private func macs(_ counts: [Int]) throws(PruningError) -> Double {
    try budget.cost(counts) / max(1, Double(budget.before.macs))
  }

  private func measure(
    _ removed: Int, _ effort: MeterEffort, _ search: inout Search
  ) throws(PruningError) -> Point {
    search.count += 1
    return try measure(
      removed: removed, counts(removed), effort, number: search.count)
  }

  private func measure(
    removed: Int, _ counts: [Int], _ effort: MeterEffort, number: Int
  ) throws(PruningError) -> Point {
    let macs = try macs(counts)
    let kept = try budget.kept(counts)
    let cut = try Pruning.network { () throws(NetworkError) in
      try budget.network.cut(keeping: kept)
    }
    let reading = try meter.measure(
      cut, effort, MeterPlace(number: number, most: Self.most, macs: macs))
    let limit: Double
    let found: Measured
    switch budget.pruner.target.amount {
    case .fraction(let f): (limit, found) = (f, reading.ratio)
    case .absolute(let n): (limit, found) = (n, reading.amount)
    }
    return Point(
      removed: removed, counts: counts, macs: macs, reading: reading,
      relative: Measured(
        found.value / limit, lower: found.lower / limit, upper: found.upper / limit))
  }

  // MARK: what became of it

  /// What was measured, in the target's terms.
  private func terms(_ point: Point) -> Measured {
    switch budget.pruner.target.amount {
    case .fraction: point.reading.ratio
    case .absolute: point.reading.amount
    }
  }

  private func above(_ search: Search) -> Measured? { search.slow.map(terms) }

  /// Why a choice that meets the limit leaves more than the tolerance of it.
  private func reason(of point: Point, _ search: Search) -> BudgetOutcome.Reason? {
    if point.relative.value >= Self.nearly { return nil }
    if isNear(point) { return .withinNoise(terms(point)) }
    return above(search).map(BudgetOutcome.Reason.nextChoice)
  }

  private func conclude(
    _ point: Point, _ reason: BudgetOutcome.Reason?
  ) -> (counts: [Int], outcome: BudgetOutcome) {
    let target = budget.pruner.target
    let dense = point.reading.dense.value
    let asked = target.limit(before: dense)
    let found = terms(point)
    // For a fraction, the ratio of the turns is what is exact; the seconds follow from it.
    let reached = target.isFraction ? found.value * dense : found.value
    return (
      point.counts,
      BudgetOutcome(
        target: target, before: dense, asked: asked, reached: reached, achieved: found.value,
        measured: found, reason: reason)
    )
  }

  private func impossible(_ least: Point) throws(PruningError) -> PruningError {
    let target = budget.pruner.target
    let dense = least.reading.dense.value
    // What the constraints cost is said in work, as nothing smaller was measured.
    let held = try budget.constraints { groups, rules throws(PruningError) in
      try budget.cost(of: groups, groups.map { rules.least(of: $0) })
    }
    return .impossibleBudget(
      target: "\(target)", least: terms(least).value,
      unit: "\(target.isFraction ? "of" : "seconds, of") the dense network's "
        + "\(BudgetOutcome.number(dense * 1e3)) ms (measured: \(terms(least)))",
      reason:
        "in multiply-accumulates, of which \(BudgetOutcome.number(least.macs * 100)) % are left, "
        + held)
  }
}
