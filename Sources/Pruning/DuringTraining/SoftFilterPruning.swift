// Soft filter pruning: filters are set to zero after each epoch and go on training.
//
// Y. He et al., "Soft Filter Pruning for Accelerating Deep Convolutional Neural Networks", IJCAI 2018.
// After each epoch the N P_i filters of each layer i with the smallest norm
//   ||F||_p = (sum |w|^p)^(1/p),   p = 2,
// are set to zero; in the next epoch all filters are updated, so that zeroed ones can return. When
// training ends the filters that are zero are cut. Layers that share their channels (a residual
// stream) choose together here, so that what is zeroed can be cut; the paper chooses in each layer
// and keeps the places of the missing channels. Biases and normalisation are left as they are until the
// last selection; then those of zero filters become zero with them, so that the network computes what is
// left of it when they are cut.

import Execution
import Network
import Torch
import Training

/// Sets the filters of least norm to zero after each epoch, and lets them train on.
public final class SoftFilterPruning: Plugin {
  /// How much a filter matters.
  public let criterion: any Criterion
  /// The fraction of filters that is set to zero in each group of layers.
  public let fraction: Double
  /// The epochs from one selection to the next.
  public let every: Int
  /// What must not be pruned.
  public let exclusions: Exclusions

  /// The filters that were set to zero last, by group.
  public private(set) var zeroed: [String: [Int]] = [:]
  /// How many filters have come back: zeroed once, not chosen the next time.
  public private(set) var returned = 0

  private struct Saved: Codable {
    let zeroed: [String: [Int]]
    let returned: Int
  }

  /// Prunes softly.
  ///
  /// - Throws: ``PruningError/combination(_:)`` for a fraction outside [0, 1).
  public init(
    fraction: Double, criterion: any Criterion = L2(), every: Int = 1,
    exclusions: Exclusions = Exclusions()
  ) throws(PruningError) {
    guard fraction >= 0, fraction < 1 else {
      throw .combination("the fraction of filters set to zero lies in [0, 1), not at \(fraction)")
    }
    self.fraction = fraction
    self.criterion = criterion
    self.every = max(1, every)
    self.exclusions = exclusions
  }

  public func afterEpoch(_ context: TrainingContext) throws(TrainingError) {
    guard (context.epoch + 1) % every == 0 else { return }
    do {
      let groups = try exclusions.allowed(of: context.model.network.coupling())
      let subject = Subject(try context.model.snapshot())
      for group in groups {
        let candidate = try Candidate(
          name: group.name,
          scores: criterion.unitScores(of: group, in: subject).map { Float($0) },
          blocks: group.blocks)
        // 0.1 of 100 is meant to be 10, whatever its last bit says.
        let count = group.size - Int(fraction * Double(group.size) + 1e-9)
        let kept = Set(candidate.best((count + group.blocks - 1) / group.blocks * group.blocks))
        let leaving = (0..<group.size).filter { !kept.contains($0) }
        returned += (zeroed[group.name] ?? []).count { kept.contains($0) }
        zeroed[group.name] = leaving
        try withoutGradients { () throws(TorchError) in
          for member in group.producers { try zero(leaving, of: member, in: context.model) }
        }
      }
    } catch let error as TorchError {
      throw .engine(error)
    } catch let error as ExecutionError {
      throw .execution(error)
    } catch {
      throw .plugin(name: name, reason: "\(error)")
    }
  }

  public func afterRun(_ context: TrainingContext) throws(TrainingError) {
    do {
      for group in try exclusions.allowed(of: context.model.network.coupling()) {
        try withoutGradients { () throws(TorchError) in
          for member in group.members where member.part != .consumer && member.role == .parameter {
            try zero(zeroed[group.name] ?? [], of: member, in: context.model, minimumRank: 1)
          }
        }
      }
    } catch let error as TorchError {
      throw .engine(error)
    } catch {
      throw .plugin(name: name, reason: "\(error)")
    }
  }

  /// Sets the filters of some units to zero.
  private func zero(
    _ units: [Int], of member: Group.Member, in model: Model, minimumRank: Int = 2
  ) throws(TorchError) {
    guard let weight = model.parameters[member.value], weight.rank >= minimumRank else { return }
    var target = try weight.detached()
    if let rows = member.block {
      target = try target.narrow(axis: 0, start: rows.lowerBound, length: rows.count)
    }
    for unit in units {
      let indices = member.indices(of: unit)
      guard !indices.isEmpty else { continue }
      _ = try target.narrow(axis: member.axis, start: indices.lowerBound, length: indices.count)
        .zeroInPlace()
    }
  }

  public func savedState() throws(TrainingError) -> PluginState {
    try PluginState(Saved(zeroed: zeroed, returned: returned))
  }

  public func restore(
    _ state: PluginState, in context: TrainingContext
  ) throws(TrainingError) {
    let saved: Saved = try state.value()
    (zeroed, returned) = (saved.zeroed, saved.returned)
  }
}
