// Masks of weights that leave in sets: the same ranking and allocation, with sets in place of weights.

import Network

extension Pruner {
  /// Which single weights stay where they leave in the sets of `granularity`.
  ///
  /// Sets are ranked as filters are: by the criterion's score of their weights, made comparable over
  /// layers by the criterion; under a threshold they leave by the score itself. To a sparsity as many
  /// leave as come nearest to it; no more than all there are, so that 2 of 4 ends at a half.
  ///
  /// - Parameter weights: the weights that may lose elements, with what has left already at `-infinity`.
  func masks(
    by granularity: any SetGranularity, of weights: [Candidate], in network: Network
  ) throws(PruningError) -> ElementMasks {
    var ranked: [RankedSets] = []
    for weight in weights {
      let sets = granularity.sets(of: network.scored(weight))
      guard sets.count > 0 else { continue }
      ranked.append(try RankedSets(sets, of: weight, granularity, self))
    }
    guard !ranked.isEmpty else {
      throw .nothingToPrune(
        reason: "no weight that may be pruned has units of granularity "
          + "\(type(of: granularity).name)")
    }
    var masks = ElementMasks()
    for (sets, count) in zip(ranked, counts(of: ranked)) {
      masks.kept[sets.weight.name] = sets.mask(keeping: count)
    }
    return masks
  }

  /// How many sets of each weight stay.
  private func counts(of ranked: [RankedSets]) -> [Int] {
    switch target.amount {
    case .absolute(let score):
      return ranked.map { $0.candidate.scores.count { Target.keeps($0, by: score) } }
    case .fraction(let sparsity):
      let total = ranked.reduce(0) { $0 + $1.candidate.scores.count }
      let all = ranked.reduce(0) { $0 + $1.weight.scores.count }
      let curve = allocation.curve(of: ranked.map(\.candidate))
      func reached(_ removed: Int) -> Double {
        let counts = curve(Double(removed) / Double(total))
        let lost = zip(ranked, counts).reduce(0) { $0 + $1.0.lost(keeping: $1.1) }
        return Double(lost) / Double(all)
      }
      // The smallest number that is enough, or all; then the one before it, should that be nearer.
      var (low, high) = (0, total)
      while low < high {
        let middle = (low + high) / 2
        if reached(middle) >= sparsity { high = middle } else { low = middle + 1 }
      }
      if low > 0, sparsity - reached(low - 1) < reached(low) - sparsity { low -= 1 }
      return curve(Double(low) / Double(total))
    }
  }
}

/// The sets of one weight, in the order in which they leave.
private struct RankedSets {
  let weight: Candidate
  let candidate: Candidate
  private let sets: ElementSets
  private let order: [Int]
  /// How many elements are gone when so many sets have left.
  private let lost: [Int]

  init(
    _ sets: ElementSets, of weight: Candidate, _ granularity: any SetGranularity, _ pruner: Pruner
  ) throws(PruningError) {
    let left = (0..<sets.count).map { set in
      sets[set].map { weight.scores[$0] }.filter { $0 > -.infinity }
    }
    let removed = left.indices.filter { left[$0].isEmpty }
    var scores = left.filter { !$0.isEmpty }.map {
      granularity.score($0[...], by: pruner.criterion)
    }[...]
    if pruner.target.quantity != .threshold {
      scores = pruner.criterion.comparable(Array(scores))[...]
    }
    // What has left altogether ranks below all others.
    let all = left.map { $0.isEmpty ? 0 : Float(scores.removeFirst()) }
    let candidate = try Candidate(
      name: weight.name, scores: all, shape: weight.shape, removed: removed)
    let order = all.indices.sorted {
      (candidate.scores[$0], -$0) < (candidate.scores[$1], -$1)
    }
    var lost = [weight.scores.count { $0 == -.infinity }]
    for set in order { lost.append((lost.last ?? 0) + left[set].count) }
    (self.weight, self.candidate, self.sets) = (weight, candidate, sets)
    (self.order, self.lost) = (order, lost)
  }

  /// How many elements of the weight are gone when `count` sets stay.
  func lost(keeping count: Int) -> Int { lost[order.count - count] }

  /// Which elements of the weight stay when `count` sets do.
  func mask(keeping count: Int) -> [Bool] {
    var mask = weight.scores.map { $0 > -.infinity }
    for set in order.prefix(order.count - count) {
      for element in sets[set] { mask[element] = false }
    }
    return mask
  }
}

extension Network {
  /// A weight with its scores and how it lies in its layer.
  fileprivate func scored(_ weight: Candidate) -> ScoredWeight {
    let rank = weight.shape.count
    let reader = nodes.first { $0.op == "Conv" && $0.input(1) == weight.name }
    return ScoredWeight(
      name: weight.name, shape: weight.shape,
      // Of recurrent layers and tables the last axis is the inputs'.
      inputAxis: layerAxis(of: weight.name, .inputs)?.axis ?? rank - 1,
      isConvolution: reader != nil && rank > 2, scores: weight.scores)
  }
}
