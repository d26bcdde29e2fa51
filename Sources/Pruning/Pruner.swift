// The first words of the grammar put together: which units go, so that a target is met.

import Network

/// Decides which units go: granularity, criterion, allocation and target together.
///
/// ```swift
/// let pruner = Pruner(criterion: L2(), allocation: Global(), target: try Target(parsing: "macs=0.5"))
/// let plan = try pruner.plan(for: network)
/// let smaller = try network.cut(keeping: plan.kept)
/// ```
public struct Pruner: Sendable {
  /// How much a unit matters.
  public var criterion: any Criterion
  /// Who pays how much.
  public var allocation: any Allocation
  /// How small the network is to become.
  public var target: Target
  /// Kept counts of groups are multiples of this, where the group is large enough.
  public var roundTo: Int
  /// The least that stays of every group, so that no layer empties.
  public var floor: Floor
  /// What must not be pruned.
  public var exclusions: Exclusions
  /// How groups of units may shrink where an operator leaves a choice.
  public var coupling: CouplingOptions
  /// Where random criteria start.
  public var seed: UInt64
  /// Earlier states of the network that criteria compare with, by name, such as `start`.
  public var marks: [String: Network] = [:]
  /// Which single weights leave together in masks; `nil` where each stands alone.
  public var granularity: (any SetGranularity)?
  /// A sanity check of masks; `nil` for masks as they are.
  public var control: Control?
  /// Counts the effective sparsity of a network, for targets in it.
  public var effective: (@Sendable (Network) throws(PruningError) -> Double)?
  /// What the files have beside their tensors, for targets in bytes.
  public var overhead = FileOverhead()

  /// A decision to make.
  public init(
    criterion: any Criterion = L2(), allocation: any Allocation = Global(), target: Target,
    roundTo: Int = 1, floor: Floor = 1, exclusions: Exclusions = Exclusions(),
    coupling: CouplingOptions = CouplingOptions(), seed: UInt64 = 0
  ) {
    self.criterion = criterion
    self.allocation = allocation
    self.target = target
    self.roundTo = max(1, roundTo)
    self.floor = floor
    self.exclusions = exclusions
    self.coupling = coupling
    self.seed = seed
  }

  /// Which filters, neurons and channels stay.
  ///
  /// The largest choice that stays within the budget: the fraction to remove is found by bisection,
  /// then units come back, best first, as long as the budget holds. A latency is measured choice by
  /// choice. ``Plan/outcome`` says how near the budget the plan came, and why not nearer.
  ///
  /// - Parameters:
  ///   - calibration: what a criterion that looks at data sees.
  ///   - meter: measures a latency; not asked for other quantities.
  /// - Throws: ``PruningError/impossibleBudget(target:least:unit:reason:)`` where even the smallest
  ///   choice exceeds the budget, ``PruningError/combination(_:)`` for a latency without a meter, and
  ///   the errors of the parts.
  public func plan(
    for network: Network, on calibration: Calibration? = nil, meter: (any Meter)? = nil
  ) throws(PruningError) -> Plan {
    try plan(budget(for: network, on: calibration), meter: meter)
  }

  /// Why there is no group that could be pruned: what keeps the first layers, or the first barrier
  /// where there are no layers.
  private static func reason(nothingIn coupling: Coupling) -> String {
    let kept = coupling.frozen.prefix(3).map { "\($0.name): \($0.frozen.first ?? "it stays")" }
    let more = coupling.frozen.count - kept.count
    let barrier = coupling.barriers.first.map { "\($0.node) is a barrier: \($0.reason)" }
    return kept.isEmpty
      ? barrier ?? "no layer has weights that could leave"
      : "no layer's outputs are free to change (" + kept.joined(separator: "; ")
        + (more > 0 ? "; and \(more) more" : "") + ")"
  }

  /// What there is to choose from, with the scores worked out.
  func budget(
    for network: Network, on calibration: Calibration?
  ) throws(PruningError) -> Budget {
    guard target.quantity != .effectiveSparsity else {
      throw .combination(
        "whole units that are on no path are cut with the others, so that \(target) means nothing for "
          + "them; use granularity element, or sparsity=")
    }
    let (inference, cost, coupling) = try describe(network)
    let groups = try exclusions.allowed(of: coupling)
    guard !groups.isEmpty else {
      throw .nothingToPrune(
        reason: coupling.groups.isEmpty
          ? Self.reason(nothingIn: coupling)
          : "every group is excluded")
    }
    var subject = try Subject(
      network, seed: seed, groups: groups, for: criterion, on: calibration)
    subject.marks = marks
    var candidates: [Candidate] = []
    for group in groups {
      let raw = try criterion.unitScores(of: group, in: subject)
      // A threshold is a score as the criterion gives it.
      let scores =
        target.quantity == .threshold
        ? raw : try criterion.comparable(raw, of: group, in: subject)
      candidates.append(
        try Candidate(name: group.name, scores: scores.map { Float($0) }, blocks: group.blocks))
    }
    try allocation.check(candidates)
    let allowed = Set(groups.map(\.name))
    return Budget(
      network: network, inference: inference, before: cost, coupling: coupling, groups: groups,
      excluded: coupling.groups.filter { !allowed.contains($0.name) }, candidates: candidates,
      pruner: self)
  }

