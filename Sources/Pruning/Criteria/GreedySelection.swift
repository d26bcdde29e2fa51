// Greedy selection: which units stay once their numbers are known, with what earlier groups lost left out.
//
// H. Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017, on layers pruned at once: the independent
// choice sums a filter's kernels over all channels, also those that leave with the filters of the layer before;
// the greedy one, front to back, does not count them:
//   s_o = sum over the channels c that stay of sum over i, j of |W[o, c, i, j]|.

import Network

/// Chooses the units of each group front to back, by scores in the network as pruned by then.
public struct GreedySelection: Sendable {
  /// The decision whose criterion scores.
  public let pruner: Pruner

  /// A selection by the criterion of `pruner`.
  public init(_ pruner: Pruner) { self.pruner = pruner }

  /// The plan with as many units of each group, chosen anew.
  ///
  /// - Parameter calibration: what a criterion that looks at data sees, of the network pruned so far.
  /// - Throws: the errors of the criterion.
  public func callAsFunction(
    _ plan: Plan, of network: Network, on calibration: Calibration? = nil
  ) throws(PruningError) -> Plan {
    var done: [Kept] = []
    for kept in plan.kept {
      let scores = try scores(of: kept.group, in: network, without: done, on: calibration)
      let candidate = try Candidate(
        name: kept.group.name, scores: scores.map { Float($0) }, blocks: kept.group.blocks)
      done.append(
        try Pruning.network { () throws(NetworkError) in
          try Kept(kept.group, units: candidate.best(kept.units.count))
        })
    }
    return plan.keeping(done)
  }

  /// The scores of a group's units, where what `earlier` groups have lost is zero.
  public func scores(
    of group: Group, in network: Network, without earlier: [Kept],
    on calibration: Calibration? = nil
  ) throws(PruningError) -> [Double] {
    let masked = try Pruning.network { () throws(NetworkError) in
      try network.masked(keeping: earlier)
    }
    var subject = try Subject(
      masked, seed: pruner.seed, groups: [group], for: pruner.criterion, on: calibration)
    subject.marks = pruner.marks
    return try pruner.criterion.unitScores(of: group, in: subject)
  }
}

extension Pruner {
  /// As many units of each group as `plan` keeps, chosen by this criterion in `network` as it is.
  ///
  /// - Parameter inverted: whether those of least score stay.
  /// - Throws: the errors of the criterion.
  public func choosing(
    as plan: Plan, in network: Network, inverted: Bool = false, on calibration: Calibration? = nil
  ) throws(PruningError) -> Plan {
    var subject = try Subject(
      network, seed: seed, groups: plan.kept.map(\.group), for: criterion, on: calibration)
    subject.marks = marks
    var kept: [Kept] = []
    for each in plan.kept {
      let scores = try criterion.unitScores(of: each.group, in: subject)
      let candidate = try Candidate(
        name: each.group.name, scores: scores.map { Float(inverted ? -$0 : $0) },
        blocks: each.group.blocks)
      kept.append(
        try Pruning.network { () throws(NetworkError) in
          try Kept(each.group, units: candidate.best(each.units.count))
        })
    }
    return plan.keeping(kept)
  }
}
