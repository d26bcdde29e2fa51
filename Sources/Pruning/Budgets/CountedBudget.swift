// Counted budgets: so many units leave, or those under a threshold, whatever that saves.

extension Budget {
  /// How many units of each group stay by a target that counts units; see ``Target/Quantity/isCount``.
  ///
  /// Floor, rounding and blocks hold as for every other target; where units stay because of them that
  /// do not reach the threshold, the outcome says so.
  func counted() -> (counts: [Int], outcome: BudgetOutcome) {
    let wanted = wantedCounts()
    let counts = zip(groups, wanted).map { rules.count($1, of: $0) }
    let held = zip(groups, zip(wanted, counts)).filter { $1.1 > $1.0 }.map(\.0.name)
    let isThreshold = pruner.target.quantity == .threshold
    let reached = Double(counts.reduce(0, +))
    return (
      counts,
      BudgetOutcome(
        target: pruner.target, before: Double(total), asked: Double(wanted.reduce(0, +)),
        reached: reached,
        achieved: pruner.target.reading(before: Double(total), after: reached), measured: nil,
        reason: isThreshold && !held.isEmpty ? .floor(groups: held) : nil)
    )
  }

  /// The counts before floor and rounding.
  private func wantedCounts() -> [Int] {
    if pruner.target.quantity == .threshold, case .absolute(let score) = pruner.target.amount {
      return zip(groups, candidates).map { group, candidate in
        // Of every block stays as much as of the fullest one.
        let size = group.size / group.blocks
        let most = (0..<group.blocks).map { block in
          candidate.scores[block * size..<(block + 1) * size].count { Target.keeps($0, by: score) }
        }.max()
        return (most ?? 0) * group.blocks
      }
    }
    let kept = pruner.target.limit(before: Double(total))
    let removed = max(0, total - Int(kept.rounded()))
    return pruner.allocation.counts(
      removing: Double(removed) / Double(max(total, 1)), from: candidates)
  }
}