  /// The plan that a budget comes to.
  func plan(_ budget: Budget, meter: (any Meter)? = nil) throws(PruningError) -> Plan {
    let (counts, outcome) = try solve(budget, meter)
    let kept = try budget.kept(counts)
    let after = try Pruning.network { () throws(NetworkError) in
      try budget.network.cost(keeping: kept, budget.inference)
    }
    return Plan(
      kept: kept, coupling: budget.coupling, target: target, before: budget.before, after: after,
      outcome: outcome)
  }

  private func solve(
    _ budget: Budget, _ meter: (any Meter)?
  ) throws(PruningError) -> (counts: [Int], outcome: BudgetOutcome) {
    if target.quantity.isCount { return budget.counted() }
    guard target.quantity == .latency else { return try budget.solve() }
    guard let meter else {
      throw .combination(
        "the target \(target) is met by measuring, and nothing is there to measure with; give a "
          + "meter, or ask for macs=")
    }
    return try MeasuredBudget(budget: budget, meter: meter).solve()
  }

  private func describe(
    _ network: Network
  ) throws(PruningError) -> (Inference, Cost, Coupling) {
    try Pruning.network { () throws(NetworkError) in
      let inference = try network.infer()
      return (
        inference, network.cost(inference).total,
        network.coupling(inference, options: self.coupling)
      )
    }
  }
}

/// What stays of each group, and what that costs.
public struct Plan: Sendable {
  /// The units that stay, of every group that may be pruned.
  public let kept: [Kept]
  /// How the network's units hang together.
  public let coupling: Coupling
  /// What was asked.
  public let target: Target
  /// The cost before.
  public let before: Cost
  /// The cost after.
  public let after: Cost
  /// How near the budget that comes, and why not nearer.
  public let outcome: BudgetOutcome

  /// Whether units leave whose absence is not the same as zero, so that the masked network computes
  /// something else than the cut one.
  public var mixes: Bool { kept.contains { !$0.removed.isEmpty && !$0.group.mixing.isEmpty } }

  /// What was reached of the target, in the target's own terms: a fraction, or an amount.
  public var achieved: Double { outcome.achieved }
}

extension Pruner {
  /// The most that may be left of the target's quantity.
  func limit(before: Cost) -> Double {
    target.limit(before: amount(target.measure(before), overhead.before))
  }

  /// An amount of the target's quantity in the file's terms.
  func amount(_ amount: Double, _ overhead: Int) -> Double {
    target.quantity == .bytes ? amount + Double(overhead) : amount
  }
}

extension Target {
  /// How much of the quantity a cost holds.
  ///
  /// No cost says what a latency is; the multiply-accumulates stand for it here, by which choices are
  /// put in order before they are measured. Units are counted by the groups that have them; here the
  /// parameters stand for them.
  public func measure(_ cost: Cost) -> Double {
    switch quantity {
    case .params, .sparsity, .effectiveSparsity, .units, .threshold: Double(cost.parameters)
    case .macs, .latency: Double(cost.macs)
    case .bytes: Double(cost.weightBytes)
    }
  }

  /// The most that may be left of the quantity.
  public func limit(before: Cost) -> Double { limit(before: measure(before)) }

  /// The most that may be left of `before`.
  public func limit(before: Double) -> Double {
    switch amount {
    case .absolute(let n): n
    case .fraction(let f): before * (quantity.isSparsity ? 1 - f : f)
    }
  }

  /// What was reached, in the terms the target is written in.
  public func reading(before: Cost, after: Cost) -> Double {
    reading(before: measure(before), after: measure(after))
  }

  /// What was reached where `after` is left of `before`, in the terms the target is written in.
  public func reading(before: Double, after: Double) -> Double {
    switch amount {
    case .absolute: after
    case .fraction: quantity.isSparsity ? 1 - after / before : after / before
    }
  }
}
