// What would fail whatever is trained before: a choice is tried on the network of the start.

import Network

extension Pruner {
  /// Tries by the weights of `network` alone whether units of it can be chosen at all: whether the
  /// exclusions name something, the criterion and the allocation fit the network, and the budget can be
  /// met. What is chosen does not count.
  ///
  /// A criterion that needs data, or a mark that is not set yet, is stood in for by magnitudes.
  ///
  /// - Parameter budget: whether the target is tried too; a stage after others that remove units cannot
  ///   say what will be left for it.
  /// - Throws: ``PruningError`` as a choice would.
  public func rehearse(
    _ granularity: Granularity, on network: Network, meeting budget: Bool
  ) throws(PruningError) {
    var trial = self
    trial.control = nil
    trial.granularity = granularity.sets
    if granularity.cuts {
      if !budget || ![.params, .macs, .sparsity].contains(target.quantity) {
        trial.target = try Target(.params, .fraction(1))
      }
    } else if !budget || target.quantity != .sparsity {
      trial.target = try Target(.sparsity, .fraction(0))
    }
    do throws(PruningError) {
      try trial.choose(granularity, from: network)
    } catch {
      switch error {
      case .needsData, .noSuch(part: "mark", name: _, known: _): break
      default: throw error
      }
      try rehearseElements(granularity, on: network)
      if granularity.cuts { trial.criterion = L2() } else { trial.criterion = L1() }
      try trial.choose(granularity, from: network)
    }
  }

  /// Whether a criterion that has not seen data yet scores what `granularity` removes.
  private func rehearseElements(
    _ granularity: Granularity, on network: Network
  ) throws(PruningError) {
    let weight = network.initializers.keys.first { network.initializers[$0]?.role == .parameter }
    guard !granularity.cuts, let weight else { return }
    do throws(PruningError) {
      _ = try criterion.elementScores(of: weight, in: Subject(network, seed: seed))
    } catch {
      if case .scoresUnits = error { throw error }
    }
  }

  private func choose(
    _ granularity: Granularity, from network: Network
  ) throws(PruningError) {
    if granularity.cuts { _ = try plan(for: network) } else { _ = try masks(for: network) }
  }
}
